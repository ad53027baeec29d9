"""One task of a batch with everything that led to its result, in two statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from talkoo.engines.consensus import bounds, interval, published
from talkoo.lib.errors import Missing
from talkoo.microtasks.aggregation import Classes, Spoken, resume
from talkoo.microtasks.models import Batch, Model, Problem, Result, Task, TaskState
from talkoo.microtasks.queries.crowd import Crowd
from talkoo.microtasks.queries.history import Step, story
from talkoo.microtasks.queries.known import known_of
from talkoo.microtasks.queries.said import Place, Said, by_organisation, everybody
from talkoo.microtasks.task_types import Bound, task_type

RESULT = (
    "version", "value", "probability", "low", "high", "spread", "method", "method_version", "reason", "answer_ids", "at", "note",
)  # fmt: skip
PROBLEM = ("id", "text", "at", "closed", "reply")


@dataclass(frozen=True, slots=True)
class Chance:
    """One unit of the answer: what it comes to, how probable that is, between which bounds."""

    label: str
    value: str
    probability: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Detail:
    """What the page of one task shows. Nobody's name is in it, nor the name of an organisation with few people."""

    task: Task
    value: str
    chances: Sequence[Chance]
    bounds: Sequence[Bound]
    places: Sequence[Place]
    answers: int
    notes: Sequence[str]
    steps: Sequence[Step]
    results: Sequence[Result]
    problems: Sequence[Problem]


def opened_task(batch: Batch, number: int) -> Task:
    """A task with its results (`versions`) and problems (`reported`) as JSON. One query; Missing where there is none."""
    results = (
        Result.objects.filter(task=OuterRef("pk")).order_by("version").values(json=JSONObject(**{n: n for n in RESULT}))
    )
    problems = (
        Problem.objects.filter(task=OuterRef("pk")).order_by("id").values(json=JSONObject(**{n: n for n in PROBLEM}))
    )
    found = Task.objects.filter(batch=batch, number=number).select_related(
        "result", "known", "batch__model", "batch__organisation"
    )
    task = found.annotate(versions=ArraySubquery(results), reported=ArraySubquery(problems)).first()
    if task is None:
        raise Missing(_("This batch has no task %(number)s.") % {"number": number}, remedy=_("Look at the list."))
    return task


def detail(task: Any, said: Sequence[Said], crowd: Crowd) -> Detail:
    """Put together what the page shows from a task of `opened_task` and its answers."""
    batch = task.batch
    results = [Result(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in task.versions]
    return Detail(
        task=task,
        value=task_type(batch.task_type).words(batch.config, task.result.value) if task.result else "",
        chances=chances(task, said, getattr(batch, "model", None)),
        bounds=value_bounds(task),
        places=everybody(batch, said) if task.state == TaskState.CONTROL else by_organisation(batch, said, crowd),
        answers=len(said),
        notes=[answer.note for answer in said if answer.note],
        steps=[] if task.state == TaskState.CONTROL else story(task, said, results, getattr(batch, "model", None)),
        results=results,
        problems=[_problem(row) for row in task.reported],
    )


def _problem(row: dict[str, Any]) -> Problem:
    closed = datetime.fromisoformat(row["closed"]) if row["closed"] else None
    return Problem(**{**row, "at": datetime.fromisoformat(row["at"]), "closed": closed})


def chances(task: Task, said: Sequence[Said], model: Model | None) -> list[Chance]:
    """The probability of each unit worth showing: the one unit, or those that somebody chose. None by a reviewer."""
    spoken = [answer for answer in said if answer.value is not None and not answer.surplus]
    if not task.estimate or not spoken or (task.result and task.result.probability is None):
        return []
    aggregation, config = task_type(task.batch.task_type).aggregation, task.batch.config
    if not isinstance(aggregation, Classes) or len(aggregation.units(config)) < 2:
        return [_single(task, spoken, model)]
    names, classes = aggregation.units(config), len(aggregation.classes(config))
    chosen = {label for answer in said for label in answer.value or ()}
    rows = [(name, np.array(row)) for name, row in zip(names, task.estimate, strict=True) if len(row) == classes]
    return [_unit(name, row, len(spoken)) for name, row in rows if name in chosen or row[1] > row[0]]


def _single(task: Task, spoken: Sequence[Said], model: Model | None) -> Chance:
    batch, declared = task.batch, task_type(task.batch.task_type)
    if task.result and task.state == TaskState.CLOSED:
        value, probability = task.result.value, task.result.probability or 0
        return Chance("", declared.words(batch.config, value), probability, task.result.low or 0, task.result.high or 1)
    given = [Spoken(answer.value, answer.counts) for answer in spoken]
    now = resume(declared.aggregation, batch.config, task.estimate, given, known_of(model), task.pk)
    return Chance("", declared.words(batch.config, now.value), now.probability, *now.bounds)


def _unit(name: str, row: Any, spoken: int) -> Chance:
    low, high = interval(row, spoken)
    yes = row[1] > row[0]
    return Chance(name, _("yes") if yes else _("no"), float(published(row, spoken).max()), low, high)


def value_bounds(task: Task) -> Sequence[Bound]:
    """Between which bounds the value itself lies, where it is a number or several: of the result, else as of now."""
    declared = task_type(task.batch.task_type)
    if task.result and task.state == TaskState.CLOSED:
        return declared.bounds(task.batch.config, task.result.value, task.result.spread) if task.result.spread else ()
    kept = task.estimate if isinstance(task.estimate, dict) else {}
    return declared.bounds(task.batch.config, kept["value"], kept["spread"]) if kept.get("spread") else ()


def interval_of(task: Task) -> tuple[float, float] | None:
    """The 90 % interval of the probability in the list: of the result, else of the estimate's least certain part."""
    if task.result and task.result.low is not None and task.state == TaskState.CLOSED:
        return task.result.low, task.result.high or 1
    if not task.estimate or not task.done or task.probability is None:
        return None
    return bounds(task.probability, task.done)
