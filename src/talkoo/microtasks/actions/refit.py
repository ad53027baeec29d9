"""The whole batch combined anew: people and classes learnt together, estimates and results brought up to date."""

import json
from dataclasses import dataclass

import numpy as np
from django.db import connection, transaction
from django.db.models import F
from numpy.typing import NDArray

from talkoo.audit import actions as audit
from talkoo.engines.consensus import Agreement, Answers, Fit, combine, krippendorff_alpha, published
from talkoo.microtasks.actions import combining
from talkoo.microtasks.models import Batch, Model, Result, Tally, Task, TaskState
from talkoo.microtasks.queries.answers import MARK, all_answers
from talkoo.microtasks.task_types import TaskType, task_type

Floats = NDArray[np.float64]
DRIFT = 0.005
CHUNK = 500
LOCK = "SELECT id FROM microtasks_task WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
KEEP = f"""
UPDATE microtasks_task t SET estimate = n.estimate, probability = n.probability, differ = n.differ
FROM unnest(%s::bigint[], %s::bigint[], %s::jsonb[], %s::float8[], %s::bool[])
     AS n (id, mark, estimate, probability, differ)
WHERE t.id = n.id AND t.batch_id = %s AND {MARK} = n.mark AND t.estimate IS DISTINCT FROM n.estimate
"""  # noqa: S608 - a constant


@dataclass(frozen=True, slots=True)
class Spoken:
    """Every answer of a batch, encoded: `answers` over task × unit, with the ids of tasks and people behind the codes.

    `marks` are those of the estimates of the tasks when the answers were read, `given` all answers of the batch then.
    """

    answers: Answers
    tasks: list[int]
    marks: list[int]
    given: int
    people: list[int]
    units: int


def refit_batch(batch: Batch) -> str:
    """Fit the batch by the method its answers bear, renew estimates, add new versions of results that moved.

    Reads first, then writes in short transactions, so nobody who takes or answers a task waits for it; a task that got
    another answer meanwhile, or a changed one, keeps its newer estimate. Idempotent: run twice it writes nothing the second time. Returns
    the method's name, or "" where nobody answered yet.
    """
    spoken = _encoded(batch)
    if spoken is None:
        return ""
    fit, _choice = combine(spoken.answers)
    _keep_estimates(batch, spoken, fit)
    renewed = _renew_results(batch, spoken, fit)
    with transaction.atomic():
        _keep_model(batch, spoken, fit)
        _keep_reliability(batch, spoken, fit)
        audit.record(
            by=None,
            action="microtasks.batch.refitted",
            on=("batch", batch.code),
            organisation_id=batch.organisation_id,
            method=fit.method,
            renewed=renewed,
        )
    settle_open(batch)
    return fit.method


def _encoded(batch: Batch) -> Spoken | None:
    declared, config = task_type(batch.task_type), batch.config
    units, classes = len(declared.units(config)), len(declared.classes(config))
    given = Tally.total(batch)["answers"]
    rows = list(all_answers(batch))
    if not rows:
        return None
    tasks = {task: code for code, task in enumerate(dict.fromkeys(row[0] for row in rows))}
    people = {person: code for code, person in enumerate(dict.fromkeys(row[1] for row in rows))}
    marks = {row[0]: row[3] for row in rows}
    labels = np.array([declared.encode(config, row[2]) for row in rows], dtype=np.int32)
    task_codes = np.array([tasks[row[0]] for row in rows], dtype=np.int32)
    person_codes = np.array([people[row[1]] for row in rows], dtype=np.int32)
    answers = Answers(
        (task_codes[:, None] * units + np.arange(units, dtype=np.int32)).ravel(),
        np.repeat(person_codes, units),
        labels.ravel(),
        n_tasks=len(tasks) * units,
        n_workers=len(people),
        n_classes=classes,
    )
    return Spoken(answers, list(tasks), list(marks.values()), given, list(people), units)


def _keep_model(batch: Batch, spoken: Spoken, fit: Fit) -> None:
    model = Model(
        batch=batch, method=fit.method, version=fit.version, answers=spoken.given,
        class_prior=fit.class_prior.tolist(), pooled=fit.prior.tolist(),
        alpha=_agreement(task_type(batch.task_type), batch, spoken),
    )  # fmt: skip
    said = ["method", "version", "answers", "class_prior", "pooled", "alpha", "fitted"]
    Model.objects.bulk_create([model], update_conflicts=True, unique_fields=["batch"], update_fields=said)


def _agreement(declared: TaskType, batch: Batch, spoken: Spoken) -> dict[str, object]:
    """Krippendorff's alpha of the batch, and of each unit where an answer has several."""
    rng = np.random.default_rng(batch.pk)
    names = declared.units(batch.config)
    whole = krippendorff_alpha(spoken.answers, declared.metric, rng=rng)
    each = [_unit_agreement(declared, spoken, unit, rng) for unit in range(len(names))] if len(names) > 1 else []
    return {
        **_numbers(whole),
        "units": [{"name": name, **_numbers(found)} for name, found in zip(names, each, strict=False)],
    }


def _unit_agreement(declared: TaskType, spoken: Spoken, unit: int, rng: np.random.Generator) -> Agreement:
    answers = spoken.answers
    mine = answers.task % spoken.units == unit
    part = Answers(
        answers.task[mine] // spoken.units, answers.worker[mine], answers.label[mine],
        n_tasks=len(spoken.tasks), n_workers=answers.n_workers, n_classes=answers.n_classes,
    )  # fmt: skip
    return krippendorff_alpha(part, declared.metric, rng=rng, rounds=300)


def _numbers(found: Agreement) -> dict[str, object]:
    return {
        name: None if value is None else round(value, 3)
        for name, value in (("alpha", found.alpha), ("low", found.low), ("high", found.high))
    }


def _keep_reliability(batch: Batch, spoken: Spoken, fit: Fit) -> None:
    if not len(fit.counts):
        return
    counts = [json.dumps(np.round(rows, 6).tolist()) for rows in fit.counts]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microtasks_reliability (batch_id, person_id, counts)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::jsonb[])"
            " ON CONFLICT (batch_id, person_id) DO UPDATE SET counts = EXCLUDED.counts",
            [batch.pk, spoken.people, counts],
        )


def _by_task(spoken: Spoken, fit: Fit) -> tuple[Floats, NDArray[np.int64], NDArray[np.bool_]]:
    """Posteriors [tasks, units, classes], answers a task [tasks], and whether people differ [tasks]."""
    posteriors = fit.posteriors.reshape(len(spoken.tasks), spoken.units, -1)
    each = spoken.answers.per_task.reshape(len(spoken.tasks), spoken.units)
    agreed = spoken.answers.votes.max(axis=1).reshape(each.shape) == each
    return posteriors, each[:, 0], ~agreed.all(axis=1)


def _kept(posteriors: Floats) -> list[list[float]]:
    """Posteriors [units, classes] as a task keeps them: equal to its estimate where this fit is the newest word."""
    kept: list[list[float]] = np.round(posteriors, 6).tolist()
    return kept


def _keep_estimates(batch: Batch, spoken: Spoken, fit: Fit) -> None:
    posteriors, number, differ = _by_task(spoken, fit)
    shown = published(posteriors, np.repeat(number[:, None], spoken.units, axis=1)).max(axis=2).min(axis=1)
    columns = (
        spoken.tasks,
        spoken.marks,
        [json.dumps(_kept(rows)) for rows in posteriors],
        np.round(shown, 4).tolist(),
        differ.tolist(),
    )
    for start in range(0, len(spoken.tasks), CHUNK):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK, [spoken.tasks[start : start + CHUNK]])
            cursor.execute(KEEP, [*(column[start : start + CHUNK] for column in columns), batch.pk])


def _renew_results(batch: Batch, spoken: Spoken, fit: Fit) -> int:
    """Add a version to each result whose value or probability moved; a reviewer's word stands. Returns how many."""
    posteriors, number, _differ = _by_task(spoken, fit)
    place = {task: at for at, task in enumerate(spoken.tasks)}
    standing = Result.objects.filter(task__batch=batch, task__state=TaskState.CLOSED, task__result=F("pk"))
    moved = [
        (result.task_id, place[result.task_id])
        for result in standing.exclude(method="reviewer").only("task_id", "value", "probability").iterator(CHUNK)
        if result.task_id in place
        and _moved(batch, result, posteriors[place[result.task_id]], int(number[place[result.task_id]]))
    ]
    for pk, at in moved:
        with transaction.atomic():
            task = Task.objects.select_for_update().get(pk=pk)
            task.batch = batch
            if task.state == TaskState.CLOSED and task.result and task.estimate == _kept(posteriors[at]):
                combining.close_task(
                    task,
                    posteriors[at],
                    answers=int(number[at]),
                    ids=task.result.answer_ids,
                    reason="refit",
                    method=fit.method,
                    version=fit.version,
                )
    return len(moved)


def _moved(batch: Batch, result: Result, rows: Floats, answers: int) -> bool:
    fair = combining.without_ties(rows, result.task_id)
    chance = float(published(fair, np.full(len(fair), answers)).max(axis=1).min())
    value = task_type(batch.task_type).decode(batch.config, fair)
    return value != result.value or abs(chance - (result.probability or 0)) >= DRIFT


def settle_open(batch: Batch) -> None:
    """Apply the stop rule to open tasks whose estimate may have passed the level, one short transaction each."""
    if not batch.adaptive:
        return
    ready = Task.objects.filter(
        batch=batch, closed=False, done__gte=max(batch.least, 2), probability__gte=batch.sure / 100
    )
    for pk in list(ready.values_list("pk", flat=True)[:5000]):
        with transaction.atomic():
            task = Task.objects.select_for_update().get(pk=pk)
            task.batch = batch
            if not task.closed:
                combining.resettle(task)
