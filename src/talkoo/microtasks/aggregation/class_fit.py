"""A whole batch of answers in classes, learnt together by the method that its answers bear."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from talkoo.engines.consensus import Agreement, Answers, Fit, combine, krippendorff_alpha, published
from talkoo.microtasks.aggregation.outcome import Combined, Fitted, Known, Row

Floats = NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Every answer of a batch over task × unit, with the ids of tasks and people behind the codes."""

    answers: Answers
    tasks: list[int]
    marks: list[int]
    people: list[int]
    names: Sequence[str]

    @property
    def units(self) -> int:
        return len(self.names)


def encode(rows: Sequence[Row], labels: Sequence[tuple[int, ...]], *, classes: int, names: Sequence[str]) -> Encoded:
    """`labels` give the class of each unit of each row; `names` are those of the units."""
    tasks = {task: code for code, task in enumerate(dict.fromkeys(row.task for row in rows))}
    people = {person: code for code, person in enumerate(dict.fromkeys(row.person for row in rows))}
    marks = {row.task: row.mark for row in rows}
    units = len(names)
    task_codes = np.array([tasks[row.task] for row in rows], dtype=np.int32)
    person_codes = np.array([people[row.person] for row in rows], dtype=np.int32)
    answers = Answers(
        (task_codes[:, None] * units + np.arange(units, dtype=np.int32)).ravel(),
        np.repeat(person_codes, units),
        np.array(labels, dtype=np.int32).ravel(),
        n_tasks=len(tasks) * units,
        n_workers=len(people),
        n_classes=classes,
    )
    return Encoded(answers, list(tasks), list(marks.values()), list(people), names)


def fit(
    encoded: Encoded, *, metric: Metric, seed: int, outcome: Callable[[Floats, int, bool, int], Combined]
) -> Fitted:
    """The method that `combine` chooses; `outcome` says what the posteriors of one task mean."""
    found, _choice = combine(encoded.answers)
    posteriors, number, differ = _by_task(encoded, found)
    shown = published(posteriors, np.repeat(number[:, None], encoded.units, axis=1)).max(axis=2).min(axis=1)
    return Fitted(
        method=found.method, version=found.version,
        known=Known(found.class_prior.tolist(), found.prior.tolist()),
        tasks=encoded.tasks, marks=encoded.marks,
        estimates=np.round(posteriors, 6).tolist(), probabilities=shown.tolist(), differ=differ.tolist(),
        people=encoded.people if len(found.counts) else [], counts=np.round(found.counts, 6).tolist(),
        agreement=_agreement(encoded, metric, seed),
        outcome=lambda at: outcome(posteriors[at], int(number[at]), bool(differ[at]), encoded.tasks[at]),
    )  # fmt: skip


def _by_task(encoded: Encoded, found: Fit) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Posteriors [tasks, units, classes], answers a task [tasks], and whether people differ [tasks]."""
    posteriors = found.posteriors.reshape(len(encoded.tasks), encoded.units, -1)
    each = encoded.answers.per_task.reshape(len(encoded.tasks), encoded.units)
    agreed = encoded.answers.votes.max(axis=1).reshape(each.shape) == each
    return posteriors, each[:, 0], ~agreed.all(axis=1)


def _agreement(encoded: Encoded, metric: Metric, seed: int) -> dict[str, object]:
    """Krippendorff's alpha of the batch, and of each unit where an answer has several."""
    rng = np.random.default_rng(seed)
    whole = krippendorff_alpha(encoded.answers, metric, rng=rng)
    several = encoded.units > 1
    each = [_unit_agreement(encoded, metric, unit, rng) for unit in range(encoded.units)] if several else []
    named = zip(encoded.names, each, strict=False)
    return {**numbers(whole), "units": [{"name": name, **numbers(found)} for name, found in named]}


def _unit_agreement(encoded: Encoded, metric: Metric, unit: int, rng: np.random.Generator) -> Agreement:
    answers = encoded.answers
    mine = answers.task % encoded.units == unit
    part = Answers(
        answers.task[mine] // encoded.units, answers.worker[mine], answers.label[mine],
        n_tasks=len(encoded.tasks), n_workers=answers.n_workers, n_classes=answers.n_classes,
    )  # fmt: skip
    return krippendorff_alpha(part, metric, rng=rng, rounds=300)


def numbers(found: Agreement) -> dict[str, object]:
    """Alpha with its interval as the batch keeps it."""
    return {
        name: None if value is None else round(value, 3)
        for name, value in (("alpha", found.alpha), ("low", found.low), ("high", found.high))
    }
