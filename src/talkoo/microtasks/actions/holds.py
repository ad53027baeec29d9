"""Holding a batch back from deletion, for a court, an audit or a request, and letting it go again."""

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.batches import log
from talkoo.microtasks.models import Batch, BatchState, Hold
from talkoo.microtasks.queries.protection import standing_holds
from talkoo.microtasks.queries.register import access_registered

LONGEST = timedelta(days=3653)


def place_hold(*, by: Subject, code: str, reason: str, until: date) -> Hold:
    """Keep everything of a batch to the end of a day. A hold that stands already is replaced by the new one.

    Raises Conflict for a draft, which its owners may throw away, and for a batch that is erased; Invalid by field.
    """
    with transaction.atomic():
        batch = _locked(by, code)
        if batch.state == BatchState.DRAFT:
            raise Conflict(_("This is a draft: nobody has worked on it yet."), remedy=_("Talk to its owners."))
        stated = getattr(batch, "protection", None)
        if stated is not None and stated.erased:
            raise Conflict(_("What this batch held is deleted already."), remedy=_("Look at the log for the day."))
        reason = reason.strip()
        _check(reason, until)
        standing_holds().filter(batch=batch).update(lifted=timezone.now(), lifted_by=by.person_id)
        end = timezone.make_aware(datetime.combine(until + timedelta(days=1), time.min))
        hold = Hold.objects.create(batch=batch, reason=reason, until=end, by_id=by.person_id)
        log(by, batch, "held", until=until.isoformat())
    return hold


def lift_hold(*, by: Subject, code: str) -> Batch:
    """Let the batch go on to its deletion. What was due in the meantime goes with the next daily round."""
    with transaction.atomic():
        batch = _locked(by, code)
        lifted = standing_holds().filter(batch=batch).update(lifted=timezone.now(), lifted_by=by.person_id)
        if not lifted:
            raise Conflict(_("No hold stands on this batch any more."), remedy=_("Look at the register."))
        log(by, batch, "hold-lifted")
    return batch


def _locked(by: Subject, code: str) -> Batch:
    """Who erases holds the same lock: a hold is there before the next step, or after the last."""
    found = access_registered(by, code, Permission.BATCH_HOLD)
    return Batch.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)


def _check(reason: str, until: date) -> None:
    fields = {}
    today = timezone.localdate()
    if not reason:
        fields["reason"] = _("Say why it must be kept.")
    if len(reason) > 480 or "\0" in reason:
        fields["reason"] = _("Shorten this to 480 characters.")
    if not today <= until <= today + LONGEST:
        fields["until"] = _("Choose a day from today on, within ten years.")
    if fields:
        raise Invalid(_("This cannot be saved yet."), remedy=_("Look at what is marked."), fields=fields)
