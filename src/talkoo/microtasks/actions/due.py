"""What happens by itself when its day has come."""

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from talkoo.audit import actions as audit
from talkoo.microtasks.actions.answers import withdraw_leases
from talkoo.microtasks.actions.combining import refit_later
from talkoo.microtasks.models import Batch, BatchState, Reliability

KEEP_RELIABILITY = timedelta(days=90)


def close_due_batches() -> int:
    """Close every open or paused batch whose deadline is past; answers sent later are kept as surplus. Returns how many.

    An owner who wants to go on takes the batch up again and sets a new date.
    """
    due = Batch.objects.filter(state__in=[BatchState.OPEN, BatchState.PAUSED], deadline__lt=timezone.localdate())
    closed = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            batch = due.select_for_update(no_key=True).filter(pk=pk).first()
            if batch is None:  # closed, or given another day, a moment ago
                continue
            withdraw_leases(batch.pk)
            refit_later(batch)
            batch.state, batch.closed = BatchState.CLOSED, timezone.now()
            batch.save(update_fields=["state", "closed"])
            audit.record(
                by=None, action="microtasks.batch.due", on=("batch", batch.code), organisation_id=batch.organisation_id
            )
            closed += 1
    return closed


def forget_reliability() -> int:
    """Delete what was learnt of single people in batches that closed 90 days ago. Returns how many rows."""
    with transaction.atomic():
        old = Reliability.objects.filter(
            batch__state=BatchState.CLOSED, batch__closed__lt=timezone.now() - KEEP_RELIABILITY
        )
        rows, _kinds = old.delete()
        if rows:
            audit.record(by=None, action="microtasks.reliability.forgotten", on=("batch", "all"), rows=rows)
    return rows
