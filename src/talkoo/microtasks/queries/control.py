"""Items with a known answer: which there are, how people as a whole did on them, and how one did, for that one alone."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.engines.consensus import Accuracy, accuracy_of
from talkoo.lib.errors import Missing
from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.models import Assignment, Batch, BatchState, KnownAnswer, Reliability, Task, TaskState
from talkoo.microtasks.queries.crowd import FEWEST
from talkoo.microtasks.task_types import faults, task_type
from talkoo.microtasks.task_types.knowing import agrees, known_value


def known_items(batch: Batch) -> QuerySet[KnownAnswer]:
    """Every item of the batch with a known answer, in the order of the file."""
    return (
        KnownAnswer.objects.filter(batch=batch).select_related("task").defer("task__payload").order_by("task__number")
    )


def measures_certainty(batch: Batch) -> bool:
    """Whether known answers are held against the probabilities: where answers fall into classes. Of other kinds they
    only tell how often people agree with them."""
    return isinstance(task_type(batch.task_type).aggregation, Classes)


def value_in(batch: Batch, known: KnownAnswer) -> Any:
    """The known answer as the question stands now: the stored value if it fits, else what the words stand for."""
    declared = task_type(batch.task_type)
    if known.value is not None and not faults(declared, batch.config, known.value):
        return known.value
    return known_value(declared, batch.config, known.text)


def unfit_items(batch: Batch) -> list[KnownAnswer]:
    """Known answers that are no answer to the question as it stands."""
    if not batch.controls_added + batch.practice_added:
        return []
    try:
        return [known for known in known_items(batch) if value_in(batch, known) is None]
    except (KeyError, TypeError, ValueError):  # the question is not settled yet; its own step says so
        return []


def known_task(batch: Batch, number: int) -> Task:
    """A task of the batch to state a known answer of. Raises Missing where there is none."""
    task = Task.objects.filter(batch=batch, number=number).select_related("known").first()
    if task is None:
        raise Missing(_("This batch has no task %(number)s.") % {"number": number}, remedy=_("Look at the list."))
    task.batch = batch
    return task


def batch_accuracy(batch: Batch) -> Accuracy | None:
    """How often the people of a batch, as a whole, agree with known answers: as `accuracy_among` says."""
    return accuracy_among(Reliability.objects.filter(batch=batch, controls__gt=0).values_list("agreed", "controls"))


def accuracy_among(rows: Iterable[tuple[int, int]]) -> Accuracy | None:
    """The same from (agreed, answered) of each person. None under five people: never by person."""
    counted = list(rows)
    return accuracy_of(counted) if len(counted) >= FEWEST else None


@dataclass(frozen=True, slots=True)
class MyControls:
    """How often one person agreed with known answers in a batch: shown to that person alone."""

    agreed: int
    answered: int


def my_controls(by: Subject, batch: Batch) -> MyControls | None:
    """None before the batch closes, when a count that moves would give away which items they are; and where there is
    nothing, or nothing any more: it is deleted 90 days after the batch closes."""
    if batch.state != BatchState.CLOSED:
        return None
    found = Reliability.objects.filter(batch=batch, person=by.person_id, controls__gt=0).first()
    return MyControls(found.agreed, found.controls) if found else None


@dataclass(frozen=True, slots=True)
class Told:
    """What was known of an item, told to who answered it."""

    words: str
    why: str
    agrees: bool


def told_afterwards(assignment: Assignment) -> Told | None:
    """The known answer of a control item, once its batch is closed: before that it would spoil the measure."""
    batch = assignment.batch
    if assignment.task.state != TaskState.CONTROL or batch.state != BatchState.CLOSED or not assignment.answer:
        return None
    known = KnownAnswer.objects.filter(task=assignment.task_id).first()
    if known is None:
        return None
    declared = task_type(batch.task_type)
    return Told(known.text, known.why, agrees(declared, batch.config, assignment.answer.value, known.value))
