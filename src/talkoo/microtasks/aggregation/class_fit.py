"""A whole batch of answers in classes, learnt together by the method that its answers bear."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from talkoo.engines.consensus import (
    Agreement,
    Answers,
    Fit,
    combine,
    fit_temperature,
    krippendorff_alpha,
    published,
    recalibrated,
)
from talkoo.microtasks.aggregation.outcome import Combined, Fitted, Known, Row

Floats = NDArray[np.float64]
Metric = Literal["nominal", "ordinal", "interval"]
DAWID_SKENE = "dawid-skene"


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


@dataclass(frozen=True, slots=True)
class Truth:
    """The last tasks of what is encoded have a known answer: whose each is, and the class of each of its units."""

    items: Sequence[int] = ()
    labels: Sequence[tuple[int, ...]] = ()


def fit(
    encoded: Encoded,
    *,
    metric: Metric,
    seed: int,
    outcome: Callable[[Floats, int, bool, int], Combined],
    known: Truth,
) -> Fitted:
    """The method that `combine` chooses; `outcome` says what the posteriors of one task mean."""
    found, _choice = combine(encoded.answers)
    work = len(encoded.tasks) - len(known.items)
    every, number, differ = _by_task(encoded, found)
    temperature = _temperature(found, every[work:], number[work:], known)
    posteriors, number = recalibrated(every[:work], temperature), number[:work]
    shown = published(posteriors, np.repeat(number[:, None], encoded.units, axis=1)).max(axis=2).min(axis=1)
    return Fitted(
        method=found.method, version=found.version,
        known=Known(found.class_prior.tolist(), found.prior.tolist(), temperature),
        tasks=encoded.tasks[:work], marks=encoded.marks[:work],
        estimates=np.round(posteriors, 6).tolist(), probabilities=shown.tolist(), differ=differ[:work].tolist(),
        people=encoded.people if len(found.counts) else [], counts=np.round(found.counts, 6).tolist(),
        agreement=_agreement(_first(encoded, work), metric, seed),
        outcome=lambda at: outcome(posteriors[at], int(number[at]), bool(differ[at]), encoded.tasks[at]),
    )  # fmt: skip


def _temperature(found: Fit, posteriors: Floats, number: NDArray[np.int64], known: Truth) -> float | None:
    """What known answers say of the certainty of Dawid–Skene; shares of votes are no probabilities to ease."""
    if found.method != DAWID_SKENE or not known.items:
        return None
    units = posteriors.shape[1]
    return fit_temperature(
        posteriors.reshape(len(posteriors) * units, -1), np.array(known.labels).ravel(), np.repeat(number, units),
        items=np.repeat(known.items, units),
    )  # fmt: skip


def _first(encoded: Encoded, tasks: int) -> Encoded:
    """The answers to the first so many tasks alone."""
    if tasks == len(encoded.tasks):
        return encoded
    answers, limit = encoded.answers, tasks * encoded.units
    mine = answers.task < limit
    part = Answers(
        answers.task[mine], answers.worker[mine], answers.label[mine],
        n_tasks=limit, n_workers=answers.n_workers, n_classes=answers.n_classes,
    )  # fmt: skip
    return Encoded(part, encoded.tasks[:tasks], encoded.marks[:tasks], encoded.people, encoded.names)


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
