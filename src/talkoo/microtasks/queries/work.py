"""What a person has in hand, and what is left for them."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Count, Exists, Func, OuterRef, Q, QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.actions import authorise
from talkoo.access.deciding import at_best
from talkoo.access.permissions import Permission
from talkoo.access.queries import HIGHEST, Resource, allows
from talkoo.access.subject import Subject
from talkoo.lib import wall
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import (
    Assignment,
    AssignmentState,
    Batch,
    Draft,
    Problem,
    Result,
    Sensitivity,
    Task,
    TaskState,
)
from talkoo.microtasks.queries.batches import held_resource


def my_assignments(by: Subject) -> QuerySet[Assignment]:
    return Assignment.objects.filter(person_id=by.person_id)


def lock_assignment(by: Subject, held: Assignment) -> None:
    """Lock an assignment that was read before, and read again what another request may have changed since."""
    wall.open(held.batch_id)
    held.refresh_from_db(fields=["state", "answer", "draft_at"], from_queryset=my_assignments(by).select_for_update())


def access_assignment(by: Subject, code: str | UUID, *, lock: bool = False) -> Assignment:
    """The assignment of this code if it is in this person's name, its batch opened; anybody else's is Missing (404)."""
    found = my_assignments(by)
    if lock:  # the path of every answer: what it does not need is not read
        found = found.select_related("batch").select_for_update(of=("self",))
    else:
        found = found.select_related("task", "batch__organisation", "batch__protection__controller", "answer")
    try:
        if not lock:  # what is joined shows only once it is open
            wall.open(my_assignments(by).values_list("batch", flat=True).get(code=code))
        assignment = found.get(code=code)
    except (Assignment.DoesNotExist, ValueError):
        raise Missing(_("There is no such task in your name."), remedy=_("Look at the tasks for you.")) from None
    wall.open(assignment.batch_id)
    return assignment


def typed(held: Assignment) -> dict[str, Any] | None:
    """What was typed and not sent, its batch opened; None where nothing was. No query then."""
    if held.draft_at is None:
        return None
    found = Draft.objects.filter(pk=held.pk).first()
    return dict(found.typed) if found else None


def sees_turned(assignment: Assignment) -> bool:
    """Whether this person sees two things side by side the other way round: half of all do, so that who stands first
    wins nothing over many answers. Drawn with the assignment, so the same at every look."""
    return bool(assignment.code.int % 2)


def may_read(by: Subject, assignment: Assignment) -> bool:
    """Whether the item may be shown now: confidential work stays with its organisation and those its owner named, also
    for those who left them."""
    return allows(by, Permission.BATCH_SEE, held_resource(assignment))


def handed_in(by: Subject, assignment: Assignment) -> Resource:
    """What was handed out, as the person touches it who sends an answer.

    Who may not read the item any more sends words of their own and is shown nothing: that stays open to them, so that an
    answer begun is never lost.
    """
    on = held_resource(assignment)
    return on if may_read(at_best(by), assignment) else replace(on, sensitivity=Sensitivity.OPEN)


def my_reports(by: Subject, held: Assignment) -> QuerySet[Problem]:
    """What this person reported about the item in their name, oldest first."""
    return Problem.objects.filter(task=held.task_id, person=by.person_id).order_by("pk")


def check_readable(by: Subject, assignment: Assignment) -> None:
    """Asked by whatever shows an item to whom it was handed out.

    Raises Missing where it may not be shown any more, StepUp with whom to ask where they are not cleared (any more), or where it may not be shown as they ask now.
    """
    if not may_read(replace(at_best(by), clearance=HIGHEST), assignment):
        raise Missing(
            _("This item is not open to you any more."), remedy=_("Your answer is kept. Look at the tasks for you.")
        )
    authorise(by, Permission.BATCH_SEE, on=held_resource(assignment))


@dataclass(frozen=True, slots=True)
class Remaining:
    """Why there is nothing to hand out now, in counts: what the page says instead of “no more tasks”.

    `beyond` are open pieces of records of which this person, or their organisation, had as many as one may.

    `mine` and `skipped` are of this person and count every item alike; the others are of the work of the batch. How
    many are in other hands is None where known answers are mixed in: from that and one's own one could work out which
    of them had a known answer.
    """

    open: int
    mine: int
    skipped: int
    in_other_hands: int | None
    beyond: int
    settled: int
    total: int


def remaining(by: Subject, batch: Batch) -> Remaining:
    """Counts of a batch as seen by one person, in one statement; asked only where a claim found nothing."""
    here = my_assignments(by).filter(batch=batch, task=OuterRef("pk"))
    found = Task.objects.filter(batch=batch).annotate(
        touched=Exists(here),
        answered=Exists(here.filter(state=AssignmentState.ANSWERED)),
        given_back=Exists(here.filter(state=AssignmentState.SKIPPED)),
    )
    known = Q(state=TaskState.CONTROL)
    unsettled = Q(closed=False) | known
    found = found.annotate(within=_within(by, batch) if batch.records else Value(True))
    counts = found.aggregate(
        open=Count("pk", filter=Q(is_open=True, touched=False, within=True)),
        beyond=Count("pk", filter=Q(is_open=True, touched=False, within=False)),
        mine=Count("pk", filter=unsettled & Q(answered=True)),
        skipped=Count("pk", filter=unsettled & Q(given_back=True)),
        in_other_hands=Count("pk", filter=Q(closed=False, is_open=False, touched=False)),
        settled=Count("pk", filter=Q(closed=True) & ~known),
    )
    if batch.controls_added:
        counts["in_other_hands"] = None
    return Remaining(**counts, total=batch.tasks_total)


def _within(by: Subject, batch: Batch) -> Func:
    """What the claim asks of a piece (migration 0021)."""
    asked = (by.person_id, by.organisation_id or 0, batch.cap_person, batch.cap_team)
    return Func("pk", *map(Value, asked), function="microtasks_within", output_field=BooleanField())


@dataclass(frozen=True, slots=True)
class MyShare:
    """How far one person has come in a batch, and the minutes stated for it."""

    answered: int
    minutes: float


def my_share(by: Subject, batch: Batch) -> MyShare:
    answered = my_assignments(by).filter(batch=batch, answer__isnull=False).count()
    return MyShare(answered, float(answered * batch.minutes))


def standing_result(assignment: Assignment) -> Result | None:
    return Result.objects.filter(pk=assignment.task.result_id).first() if assignment.task.result_id else None


def why_this(by: Subject, assignment: Assignment) -> list[str]:
    """Why this task is offered to this person now, in sentences; from counts and declared skills only. Where known
    answers are mixed in, every item is given the same reasons."""
    task, batch = assignment.task, assignment.batch
    if assignment.answer_id:
        return [_("You answered it, and it is still open: you may change your answer.")]
    untold = batch.controls_added > 0 or task.state == TaskState.CONTROL
    kept = _("Some items have a known answer, so it is told of none how many have answered it.")
    said = [kept if untold else _who_answered(task)]
    mine = list(batch.skills.filter(pk__in=by.skills).values_list("name", flat=True))
    if mine:
        said.append(_("You stated %(skills)s.") % {"skills": ", ".join(mine)})
    if batch.adaptive and task.done + 1 >= batch.least and not untold:
        said.append(_("With your answer it may be settled; if not, one more person is asked."))
    return said


def _who_answered(task: Task) -> str:
    if task.done == 0:
        return _("Nobody has answered it yet.")
    if task.differ:
        words = ngettext(
            "%(count)s colleague has answered it and more certainty is needed.",
            "%(count)s colleagues have answered it and they see it differently.",
            task.done,
        )
    else:
        words = ngettext("%(count)s colleague has answered it.", "%(count)s colleagues have answered it.", task.done)
    return words % {"count": task.done}
