"""What happens by itself when its day has come."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from talkoo.audit import actions as audit
from talkoo.lib import wall
from talkoo.lib.clock import sure_now
from talkoo.microtasks.actions.answers import withdraw_leases
from talkoo.microtasks.actions.combining import refit_later
from talkoo.microtasks.actions.telling import announce_batch, closed_later
from talkoo.microtasks.models import (
    Assignment,
    AssignmentState,
    Batch,
    BatchState,
    KnownAnswer,
    PracticeAnswer,
    Reliability,
)
from talkoo.microtasks.queries.protection import standing_holds

KEEP_RELIABILITY = timedelta(days=90)
AT_ONCE = 500  # leases of one batch that are released in one statement


def close_due_batches() -> int:
    """Close every open batch whose deadline is past; answers sent later are kept as surplus. Returns how many.

    An owner who wants to go on takes the batch up again, which pauses it, and sets a new date in peace.
    """
    due = Batch.objects.filter(state=BatchState.OPEN, deadline__lt=timezone.localdate(sure_now()))
    closed = 0
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            batch = due.select_for_update(no_key=True).filter(pk=pk).first()
            if batch is None:  # closed, or given another day, a moment ago
                continue
            with wall.opened(batch.pk):
                withdraw_leases(batch.pk)
            refit_later(batch)
            batch.state, batch.closed = BatchState.CLOSED, timezone.now()
            batch.save(update_fields=["state", "closed"])
            audit.record(
                by=None, action="microtasks.batch.due", on=("batch", batch.code), organisation_id=batch.organisation_id
            )
            closed_later(batch, by_deadline=True)
            announce_batch(batch, "batch.closed")
            closed += 1
    return closed


def release_lapsed() -> int:
    """Offer again what people took and did not send in time, in open batches. Returns in how many there was some.

    A claim does the same for the batch it looks at; but nobody is led to a batch in which nothing seems to be left.
    Like the claim, it leaves no line in the log.
    """
    late = Assignment.objects.filter(
        state=AssignmentState.LEASED, lease_until__lt=timezone.now(), batch__state=BatchState.OPEN
    )
    batches = list(late.order_by().values_list("batch", flat=True).distinct())
    for batch in batches:
        with wall.opened(batch), connection.cursor() as cursor:
            cursor.execute("SELECT microtasks_release(%s, %s)", [batch, AT_ONCE])
    return len(batches)


def forget_reliability() -> int:
    """Delete what was learnt of single people in batches that closed 90 days ago and on which no hold stands.

    Known answers and what people practised go with it, so that nobody can work it out again. Returns how many rows.
    """
    old = Batch.objects.filter(state=BatchState.CLOSED, closed__lt=sure_now() - KEEP_RELIABILITY).exclude(
        pk__in=standing_holds().values("batch")
    )
    with wall.opened(*old.values_list("pk", flat=True)), transaction.atomic():
        rows = sum(
            kind.objects.filter(batch__in=old).delete()[0] for kind in (Reliability, KnownAnswer, PracticeAnswer)
        )
        if rows:
            audit.record(by=None, action="microtasks.reliability.forgotten", on=("batch", "all"), rows=rows)
    return rows
