"""Sending an answer, and changing it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions import combining
from talkoo.microtasks.actions.known import take_in_control
from talkoo.microtasks.actions.pushing import push_items
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, Batch, BatchState, Draft, Task, TaskState
from talkoo.microtasks.queries.work import access_assignment, handed_in, lock_assignment
from talkoo.microtasks.task_types import faults, task_type

NOTE_LIMIT = 4000
CANNOT = ("unreadable", "off-topic", "conflict", "other")


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of an answer: `counted` False means it is kept beside a result that stood already."""

    answer: Answer
    assignment: Assignment
    counted: bool
    settled: bool


def submit_answer(
    *,
    by: Subject,
    code: str | UUID = "",
    held: Assignment | None = None,
    key: UUID,
    value: Any = None,
    cannot: str = "",
    sure: int | None = None,
    note: str = "",
    instruction: int | None = None,
    at: datetime | None = None,
) -> Submitted:
    """Store an answer, or a new version of it, and move the task on.

    `key` makes sending twice harmless: the same key returns what the first sending did. An answer that comes after
    its lease ran out, or after the batch closed, counts while there is room and is otherwise kept as surplus; it is
    never dropped. An answer may be changed while its task and its batch are open. `at` is for recorded answers that are
    imported. `instruction` is the version of the instructions above the form, where it had one; else the one of now.
    An answer to an item with a known answer moves nothing but its person's own two counts. `held` is the assignment
    where the caller has read it already (by `access_assignment`); else `code` names it.

    Raises Missing for another person's task, Invalid for an answer that does not fit the question, Conflict for one
    that was skipped or whose task is settled.
    """
    with transaction.atomic():
        assignment = _locked(by, code, held)
        batch = assignment.batch
        authorise(by, Permission.TASK_ANSWER, on=handed_in(by, assignment))
        again = Answer.objects.filter(assignment=assignment, key=key).first() if assignment.answer_id else None
        if again is not None:
            return Submitted(again, assignment, not again.surplus, assignment.task.settled)
        check_answer(assignment, value=value, cannot=cannot, sure=sure, note=note)
        task = _locked_task(assignment)
        counts = _room(assignment, task)
        before = assignment.answer
        answer = Answer.objects.create(
            assignment=assignment, task=task, batch=batch, key=key, value=value, cannot=cannot, sure=sure, note=note.strip(),
            surplus=not counts, version=1 if before is None else before.version + 1, at=at or timezone.now(),
            instruction=_instruction(batch, instruction),
        )  # fmt: skip
        _take_in(assignment, task, answer, counts=counts)
        _move_on(assignment, task, before, answer)
        audit.record(
            by=by,
            action="microtasks.answer.sent" if before is None else "microtasks.answer.changed",
            on=("assignment", str(assignment.code)),
            organisation_id=batch.organisation_id,
            version=answer.version,
            counted=counts,
        )
        push_items(batch)
    return Submitted(answer, assignment, counts, task.settled)


def _move_on(assignment: Assignment, task: Task, before: Answer | None, answer: Answer) -> None:
    """What becomes of the task by this answer: combined anew, counted; a control item only measures."""
    if task.state == TaskState.CONTROL:
        if not answer.surplus:
            take_in_control(assignment, task, before, answer)
        return
    if not answer.surplus:
        combining.combine_task(task, moved_by=assignment if before is None else None)
    combining.keep_tally(task, answers=int(before is None), surplus=int(answer.surplus))


def _instruction(batch: Batch, read: int | None) -> int:
    """A page from before a change was answered under the old words; none was answered under words to come."""
    return min(max(read, 1), batch.instruction) if read else batch.instruction


def _locked(by: Subject, code: str | UUID, held: Assignment | None) -> Assignment:
    if held is None:
        return access_assignment(by, code, lock=True)
    lock_assignment(by, held)
    return held


def _locked_task(assignment: Assignment) -> Task:
    """The task with its batch as both are now, without the words of the item, which no decision needs."""
    found = Task.objects.select_for_update(of=("self",), no_key=True).select_related("batch")
    return found.defer("payload", "name", "group", "batch__summary", "batch__help").get(pk=assignment.task_id)


def check_answer(assignment: Assignment, *, value: Any, cannot: str, sure: int | None, note: str) -> None:
    """Raise `Invalid` naming the field that does not fit; nothing is stored then, and the draft stays."""
    fields = _unfit(assignment.task, assignment.batch, value=value, cannot=cannot)
    if sure is not None and sure not in {1, 2, 3}:
        fields["sure"] = _("Choose one of the three.")
    if assignment.batch.ask_sure and sure is None and not cannot:
        fields["sure"] = _("Say how sure you are. “Not sure” helps as well.")
    if len(note) > NOTE_LIMIT:
        fields["note"] = _("Shorten the note to %(limit)s characters; it has %(length)s.") % {
            "limit": NOTE_LIMIT,
            "length": len(note),
        }
    _refuse(fields)


def check_said(task: Task, *, value: Any, cannot: str) -> None:
    """The same for what is only tried: nothing is asked about sureness, and no note is kept."""
    _refuse(_unfit(task, task.batch, value=value, cannot=cannot))


def _unfit(task: Task, batch: Batch, *, value: Any, cannot: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    declared = task_type(batch.task_type)
    if value is None and not cannot:
        listed = declared.choices(batch.config)
        missing = (
            _("Choose an answer, or say why you cannot.") if listed else _("Give an answer, or say why you cannot.")
        )
        fields["choice"] = missing
    if value is not None:
        fields |= faults(declared, batch.config, value, task.payload if declared.names_parts else None)
    if cannot and cannot not in CANNOT:
        fields["cannot"] = _("Choose one of the reasons.")
    return fields


def _refuse(fields: dict[str, str]) -> None:
    if fields:
        raise Invalid(_("Your answer is not sent yet."), remedy=_("Look at what is marked."), fields=fields)


def _room(assignment: Assignment, task: Task) -> bool:
    """Whether the answer counts; raises Conflict where none may be sent any more."""
    if assignment.state == AssignmentState.SKIPPED:
        raise Conflict(_("You gave this task back."), remedy=_("Take the next one."))
    over = task.settled or task.batch.state not in {BatchState.OPEN, BatchState.PAUSED}
    stands = _stands(assignment, task, over=over)
    if stands:
        raise Conflict(stands, remedy=_("Write to the owner if you see it another way."))
    if over:
        return False
    held = assignment.state in {AssignmentState.LEASED, AssignmentState.ANSWERED}
    return task.state == TaskState.CONTROL or held or task.needed > task.active + task.done


def _stands(assignment: Assignment, task: Task, *, over: bool) -> str:
    """Why the answer given may not be changed, or nothing. Of one beside the result it says only what holds of every
    such answer, whatever became of the item since: it may have a known answer now, which nobody is to be told."""
    if assignment.state == AssignmentState.SURPLUS:
        return _("Your answer came too late to count, and stays as it is.")
    if assignment.state != AssignmentState.ANSWERED or not over:
        return ""
    if task.settled:
        return _("This one is settled; your answer stays as it is.")
    return _("This batch is closed; your answer stays as it is.")


def _take_in(assignment: Assignment, task: Task, answer: Answer, *, counts: bool) -> None:
    """Move the counters of the task, unless it is a control item, and point the assignment at its answer.

    What counts is saved with the estimate.
    """
    first = assignment.state != AssignmentState.ANSWERED
    if task.state != TaskState.CONTROL:
        task.active -= int(assignment.state == AssignmentState.LEASED)
        task.done += int(first and counts)
        if not counts:
            task.surplus += 1
            task.save(update_fields=combining.COUNTERS)
    assignment.answer = answer
    assignment.answered = answer.at
    assignment.state = AssignmentState.ANSWERED if counts else AssignmentState.SURPLUS
    if assignment.draft_at is not None:
        Draft.objects.filter(assignment=assignment).delete()
    assignment.draft_at = None
    assignment.save(update_fields=["answer", "answered", "state", "draft_at"])


WITHDRAW = """
WITH withdrawn AS (
    UPDATE microtasks_assignment SET state = 'lapsed' WHERE batch_id = %s AND state = 'leased' RETURNING task_id),
counted AS (SELECT task_id, count(*) AS n FROM withdrawn GROUP BY task_id),
held AS (
    SELECT t.id FROM microtasks_task t JOIN counted ON counted.task_id = t.id ORDER BY t.id FOR NO KEY UPDATE OF t)
UPDATE microtasks_task t SET active = t.active - counted.n
FROM counted JOIN held ON held.id = counted.task_id WHERE t.id = counted.task_id AND t.state <> 'control'
"""


def withdraw_leases(batch: int) -> None:
    """Free every task in hand of a batch that closes; answers sent later are kept as surplus.

    A task handed out at this very moment keeps its lease and its count. Tasks are locked in the order of their ids, as
    by a refit: two that lock many never wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW, [batch])
