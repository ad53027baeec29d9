"""How guests come in: by a link that is mailed when they ask for it, works once, and for a quarter of an hour."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from talkoo.access.actions.entering import Entering
from talkoo.audit import actions as audit
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Guest, GuestLink
from talkoo.microtasks.queries.guests import staying
from talkoo.people.actions.guests import guest_person
from talkoo.people.actions.invitations import hashed
from talkoo.people.models import Person
from talkoo.people.queries.readers import spoken_to

LINK = "talkoo.microtasks.jobs.mail_guest_links"
LIFE = timedelta(minutes=15)
AT_ONCE = 5  # links of one guest that work at the same time


@transaction.atomic
def ask_for_link(*, by: Entering, email: str, code: str, site: str) -> None:
    """Have links mailed for every invitation in force of an address, or for the one of a code.

    A known and an unknown address cost the same and are answered the same: one look-up, one line in the log, one job.
    """
    found = list(staying(email.strip(), code.strip()).order_by("pk").values_list("pk", "code"))
    audit.record(by=by, action="microtasks.guest.link-asked", on=("guest", found[0][1] if found else ""))
    app.configure_task(LINK).defer(guests=[number for number, _code in found], site=site)


@transaction.atomic
def mail_invitation_to_guest(*, number: int, site: str) -> bool:
    """Tell a guest that they are invited, with the page where they ask for a link; False where it is over by now.

    Somebody who has a part here already is told to sign in as usual: a guest's link never opens that account.
    """
    guest = Guest.objects.select_related("batch__organisation", "invited_by").filter(pk=number).first()
    if guest is None or guest.over:
        return False
    audit.record(
        by=None, action="microtasks.guest.mailed", on=("guest", guest.code),
        organisation_id=guest.batch.organisation_id,
    )  # fmt: skip
    _send(guest, "invitation", site.rstrip("/") + reverse("guest_ask") + f"?invitation={guest.code}")
    return True


@transaction.atomic
def mail_link(*, number: int, site: str) -> bool:
    """Make a token, keep its hash, send the mail. False where there is nothing to send.

    Links of before work on until they run out: anybody may ask for one, and must not take away the one that the guest is
    about to use. Where AT_ONCE lie in the mailbox already, no other is sent. Called by the job: the token must not lie in
    the queue.
    """
    guest = Guest.objects.select_for_update(of=("self",)).select_related("batch__organisation").get(pk=number)
    if guest.over or belongs_here(guest.email):
        return False
    now = timezone.now()
    guest.links.filter(Q(used__isnull=False) | Q(expires__lte=now)).delete()
    if guest.links.count() >= AT_ONCE:
        return False
    token = secrets.token_urlsafe(32)
    GuestLink.objects.create(guest=guest, hash=hashed(token), expires=now + LIFE)
    audit.record(
        by=None, action="microtasks.guest.link-mailed", on=("guest", guest.code),
        organisation_id=guest.batch.organisation_id,
    )  # fmt: skip
    _send(guest, "link", site.rstrip("/") + reverse("guest_enter", args=[token]))
    return True


def belongs_here(email: str) -> bool:
    """Whether the address is that of somebody with a part of their own here, now or earlier: they are no guest."""
    return Person.objects.filter(email__iexact=email, memberships__isnull=False).exists()


def _send(guest: Guest, kind: str, link: str) -> None:
    inviter = guest.invited_by.name if guest.invited_by else guest.batch.organisation.name
    shown = {"guest": guest, "link": link, "inviter": inviter, "belongs": belongs_here(guest.email)}
    with spoken_to(guest.person):
        subject = (
            _("%(inviter)s invites you to take part") % {"inviter": inviter}
            if kind == "invitation"
            else _("Your link to sign in as a guest")
        )
        text, page = (render_to_string(f"microtasks/guest_{kind}_mail.{form}", shown) for form in ("txt", "html"))
        send_mail(subject, text, settings.DEFAULT_FROM_EMAIL, [guest.email], html_message=page)


def open_link(token: str, *, lock: bool = False) -> GuestLink:
    """The link that works now. Whatever is wrong with one, the words are the same (Missing)."""
    found = GuestLink.objects.select_related("guest__batch__organisation")
    if lock:
        found = found.select_for_update(of=("self", "guest"))
    link = found.filter(hash=hashed(token), used__isnull=True, expires__gt=timezone.now()).first()
    if link is None or link.guest.over or belongs_here(link.guest.email):
        raise Missing(
            _("This link was used, has run out, or is not whole."),
            _("Ask for a new one: it comes by mail within a minute."),
        )
    return link


@transaction.atomic
def come_in(*, by: Entering, token: str) -> Guest:
    """Use a link up. Whoever holds it holds the mailbox; the first time makes the person. The caller signs them in."""
    link = open_link(token, lock=True)
    guest = link.guest
    link.used = timezone.now()
    link.save(update_fields=["used"])
    if guest.person is None:
        guest.person = guest_person(by=by, email=guest.email, name=guest.name, organisation=guest.batch.organisation)
        guest.save(update_fields=["person"])
    audit.record(
        by=by, action="microtasks.guest.came", on=("guest", guest.code), organisation_id=guest.batch.organisation_id
    )
    return guest
