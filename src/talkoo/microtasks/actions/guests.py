"""Guests: people from outside the public service, invited by an owner to one batch, until a day."""

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import for_guests
from talkoo.access.subject import Subject
from talkoo.access.visiting import LONGEST, TERMS
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Invalid, TooMany
from talkoo.microtasks.actions.batches import check_stated
from talkoo.microtasks.models import Batch, BatchState, Guest
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.guests import access_guest, access_visit, past
from talkoo.people.checks import check_email, check_name
from talkoo.people.models import Person

INVITED = "talkoo.microtasks.jobs.mail_guest"
A_DAY = 50  # invitations by one person: each is a mail to an address of their choice


@transaction.atomic
def invite_guest(*, by: Subject, code: str, email: str, name: str, until: date, site: str) -> Guest:
    """Invite an address from outside to a batch, to the end of a day; the mail goes out by a job once this is committed.

    Whether the address has an account here is not told: its owner is, by the mail. Guests are outsiders: what ADR 13 asks
    of a batch that crosses organisations has to be stated first. Raises Denied where the rules let no guest see the batch,
    Invalid naming the field, Conflict for a closed batch or an address that is invited already, TooMany after A_DAY of
    them within a day.
    """
    batch, _on = access_tied_batch(by, code, Permission.GUEST_INVITE)
    _check_open_to_guests(by, batch)
    _check_few(by)
    address, called, last = check_email(email), check_name(name), _check_until(until)
    Guest.objects.filter(batch=batch, email__iexact=address, ended__isnull=True, until__lte=timezone.now()).update(
        ended=timezone.now()
    )
    try:
        with transaction.atomic():
            guest = Guest.objects.create(
                batch=batch, email=address, name=called, invited_by_id=by.author_id, until=last
            )
    except IntegrityError:
        message = _("%(email)s is invited already.") % {"email": address}
        raise Conflict(message, _("Look at the list of guests.")) from None
    check_stated(batch, "email")
    _record(by, "invited", guest, until=last.isoformat())
    app.configure_task(INVITED).defer(guest=guest.pk, site=site)
    return guest


def _check_open_to_guests(by: Subject, batch: Batch) -> None:
    if batch.state == BatchState.CLOSED:
        raise Conflict(_("This batch is closed."), _("Invite guests to one that is open."))
    found = for_guests(by, batch.organisation_id, batch.sensitivity)
    if not found.allowed:
        said = " ".join(_(reason.words) for reason in found.reasons if not reason.obligation)
        raise Denied(
            said or _("The rules of this organisation let no guest in here."),
            _("Invite guests to open work only."),
            Permission.GUEST_INVITE.value,
        )


def _check_few(by: Subject) -> None:
    """One after the other, so that nobody sends many at once instead."""
    Person.objects.select_for_update(no_key=True).filter(pk=by.author_id or 0).first()
    day = timezone.now() - timedelta(days=1)
    if Guest.objects.filter(invited_by=by.author_id, invited__gt=day).count() >= A_DAY:
        raise TooMany(
            _("You invited %(most)d guests within a day. No more are invited for now.") % {"most": A_DAY},
            _("Go on tomorrow, or let another owner of the batch invite the others."),
            permission=Permission.GUEST_INVITE.value,
        )


def _check_until(day: date) -> datetime:
    """The end of the day, in the time zone of the house."""
    today = timezone.localdate()
    if not today <= day <= today + timedelta(days=LONGEST):
        reason = _("Choose a day from today on, at most %(days)d days ahead.") % {"days": LONGEST}
        raise Invalid(reason, fields={"until": reason})
    return timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))


@transaction.atomic
def end_guest(*, by: Subject, code: str) -> Guest:
    """Show a guest out, at their next request; what they answered stays. Doing it twice changes nothing."""
    guest, on = access_guest(by, code)
    authorise(by, Permission.GUEST_END, on=on)
    if guest.over:
        return guest
    guest.ended, guest.ended_by_id = timezone.now(), by.person_id
    guest.save(update_fields=["ended", "ended_by"])
    guest.links.all().delete()
    _record(by, "ended", guest)
    return guest


@transaction.atomic
def accept_terms(*, by: Subject) -> None:
    """A guest accepts the words of today for the one invitation they are here by. Raises Missing to others."""
    guest = Guest.objects.select_for_update().get(pk=access_visit(by).pk)
    if guest.terms == TERMS:
        return
    guest.terms, guest.accepted = TERMS, timezone.now()
    guest.save(update_fields=["terms", "accepted"])
    audit.record(
        by=by, action="microtasks.guest.agreed", on=("guest", guest.code),
        organisation_id=guest.batch.organisation_id, version=TERMS,
    )  # fmt: skip


def empty_guests(*, by: Subject | None, person: int) -> None:
    """The half of erasing somebody that is about their invitations as a guest: how many there were stays, not whose."""
    _empty(by, Guest.objects.filter(person=person))


@transaction.atomic
def empty_absent_guests(*, before: datetime) -> int:
    """Take the names of those who were invited, never came and can no more since then; how many. For the job."""
    return _empty(None, past(before).filter(person__isnull=True).exclude(name=""))


def _empty(by: Subject | None, guests: QuerySet[Guest]) -> int:
    found = list(guests.select_for_update(of=("self",)).select_related("batch"))
    for guest in found:
        guest.email, guest.name = f"erased-{guest.code}@invalid.invalid", ""
        guest.ended = guest.ended or timezone.now()
        guest.save(update_fields=["email", "name", "ended"])
        _record(by, "emptied", guest)
    return len(found)


def _record(by: Subject | None, what: str, guest: Guest, **facts: str) -> None:
    audit.record(
        by=by, action=f"microtasks.guest.{what}", on=("guest", guest.code),
        organisation_id=guest.batch.organisation_id, batch=guest.batch.code, **facts,
    )  # fmt: skip
