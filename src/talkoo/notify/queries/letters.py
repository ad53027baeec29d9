"""A mail in words: what its notices say to this person now, in their language, without any name that must stay inside."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.lib.errors import Missing
from talkoo.lib.formats import Reader
from talkoo.lib.languages import speaking
from talkoo.notify.kinds import KINDS, Kind
from talkoo.notify.models import Mail, Notice, Pace
from talkoo.notify.queries.notices import in_words
from talkoo.notify.queries.things import Seen, outside_title, seen_things, subject_of

SALT = "talkoo.notify.stop"
MOST_LINES = 30


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a mail; the same words said several times stand there once, with how often."""

    kind: Kind
    words: str
    link: str
    times: int


def site() -> str:
    """Where links begin: the address the operator gave; without one, only this machine can follow them."""
    return settings.BASE_URL or "http://localhost:8000"


def letter(mail: Mail) -> EmailMultiAlternatives | None:
    """The mail as it is sent now; None where nothing is left to say: the account is closed, or nothing is open to it."""
    person = mail.person
    if not person.is_active:
        return None
    notices = list(mail.notices.order_by("-at", "-id"))
    seen = seen_things(subject_of(person), notices)
    pace = Pace.objects.filter(person=person.pk).first()
    with speaking(person.language, Reader(person.formats, pace.zone if pace else "")):
        lines = list(said(notices, seen))
        return _written(mail, lines) if lines else None


def said(notices: list[Notice], seen: Seen) -> Iterator[Said]:
    """The notices in words, newest first. What the reader may not see any more, and what they read meanwhile, is left out."""
    lines: dict[str, Said] = {}
    for notice in notices:
        thing = seen.get((notice.about_kind, notice.about))
        if thing is None or notice.kind not in KINDS or notice.read:
            continue
        words = in_words(notice, outside_title(notice, thing))
        first = lines.get(words)
        link = first.link if first else f"{site()}{reverse('notice', args=[notice.pk])}"
        lines[words] = Said(KINDS[notice.kind], words, link, first.times + 1 if first else 1)
    yield from lines.values()


def _written(mail: Mail, lines: list[Said]) -> EmailMultiAlternatives:
    subject = _subject(mail, lines)
    shown = {
        "subject": subject, "name": mail.person.name, "lines": lines[:MOST_LINES],
        "more": len(lines) - MOST_LINES if len(lines) > MOST_LINES else 0, "language": translation.get_language(),
        "notices": site() + reverse("notices"), "choices": site() + reverse("notice_choices"),
        "stops": [(kind.label, stop_link(mail, kind.code)) for kind in _kinds(lines) if not kind.firm],
        "stop_all": stop_link(mail, ""),
    }  # fmt: skip
    host = urlsplit(site()).hostname or "localhost"
    headers = {"Message-ID": f"<{mail.code}@{host}>", "Auto-Submitted": "auto-generated", **_stop_headers(mail, lines)}
    text = render_to_string("notify/mail.txt", shown)
    written = EmailMultiAlternatives(subject, text, to=[mail.person.email], headers=headers)
    written.attach_alternative(render_to_string("notify/mail.html", shown), "text/html")
    return written


def _subject(mail: Mail, lines: list[Said]) -> str:
    if len(lines) == 1:
        return lines[0].words
    count = {"count": len(lines)}
    if mail.digest:
        return ngettext("Your summary: %(count)s notice", "Your summary: %(count)s notices", len(lines)) % count
    return ngettext("Talkoo: %(count)s notice", "Talkoo: %(count)s notices", len(lines)) % count


def _kinds(lines: list[Said]) -> list[Kind]:
    return list({line.kind.code: line.kind for line in lines}.values())


# Leaving by one click (RFC 8058)


def stop_link(mail: Mail, kind: str) -> str:
    """The address that takes a kind, or everything (""), out of this person's mail. Signed; it needs no sign-in."""
    token = signing.dumps([mail.person_id, kind], salt=SALT)
    return f"{site()}{reverse('notices_stop', args=[token])}"


def _stop_headers(mail: Mail, lines: list[Said]) -> dict[str, str]:
    """What a mail program offers as one click: the kind where there is one, else all mail; nothing for what is firm."""
    kinds = [kind for kind in _kinds(lines) if not kind.firm]
    if not kinds:
        return {}
    link = stop_link(mail, kinds[0].code if len(kinds) == 1 else "")
    return {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def stopped_by(token: str) -> tuple[int, str]:
    """Whose mail (id) and which kind a link is about. Raises Missing for one that was not made here."""
    try:
        person, kind = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        raise Missing(_("This link does not work."), _("Take the whole link from the mail.")) from None
    if kind and (kind not in KINDS or KINDS[kind].firm):
        raise Missing(_("Talkoo does not send this any more."), _("There is nothing to stop."))
    return person, kind
