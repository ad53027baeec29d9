"""Taking, keeping and giving back a task."""

from datetime import timedelta

from django.contrib.postgres.functions import TransactionNow
from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest, Now
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid, Missing
from talkoo.lib.plain import plain
from talkoo.microtasks.actions.pushing import push_items
from talkoo.microtasks.actions.telling import tell_problem
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchState, Draft, Problem, Task
from talkoo.microtasks.queries.batches import let_in, offered_resource
from talkoo.microtasks.queries.practice import lacking_practice
from talkoo.microtasks.queries.work import access_assignment

LEASE = timedelta(minutes=30)  # by the clock of the database, whose function lets leases lapse
DRAFT_LIMIT = 20_000
RENEW = "UPDATE microtasks_assignment SET lease_until = greatest(lease_until, now() + make_interval(secs => %s)) WHERE id = %s RETURNING lease_until"
TAKE_KNOWN = """
WITH item AS (
    SELECT id, batch_id FROM microtasks_task WHERE id = %s AND state = 'control' AND spot IS NOT NULL FOR KEY SHARE)
INSERT INTO microtasks_assignment AS a (task_id, batch_id, person_id, organisation_id, state, lease_until, taken)
SELECT id, batch_id, %s, %s, 'leased', now() + make_interval(secs => %s), now() FROM item
ON CONFLICT (person_id, task_id) DO UPDATE
SET state = 'leased', lease_until = EXCLUDED.lease_until, taken = EXCLUDED.taken, organisation_id = EXCLUDED.organisation_id
WHERE a.state = 'lapsed' RETURNING a.id
"""
NEXT_POS = "nextval('microtasks_task_pos')"


def take_task(*, by: Subject, batch: Batch, number: int | None = None) -> Assignment | None:
    """Hand out the next task of the batch, or None where none is left for this person now.

    The database does it in one function, `microtasks_claim`: the cost grows neither with the batch nor with what the
    person did before, and unique constraints make a double claim impossible. A person holds one task of a batch at a
    time: who holds one already gets that one back, with its lease renewed. `number` names a task, where the batch
    lets people choose; one with a known answer is handed out by its number too, or being refused would give it away.

    Raises Denied, Conflict where the batch is not open or practice comes first, Invalid where tasks may not be chosen, Missing for a number
    that the batch does not have.
    """
    with transaction.atomic():
        let_in(by, Permission.TASK_ANSWER, batch, offered_resource(by, batch))
        if batch.state != BatchState.OPEN:
            raise Conflict(_("This batch is not open now."), remedy=_("Look at the other tasks for you."))
        _check_practised(by, batch)
        wanted = None if number is None else _wanted(batch, number)
        claimed = _claim(by, batch, wanted)
        if claimed is None and wanted is not None:
            claimed = _claim_known(by, wanted)
        if claimed is None:
            return None
        found = Assignment.objects.select_related("task").annotate(new=Q(taken=TransactionNow()))
        assignment = found.get(pk=claimed)
        assignment.batch = batch
        if assignment.new:
            _record_taken(by, assignment)
    return assignment


def _check_practised(by: Subject, batch: Batch) -> None:
    """Where the owner asks for practice, it comes before a person's first item. Costs nothing where none is asked for."""
    lacking = lacking_practice(by, batch)
    if lacking:
        words = ngettext(
            "Practice comes first here: %(n)d right answer is missing.",
            "Practice comes first here: %(n)d right answers are missing.",
            lacking,
        )
        raise Conflict(words % {"n": lacking}, remedy=_("Practise a little; you may try each item again."))


def _record_taken(by: Subject, assignment: Assignment) -> None:
    """Log a new claim. Coming back to a task in hand leaves no trace: it would tell when somebody was at a desk."""
    audit.record(
        by=by,
        action="microtasks.task.taken",
        on=("assignment", str(assignment.code)),
        organisation_id=assignment.batch.organisation_id,
        batch=assignment.batch.code,
        task=assignment.task.number,
    )


def _wanted(batch: Batch, number: int) -> int:
    if not batch.may_choose:
        raise Invalid(_("Tasks of this batch are handed out in turn."), remedy=_("Take the next one."))
    found = Task.objects.filter(batch=batch, number=number).values_list("pk", flat=True).first()
    if found is None:
        raise Missing(_("This batch has no task %(number)s.") % {"number": number}, remedy=_("Take the next one."))
    return found


def _claim(by: Subject, batch: Batch, wanted: int | None) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT microtasks_claim(%s, %s, %s, make_interval(secs => %s), %s)",
            [batch.pk, by.person_id, by.organisation_id, LEASE.total_seconds(), wanted],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def _claim_known(by: Subject, wanted: int) -> int | None:
    """An item with a known answer that was named. The claim that found nothing holds this person's cursor: no other
    claim of theirs comes between. Those for practice are not handed out; the practice names them."""
    with connection.cursor() as cursor:
        cursor.execute(TAKE_KNOWN, [wanted, by.person_id, by.organisation_id, LEASE.total_seconds()])
        row = cursor.fetchone()
    return row[0] if row else None


def renew_lease(*, by: Subject, code: str) -> Assignment:
    """Keep the task for another lease while its page is open. Heartbeats leave no trace: no log, no history.

    Raises Missing for another person's task, Conflict where it is no longer in this person's hands.
    """
    with transaction.atomic():
        assignment = access_assignment(by, code, lock=True)
        if assignment.state != AssignmentState.LEASED:
            raise Conflict(_("This task is no longer in your hands."), remedy=_("Send what you have: nothing is lost."))
        with connection.cursor() as cursor:
            cursor.execute(RENEW, [LEASE.total_seconds(), assignment.pk])
            (assignment.lease_until,) = cursor.fetchone()
    return assignment


def save_draft(*, by: Subject, code: str, draft: dict[str, object]) -> Assignment:
    """Keep what is typed so far, even where the lease ran out: words are never lost.

    Raises Missing for another person's task, Invalid for a draft past 20,000 characters, Conflict once answered.
    """
    if len(str(draft)) > DRAFT_LIMIT:
        raise Invalid(_("This draft is too long to keep."), remedy=_("Shorten the note to 4,000 characters."))
    with transaction.atomic():
        assignment = access_assignment(by, code, lock=True)
        if assignment.state in {AssignmentState.SURPLUS, AssignmentState.SKIPPED}:
            raise Conflict(_("This task is done."), remedy=_("Take the next one."))
        assignment.draft_at = timezone.now()
        longer = (
            {"lease_until": Greatest(F("lease_until"), Now() + LEASE)}
            if assignment.state == AssignmentState.LEASED
            else {}
        )
        Assignment.objects.filter(pk=assignment.pk).update(draft_at=assignment.draft_at, **longer)
        Draft.objects.bulk_create(
            [Draft(assignment=assignment, typed=draft)],
            update_conflicts=True, unique_fields=["assignment"], update_fields=["typed"],
        )  # fmt: skip
    return assignment


def skip_task(*, by: Subject, code: str) -> Assignment:
    """Give a task back for somebody else. It is not offered again to the same person; nobody else learns of it.

    Raises Missing for another person's task, Conflict where it was answered already.
    """
    with transaction.atomic():
        assignment = access_assignment(by, code, lock=True)
        if assignment.state == AssignmentState.SKIPPED:
            return assignment
        if assignment.state in {AssignmentState.ANSWERED, AssignmentState.SURPLUS}:
            raise Conflict(_("You answered this task already."), remedy=_("Change your answer, or take the next one."))
        if assignment.state == AssignmentState.LEASED:
            _give_back(assignment.task_id)
        assignment.state = AssignmentState.SKIPPED
        assignment.save(update_fields=["state"])
        audit.record(
            by=by,
            action="microtasks.task.skipped",
            on=("assignment", str(assignment.code)),
            organisation_id=assignment.batch.organisation_id,
        )
        push_items(assignment.batch)
    return assignment


def _give_back(task: int) -> None:
    """One fewer at work on it; an open task goes to the tail, where people who passed it meet it again."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE microtasks_task SET active = active - 1, pos = CASE WHEN closed THEN pos ELSE {NEXT_POS} END"  # noqa: S608
            " WHERE id = %s AND state <> 'control'",
            [task],
        )


def report_problem(*, by: Subject, code: str, text: str) -> Problem:
    """Tell the owner that something is wrong with an item. The task stays in hand.

    Raises Missing for another person's task, Invalid for an empty text or one past 1,000 characters.
    """
    words = plain(text).strip()
    if not words or len(words) > 1000 or "\0" in words:
        raise Invalid(
            _("Say in a few words what is wrong, at most 1,000 characters."),
            remedy=_("Write what you see and send again."),
            fields={"text": _("Say in a few words what is wrong, at most 1,000 characters.")},
        )
    with transaction.atomic():
        assignment = access_assignment(by, code)
        problem = Problem.objects.create(
            task_id=assignment.task_id, batch_id=assignment.batch_id, person_id=by.person_id, text=words
        )
        audit.record(
            by=by,
            action="microtasks.problem.reported",
            on=("assignment", str(assignment.code)),
            organisation_id=assignment.batch.organisation_id,
        )
        tell_problem(assignment, problem)
    return problem
