"""Looking at a batch in an emergency: one person asks and says why, another agrees, and it ends by itself within hours."""

from datetime import timedelta

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.lib.plain import one_line
from talkoo.microtasks.models import Batch, Emergency
from talkoo.microtasks.queries.emergencies import (
    AGREE,
    ASK,
    about,
    access_emergency,
    access_endangered,
    living,
    may_still_ask,
    owners,
    told,
)
from talkoo.notify.actions.telling import tell

MINUTES = (30, 60, 120, 240)
GUARDS = (Role.SECURITY_OFFICER, Role.ADMINISTRATOR)


@transaction.atomic
def ask_in_emergency(*, by: Subject, code: str, reason: str, minutes: int) -> Emergency:
    """Ask to look at a batch; those who may agree are told at once. Raises Missing for batches of others, Invalid naming
    the field, Conflict where one of theirs waits or is on already."""
    batch = Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=access_endangered(by, code).pk)
    authorise(by, ASK, on=about(batch))
    words, fields = one_line(reason), {}
    if not words or len(words) > 480:
        fields["reason"] = _("Say what happened, in at most 480 characters: owners and auditors read it.")
    if minutes not in MINUTES:
        fields["minutes"] = _("Choose one of the times.")
    if fields:
        raise Invalid(_("This cannot be asked yet."), _("Look at what is marked."), fields)
    if living(batch, by.person_id):
        raise Conflict(_("You asked for this already."), _("Look at the list of emergencies."))
    lapsed = Emergency.objects.filter(batch=batch, asked_by=by.person_id, decided=None, ended=None)
    lapsed.update(ended=timezone.now())  # of before, or `living` had found it
    made = Emergency.objects.create(batch=batch, reason=words, minutes=minutes, asked_by_id=by.person_id)
    _record(by, "asked", made, minutes=minutes)
    _tell(made, "emergency.asked", [person for person in told(batch, *GUARDS) if person != by.person_id])
    return made


@transaction.atomic
def decide_emergency(*, by: Subject, code: str, agree: bool) -> Emergency:
    """Agree, and it is on from now; or turn it down. Nobody decides on their own. Owners and auditors are told at once.

    Raises Missing, Denied for one's own, Conflict where it was decided, taken back or lapsed, or its asker may not ask any
    more.
    """
    found, on = access_emergency(by, code)
    authorise(by, AGREE, on=on)
    if not found.waits:
        raise Conflict(_("This does not wait for a decision any more."), _("Look at the list of emergencies."))
    if found.asked_by_id == by.person_id:
        raise Denied(
            _("You asked for this yourself, so somebody else decides it."),
            _("Ask another security officer or administrator."),
            AGREE.value,
        )
    if agree and not may_still_ask(found):
        raise Conflict(
            _("Whoever asked does not look after this organisation any more."),
            _("Turn it down; somebody who does may ask."),
        )
    found.decided, found.decided_by_id = timezone.now(), by.person_id
    found.until = found.decided + timedelta(minutes=found.minutes) if agree else None
    found.save(update_fields=["decided", "decided_by", "until"])
    _record(by, "agreed" if agree else "turned-down", found)
    if agree:
        _tell(found, "emergency.begun", {*owners(found.batch), *told(found.batch, Role.AUDITOR)})
    return found


@transaction.atomic
def end_emergency(*, by: Subject, code: str) -> Emergency:
    """End one before its time, at the next request, or take back what was asked: by whoever asked, or may agree."""
    found, on = access_emergency(by, code)
    if found.asked_by_id != by.person_id:
        authorise(by, AGREE, on=on)
    if not (found.on or found.waits):
        return found
    was_on = found.on
    found.ended, found.ended_by_id = timezone.now(), by.person_id
    found.save(update_fields=["ended", "ended_by"])
    _record(by, "ended", found)
    if was_on:
        _tell(found, "emergency.ended", {*owners(found.batch), *told(found.batch, Role.AUDITOR)})
    return found


def _tell(found: Emergency, kind: str, people: "set[int] | list[int]") -> None:
    batch = found.batch
    tell(
        to=people, kind=kind, about=("batch", batch.code), link=reverse("emergencies"), once=f"{kind}:{found.code}",
        organisation_id=batch.organisation_id, sensitivity=batch.sensitivity,
    )  # fmt: skip


def _record(by: Subject, what: str, found: Emergency, **facts: int) -> None:
    audit.record(
        by=by, action=f"microtasks.emergency.{what}", on=("batch", found.batch.code),
        organisation_id=found.batch.organisation_id, emergency=found.code, **facts,
    )  # fmt: skip
