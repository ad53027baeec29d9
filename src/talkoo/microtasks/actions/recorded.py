"""Answers that were given elsewhere, and batches made of them: only the demonstration and the replay use this.

No page leads here. People who answer in Talkoo go through `assignments` and `answers`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions import combining
from talkoo.microtasks.actions.assignments import LEASE
from talkoo.microtasks.actions.batches import log, own_batch
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, Batch, Tally, Task
from talkoo.microtasks.queries.batches import let_in, resource
from talkoo.microtasks.task_types import check_value, task_type


@dataclass(frozen=True, slots=True)
class Recorded:
    """Who (id of person and home organisation) answered which task (id) what, from when to when."""

    task: int
    person: int
    organisation: int | None
    taken: datetime
    at: datetime
    key: UUID
    value: Any = None
    cannot: str = ""
    sure: int | None = None
    note: str = ""
    instruction: int = 1


@transaction.atomic
def take_in_answers(*, by: Subject, code: str, given: Sequence[Recorded]) -> Batch:
    """Store recorded answers of an open batch that nobody has begun, refit it, and settle what they settle.

    All or nothing, in the order of time. Raises Conflict where people have begun, Invalid for a value that does not fit.
    """
    batch = own_batch(by=by, code=code)
    _check_untouched(batch)
    _check_values(batch, given)
    given = sorted(given, key=lambda one: one.at)
    _store(batch, given)
    _count(batch, given)
    log(by, batch, "answers-recorded", answers=len(given), people=len({one.person for one in given}))
    refit_batch(batch)
    _settle(batch)
    return batch


def _check_untouched(batch: Batch) -> None:
    if Assignment.objects.filter(batch=batch).exists():
        raise Conflict(_("People have begun this batch."), _("Copy it, and change the copy."))


def _check_values(batch: Batch, given: Sequence[Recorded]) -> None:
    declared = task_type(batch.task_type)
    for one in given:
        if one.value is not None:
            check_value(declared, batch.config, one.value)
        elif not one.cannot:
            raise Invalid(_("An answer says nothing."), _("Give a value, or a reason why there is none."))


def _store(batch: Batch, given: Sequence[Recorded]) -> None:
    held = Assignment.objects.bulk_create(
        Assignment(
            task_id=one.task, batch=batch, person_id=one.person, organisation_id=one.organisation, lease_until=one.at,
            state=AssignmentState.ANSWERED, taken=one.taken, answered=one.at,
        )
        for one in given
    )  # fmt: skip
    Answer.objects.bulk_create(
        Answer(
            assignment=assignment, task_id=one.task, batch=batch, key=one.key, value=one.value, cannot=one.cannot, sure=one.sure,
            note=one.note, at=one.at, instruction=one.instruction,
        )
        for assignment, one in zip(held, given, strict=True)
    )  # fmt: skip


def _count(batch: Batch, given: Sequence[Recorded]) -> None:
    """Point assignments at their answers and bring the counters of tasks, people and batch to what was stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_assignment a SET answer_id = n.id FROM microtasks_answer n"
            " WHERE n.assignment_id = a.id AND a.batch_id = %s",
            [batch.pk],
        )
        cursor.execute(
            "UPDATE microtasks_task t SET done = n.done, needed = greatest(t.needed, n.done) FROM"
            " (SELECT task_id, count(*) AS done FROM microtasks_assignment WHERE batch_id = %s GROUP BY task_id) n"
            " WHERE t.id = n.task_id",
            [batch.pk],
        )
        cursor.execute(
            "INSERT INTO microtasks_cursor (person_id, batch_id, pos, instruction)"
            " SELECT a.person_id, a.batch_id, 0, nullif(max(n.instruction), 1) FROM microtasks_assignment a"
            " JOIN microtasks_answer n ON n.id = a.answer_id WHERE a.batch_id = %s GROUP BY 1, 2 ON CONFLICT DO NOTHING",
            [batch.pk],
        )
    Tally.objects.update_or_create(batch=batch, shard=0, defaults={"answers": len(given)})


def _settle(batch: Batch) -> None:
    for task in Task.objects.select_for_update().filter(batch=batch, closed=False, done__gte=batch.least):
        task.batch = batch
        combining.resettle(task)


@transaction.atomic
def take_named_task(*, by: Subject, batch: Batch, task: int) -> Assignment:
    """The task of this id, although the batch hands them out in turn: the record says who had it.

    Raises Denied where the batch is not open to the person, Conflict where there is no room or they had it already.
    """
    let_in(by, Permission.TASK_ANSWER, batch, resource(by, batch))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT microtasks_claim(%s, %s, %s, make_interval(secs => %s), %s)",
            [batch.pk, by.person_id, by.organisation_id, LEASE.total_seconds(), task],
        )
        claimed = cursor.fetchone()[0]
    if claimed is None:
        raise Conflict(_("Nobody else is needed for this task."), _("Leave this record out."))
    assignment = Assignment.objects.select_related("task").get(pk=claimed)
    if assignment.task_id != task:
        raise Conflict(_("This person holds another task of the batch."), _("Give that one back first."))
    audit.record(
        by=by,
        action="microtasks.task.taken",
        on=("assignment", str(assignment.code)),
        organisation_id=batch.organisation_id,
        batch=batch.code,
        task=assignment.task.number,
    )
    return assignment


@transaction.atomic
def place_in_time(*, by: Subject, code: str, opened: datetime) -> Batch:
    """Give a batch of recorded answers its own calendar: opened on a day, results as old as the last answer they rest
    on, instructions as old as the first answer under them. The log keeps the time of the recording."""
    batch = own_batch(by=by, code=code)
    batch.opened = opened
    batch.created = min(batch.created, opened)
    batch.save(update_fields=["opened", "created"])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_result r SET at = n.at FROM microtasks_task t,"
            " (SELECT task_id, max(at) AS at FROM microtasks_answer GROUP BY task_id) n"
            " WHERE r.task_id = n.task_id AND t.id = r.task_id AND t.batch_id = %s AND n.at < r.at",
            [batch.pk],
        )
        cursor.execute(
            "UPDATE microtasks_instruction i SET at = CASE WHEN i.version = 1 THEN %s ELSE coalesce((SELECT min(a.taken)"
            " FROM microtasks_answer n JOIN microtasks_assignment a ON a.id = n.assignment_id"
            " WHERE a.batch_id = i.batch_id AND n.instruction >= i.version), i.at) END WHERE i.batch_id = %s",
            [opened, batch.pk],
        )
    log(by, batch, "placed-in-time", opened=opened.isoformat())
    return batch


@transaction.atomic
def ask_as_recorded(*, by: Subject, code: str, needed: Mapping[int, int]) -> Batch:
    """Ask each task (by number) of as many people as are on record. For a batch that nobody has begun.

    Raises Missing and Denied as for any change of a batch, Conflict once people have begun.
    """
    batch = own_batch(by=by, code=code)
    _check_untouched(batch)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task t SET needed = n.needed FROM unnest(%s::int[], %s::int[]) AS n (number, needed)"
            " WHERE t.batch_id = %s AND t.number = n.number",
            [list(needed), list(needed.values()), batch.pk],
        )
    log(by, batch, "asked-as-recorded", tasks=len(needed), answers=sum(needed.values()))
    return batch
