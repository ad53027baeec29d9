"""Deleting by itself what is due. Only the database function can delete answers, and it looks for itself what is due."""

from django.db import connection, transaction

from talkoo.audit import actions as audit
from talkoo.microtasks.actions.uploads import forget_files
from talkoo.microtasks.models import Batch, Protection
from talkoo.microtasks.queries.protection import due_for_deletion

STEP = 1000  # items that are erased in one transaction


def erase_due(*, step: int = STEP) -> int:
    """Erase every batch whose days after closing are over and which nobody holds back. Returns how many were finished.

    Each step is a transaction of its own. Killed in the middle, the next round goes on where it stopped; a hold that is
    placed in the middle stops it at the next step.
    """
    finished = 0
    for batch in due_for_deletion():
        while (done := _erase_some(batch, step)) is False:
            pass
        finished += done is True
    return finished


def _erase_some(batch: Batch, step: int) -> bool | None:
    """One step: whether it was the last one; None where the batch is not due after all."""
    with transaction.atomic():
        forget_files(batch)
        with connection.cursor() as cursor:
            cursor.execute("SELECT due, finished FROM microtasks_erase(%s, %s)", [batch.pk, step])
            due, finished = cursor.fetchone()
        if not due:
            transaction.set_rollback(True)
            return None
        stated = Protection.objects.get(batch=batch)
        audit.record(
            by=None,
            action=f"microtasks.batch.{'erased' if finished else 'erasing'}",
            on=("batch", batch.code),
            organisation_id=batch.organisation_id,
            afterwards=stated.afterwards,
            keep_days=stated.keep_days,
            **stated.erased_counts,
        )
    return bool(finished)
