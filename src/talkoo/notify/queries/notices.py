"""What somebody was told: their own list, with words made for them now."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from talkoo.access.permissions import Role
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.lib.formats import full_day, local, month_day
from talkoo.notify.kinds import KINDS
from talkoo.notify.models import Notice
from talkoo.notify.queries.things import Seen, inside_title, seen_things


@dataclass(frozen=True, slots=True)
class Line:
    """A notice as its list shows it. `gone`: its thing is not open to the reader any more, so it is not named."""

    id: int
    label: str
    words: str
    at: datetime
    unread: bool
    gone: bool


@dataclass(frozen=True, slots=True)
class Day:
    day: date
    label: str
    lines: Sequence[Line]


def my_notices(by: Subject) -> QuerySet[Notice]:
    """All that was told to this person, newest first."""
    return Notice.objects.filter(person=by.person_id).order_by("-at", "-id")


def unread_count(by: Subject) -> int:
    return my_notices(by).filter(read__isnull=True).count()


def unread_of(person: OuterRef) -> Coalesce:
    """The same as part of another query: no page pays more than one look into an index."""
    found = Notice.objects.filter(person=person, read__isnull=True).order_by().values("person")
    return Coalesce(Subquery(found.annotate(n=Count("id")).values("n")), 0)


def told_kinds(by: Subject) -> list[tuple[str, str, int]]:
    """The kinds this person was told, in the order of the declaration, with how many of each."""
    counted = dict(Notice.objects.filter(person=by.person_id).values_list("kind").annotate(Count("id")))
    return [(code, str(kind.label), counted[code]) for code, kind in KINDS.items() if code in counted]


def access_notice(by: Subject, number: int) -> Notice:
    """One's own notice; anybody else's is Missing (404)."""
    found = Notice.objects.filter(person=by.person_id, pk=number).first()
    if found is None:
        raise Missing(_("There is no such notice."), _("Look at the list of your notices."))
    return found


def days(by: Subject, notices: Iterable[Notice]) -> list[Day]:
    """Notices under the day they came, each in words. One query for each kind of thing they are about."""
    shown = list(notices)
    seen = seen_things(by, shown)
    grouped = groupby(shown, key=lambda notice: local(notice.at).date())
    return [Day(day, _day_words(day), [line(notice, seen) for notice in found]) for day, found in grouped]


def line(notice: Notice, seen: Seen) -> Line:
    thing = seen.get((notice.about_kind, notice.about))
    kind = KINDS.get(notice.kind)
    unread = notice.read is None
    if thing is None or kind is None:
        label = str(kind.label) if kind else _("A notice of before")
        return Line(notice.pk, label, _("This is not open to you any more."), notice.at, unread, gone=True)
    return Line(
        notice.pk, str(kind.label), in_words(notice, inside_title(notice, thing)), notice.at, unread, gone=False
    )


def in_words(notice: Notice, title: str) -> str:
    """What the notice says, in the language that is active."""
    facts = {name: _fact(value) for name, value in notice.facts.items()}
    return str(KINDS[notice.kind].says) % {**facts, "title": title}


def _fact(value: object) -> str:
    """A day is written as the reader's language does, a role by its name; all else as it is."""
    day = parse_date(value) if isinstance(value, str) and len(value) == len("2026-01-01") else None
    if day is not None:
        return month_day(day)
    return str(Role(value).label) if value in Role.values else str(value)


def _day_words(day: date) -> str:
    ago = (local(timezone.now()).date() - day).days
    if ago == 0:
        return _("Today")
    return _("Yesterday") if ago == 1 else full_day(day)
