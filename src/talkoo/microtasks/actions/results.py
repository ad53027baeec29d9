"""What owners and reviewers do with results: decide, ask once more, hand over, answer reports, take a copy."""

from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Invalid, Missing
from talkoo.microtasks.actions import combining
from talkoo.microtasks.actions.telling import tell_reply
from talkoo.microtasks.export import check_form
from talkoo.microtasks.models import Assignment, Batch, BatchState, Problem, Result, Task, TaskState
from talkoo.microtasks.queries.batches import let_in, tied_resource
from talkoo.microtasks.queries.reviews import answered_it
from talkoo.microtasks.task_types import faults, task_type

REVIEWER, REVIEW_VERSION = "reviewer", "1"
MOST_ANSWERS = 99
NOTE_LIMIT = 2000
REPLY_LIMIT = 1000


def review_task(*, by: Subject, batch: Batch, number: int, value: Any, note: str = "") -> Result:
    """Settle what people could not agree on. Whoever answered a task does not decide it.

    `value` is an answer as the task type reads it; `note` says why, for the owner and the export.
    Raises Denied (also to who answered it), Missing, Conflict where it is decided already, Invalid naming the field.
    """
    with transaction.atomic():
        with wall.opened(batch.pk):  # whose work it was decides as well
            task = _locked(batch, number)
        let_in(by, Permission.TASK_REVIEW, batch, tied_resource(by, batch, own_work=answered_it(by, task)))
        if task.state != TaskState.REVIEW:
            raise Conflict(_moved_on(task), remedy=_("Your decision was not needed; take the next one."))
        check_decision(task, value, note)
        result = combining.put_result(
            task, value=value, method=REVIEWER, method_version=REVIEW_VERSION, reason="review",
            answer_ids=_counting_answers(task), decided_by_id=by.person_id, note=note.strip(),
        )  # fmt: skip
        _record(by, "microtasks.task.reviewed", task, version=result.version)
    return result


def check_decision(task: Task, value: Any, note: str) -> None:
    """Raise `Invalid` naming the field of the review form that does not fit."""
    fields = {}
    if value is None:
        fields["choice"] = _("Choose what the result should be.")
    if len(note) > NOTE_LIMIT:
        fields["note"] = _("Shorten the note to %(limit)d characters; it has %(length)d.") % {
            "limit": NOTE_LIMIT,
            "length": len(note),
        }
    if value is not None:
        fields |= faults(task_type(task.batch.task_type), task.batch.config, value, task.payload)
    if fields:
        raise Invalid(_("This is not decided yet."), remedy=_("Look at what is marked."), fields=fields)


def ask_one_more(*, by: Subject, batch: Batch, number: int) -> Task:
    """Open a task, settled or not, to one person more; it goes to the tail, where people who passed it meet it.

    What was decided before stays in the task's history; a new result is its next version.
    Raises Denied, Missing, Conflict where the batch takes no answers or the task has all it can have.
    """
    with transaction.atomic():
        let_in(by, Permission.BATCH_EDIT, batch, tied_resource(by, batch))
        task = _locked(batch, number)
        if batch.state not in {BatchState.OPEN, BatchState.PAUSED}:
            raise Conflict(_("This batch takes no more answers."), remedy=_("Open it again first."))
        if max(task.active + task.done, task.needed) >= MOST_ANSWERS:
            raise Conflict(_("This one has as many answers as it can have."), remedy=_("Send it to a reviewer."))
        _check_unknown(task)
        before = task.state
        _reopen(task)
        _leave(task, before)
        _record(by, "microtasks.task.asked_again", task, before=before)
    return task


def _check_unknown(task: Task) -> None:
    if task.state == TaskState.CONTROL:
        raise Conflict(
            _("The answer to this one is known, so nothing is asked about it."),
            remedy=_("Take the known answer back first."),
        )


def _reopen(task: Task) -> None:
    wanted = task.active + task.done if task.closed else max(task.needed, task.active + task.done)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task SET needed = %s, closed = false, state = 'open', result_id = NULL,"
            " pos = nextval('microtasks_task_pos') WHERE id = %s",
            [wanted + 1, task.pk],
        )
    task.refresh_from_db(fields=["needed", "closed", "state", "result", "pos", "is_open"])


def _leave(task: Task, before: str) -> None:
    """Take a task out of the count of its earlier state."""
    if before == TaskState.CLOSED:
        combining.keep_tally(task, closed=-1)
    if before == TaskState.REVIEW:
        combining.keep_tally(task, review=-1)


def send_to_review(*, by: Subject, batch: Batch, number: int) -> Task:
    """Hand a task to a reviewer, settled or not. Its result no longer stands until the reviewer decides.

    Raises Denied, Missing, Conflict where it is with a reviewer already or nobody answered it yet.
    """
    with transaction.atomic():
        let_in(by, Permission.BATCH_EDIT, batch, tied_resource(by, batch))
        task = _locked(batch, number)
        _check_unknown(task)
        if task.state == TaskState.REVIEW:
            raise Conflict(_("This one is with a reviewer already."), remedy=_("Wait for the decision."))
        if not task.done + task.surplus:
            raise Conflict(_("Nobody has answered this one yet."), remedy=_("Wait for the first answer."))
        before = task.state
        combining.send_to_review(task)
        _leave(task, before)
        Task.objects.filter(pk=task.pk).update(result=None)
        _record(by, "microtasks.task.sent_to_review", task, before=before)
    return task


def reply_to_problem(*, by: Subject, batch: Batch, problem: int, reply: str) -> Problem:
    """Answer a report about an item and close it; answered again, the later words stand.

    Raises Denied, Missing for a report of another batch, Invalid for an empty reply or one past 1,000 characters.
    """
    words = reply.strip()
    with transaction.atomic():
        found = Problem.objects.select_for_update(of=("self",)).filter(pk=problem, batch=batch).first()
        if found is None:
            raise Missing(_("There is no such report."), remedy=_("Look at the list of problems."))
        let_in(by, Permission.BATCH_EDIT, batch, tied_resource(by, batch))
        if not words or len(words) > REPLY_LIMIT:
            message = _("Write what becomes of it, at most 1,000 characters.")
            raise Invalid(message, remedy=_("Write a sentence and send again."), fields={"reply": message})
        found.reply, found.closed = words, timezone.now()
        found.save(update_fields=["reply", "closed"])
        audit.record(
            by=by, action="microtasks.problem.answered", on=("batch", batch.code), organisation_id=batch.organisation_id,
            task=found.task.number,
        )  # fmt: skip
        tell_reply(batch, found)
    return found


def record_export(*, by: Subject | None, batch: Batch, form: str) -> None:
    """Authorise a copy of the results and put it on record; the rows are read after that. `by` None is the operator.

    Raises Denied, Missing for a format there is not.
    """
    with transaction.atomic():
        if by is not None:
            let_in(by, Permission.BATCH_EXPORT, batch, tied_resource(by, batch))
        check_form(form)
        audit.record(
            by=by, action="microtasks.batch.exported", on=("batch", batch.code), organisation_id=batch.organisation_id,
            form=form, tasks=batch.tasks_total,
        )  # fmt: skip


def _locked(batch: Batch, number: int) -> Task:
    task = Task.objects.select_for_update().filter(batch=batch, number=number).first()
    if task is None:
        raise Missing(_("This batch has no task %(number)s.") % {"number": number}, remedy=_("Look at the list."))
    task.batch = batch
    return task


def _moved_on(task: Task) -> str:
    if task.state == TaskState.CLOSED:
        return _("Somebody else decided this one a moment ago.")
    return _("The owner asked one more person about this one.")


def _counting_answers(task: Task) -> list[int]:
    answered = Assignment.objects.filter(task=task, answer__surplus=False)
    return sorted(answer for answer in answered.values_list("answer", flat=True) if answer is not None)


def _record(by: Subject, action: str, task: Task, **facts: Any) -> None:
    audit.record(
        by=by, action=action, on=("batch", task.batch.code), organisation_id=task.batch.organisation_id,
        task=task.number, **facts,
    )  # fmt: skip
