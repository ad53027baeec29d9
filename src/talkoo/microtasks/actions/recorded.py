"""Answers that were given before: taken in through the ordinary claim and the ordinary submit, with their own day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.lib.errors import Conflict
from talkoo.microtasks.actions.answers import Submitted, submit_answer
from talkoo.microtasks.actions.assignments import LEASE
from talkoo.microtasks.actions.batches import log, own_batch
from talkoo.microtasks.models import Assignment, Batch, Task
from talkoo.microtasks.queries.batches import resource


@transaction.atomic
def take_named_task(*, by: Subject, batch: Batch, task: int) -> Assignment:
    """The task of this id, although the batch hands them out in turn: the record says who had it.

    Raises Denied where the batch is not open to the person, Conflict where there is no room or they had it already.
    """
    authorise(by, Permission.TASK_ANSWER, on=resource(by, batch))
    with connection.cursor() as cursor:
        cursor.execute("SELECT microtasks_claim(%s, %s, %s, %s, %s)", [batch.pk, by.person_id, by.organisation_id, LEASE, task])
        claimed = cursor.fetchone()[0]
    if claimed is None:
        raise Conflict(_("Nobody else is needed for this task."), _("Leave this record out."))
    assignment = Assignment.objects.get(pk=claimed)
    if assignment.task_id != task:
        raise Conflict(_("This person holds another task of the batch."), _("Give that one back first."))
    return assignment


@transaction.atomic
def record_answer(*, by: Subject, batch: Batch, task: int, key: UUID, at: datetime, said: Mapping[str, Any]) -> Submitted:
    """Claim and answer in one go; `said` has value or cannot, sure and note."""
    assignment = take_named_task(by=by, batch=batch, task=task)
    return submit_answer(by=by, code=assignment.code, key=key, at=at, **said)


@transaction.atomic
def place_in_time(*, by: Subject, code: str, opened: datetime, spent: timedelta) -> Batch:
    """Give a batch of recorded answers its own calendar: opened on a day, items taken `spent` before they were
    answered, results as old as the last answer they rest on. The log keeps the time of the recording."""
    batch = own_batch(by=by, code=code)
    batch.opened = opened
    batch.created = min(batch.created, opened)
    batch.save(update_fields=["opened", "created"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_assignment SET taken = answered - %s WHERE batch_id = %s AND answered IS NOT NULL", [spent, batch.pk]
        )
        cursor.execute(
            "UPDATE microtasks_result r SET at = n.at FROM (SELECT task_id, max(at) AS at FROM microtasks_answer GROUP BY task_id) n,"
            " microtasks_task t WHERE r.task_id = n.task_id AND t.id = r.task_id AND t.batch_id = %s AND n.at < r.at",
            [batch.pk],
        )
    log(by, batch, "placed-in-time", opened=opened.isoformat(), tasks=Task.objects.filter(batch=batch).count())
    return batch


@transaction.atomic
def ask_as_recorded(*, by: Subject, code: str, needed: Mapping[int, int]) -> Batch:
    """Ask each task (by number) of as many people as are on record. For a batch that nobody has answered yet.

    Raises Missing and Denied as for any change of a batch, Conflict once answers are in.
    """
    batch = own_batch(by=by, code=code)
    if Assignment.objects.filter(batch=batch).exists():
        raise Conflict(_("People have begun this batch."), _("Copy it, and change the copy."))
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task t SET needed = n.needed FROM unnest(%s::int[], %s::int[]) AS n (number, needed)"
            " WHERE t.batch_id = %s AND t.number = n.number",
            [list(needed), list(needed.values()), batch.pk],
        )
    log(by, batch, "asked-as-recorded", tasks=len(needed), answers=sum(needed.values()))
    return batch
