"""The whole batch combined anew: people and classes learnt together, estimates and results brought up to date."""

import json
from dataclasses import asdict

from django.db import connection, transaction
from django.db.models import F

from talkoo.access.queries.measuring import runs
from talkoo.audit import actions as audit
from talkoo.lib import wall
from talkoo.microtasks.actions import combining
from talkoo.microtasks.aggregation import Classes, Combined, Fitted, Row
from talkoo.microtasks.models import Batch, Model, Result, Tally, Task, TaskState
from talkoo.microtasks.queries.answers import MARK, all_answers, control_answers
from talkoo.microtasks.queries.control import batch_accuracy
from talkoo.microtasks.queries.measures import RELIABILITY
from talkoo.microtasks.task_types import task_type

DRIFT = 0.005
CHUNK = 500
LOCK = "SELECT id FROM microtasks_task WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
KEEP = f"""
UPDATE microtasks_task t SET estimate = n.estimate, probability = n.probability, differ = n.differ
FROM unnest(%s::bigint[], %s::bigint[], %s::jsonb[], %s::float8[], %s::bool[])
     AS n (id, mark, estimate, probability, differ)
WHERE t.id = n.id AND t.batch_id = %s AND {MARK} = n.mark AND t.estimate IS DISTINCT FROM n.estimate
"""  # noqa: S608 - a constant


def refit_batch(batch: Batch) -> str:
    """Fit the batch by the method its answers bear, renew estimates, add new versions of results that moved.

    Reads first, then writes in short transactions, so nobody who takes or answers a task waits for it; a task that got
    another answer meanwhile, or a changed one, keeps its newer estimate. Idempotent: run twice it writes nothing the second time. Returns
    the method's name, or "" where nobody answered yet.
    """
    with wall.opened(batch.pk):
        return _refit(batch)


def _refit(batch: Batch) -> str:
    given = Tally.total(batch)["answers"]
    rows = [Row(*row) for row in all_answers(batch)]
    if not rows:
        return ""
    fitted = _fitted(batch, rows)
    _keep_estimates(batch, fitted)
    renewed = _renew_results(batch, fitted)
    with transaction.atomic():
        _keep_model(batch, fitted, given)
        _keep_reliability(batch, fitted)
        audit.record(
            by=None,
            action="microtasks.batch.refitted",
            on=("batch", batch.code),
            organisation_id=batch.organisation_id,
            method=fitted.method,
            renewed=renewed,
        )
    settle_open(batch)
    return fitted.method


def _fitted(batch: Batch, rows: list[Row]) -> Fitted:
    """Of classes, items with a known answer tell how far the probabilities may be trusted."""
    aggregation = task_type(batch.task_type).aggregation
    if isinstance(aggregation, Classes):
        return aggregation.fit(batch.config, rows, seed=batch.pk, controls=control_answers(batch))
    return aggregation.fit(batch.config, rows, seed=batch.pk)


def _keep_model(batch: Batch, fitted: Fitted, given: int) -> None:
    """`given` is how many answers the batch had when they were read. How accurate its people are, as a whole, is kept
    beyond what is known of each of them."""
    accuracy = batch_accuracy(batch)
    model = Model(
        batch=batch, method=fitted.method, version=fitted.version, answers=given,
        class_prior=list(fitted.known.prior), pooled=list(fitted.known.pooled), alpha=dict(fitted.agreement),
        temperature=fitted.known.temperature, accuracy=asdict(accuracy) if accuracy else None,
    )  # fmt: skip
    said = ["method", "version", "answers", "class_prior", "pooled", "alpha", "temperature", "accuracy", "fitted"]
    Model.objects.bulk_create([model], update_conflicts=True, unique_fields=["batch"], update_fields=said)


def _keep_reliability(batch: Batch, fitted: Fitted) -> None:
    if not fitted.people or not runs(RELIABILITY, batch.organisation_id):
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microtasks_reliability (batch_id, person_id, counts)"
            " SELECT %s, * FROM unnest(%s::bigint[], %s::jsonb[]) AS n (person, counts) ORDER BY person"
            " ON CONFLICT (batch_id, person_id) DO UPDATE SET counts = EXCLUDED.counts",
            [batch.pk, list(fitted.people), [json.dumps(counts) for counts in fitted.counts]],
        )


def _keep_estimates(batch: Batch, fitted: Fitted) -> None:
    columns = (
        list(fitted.tasks),
        list(fitted.marks),
        [json.dumps(estimate) for estimate in fitted.estimates],
        [round(chance, 4) for chance in fitted.probabilities],
        list(fitted.differ),
    )
    for start in range(0, len(fitted.tasks), CHUNK):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(LOCK, [list(fitted.tasks[start : start + CHUNK])])
            cursor.execute(KEEP, [*(column[start : start + CHUNK] for column in columns), batch.pk])


def _renew_results(batch: Batch, fitted: Fitted) -> int:
    """Add a version to each result whose value or probability moved; a reviewer's word stands. Returns how many."""
    place = {task: at for at, task in enumerate(fitted.tasks)}
    standing = Result.objects.filter(task__batch=batch, task__state=TaskState.CLOSED, task__result=F("pk"))
    moved = [
        (result.task_id, place[result.task_id])
        for result in standing.exclude(method="reviewer").only("task_id", "value", "probability").iterator(CHUNK)
        if result.task_id in place and _moved(batch, result, fitted.outcome(place[result.task_id]))
    ]
    for pk, at in moved:
        with transaction.atomic():
            task = Task.objects.select_for_update().get(pk=pk)
            task.batch = batch
            if task.state == TaskState.CLOSED and task.result and task.estimate == fitted.estimates[at]:
                combining.close_task(
                    task, fitted.outcome(at), ids=task.result.answer_ids, reason="refit", method=fitted.method,
                    version=fitted.version,
                )  # fmt: skip
    return len(moved)


def _moved(batch: Batch, result: Result, combined: Combined) -> bool:
    same = task_type(batch.task_type).same(batch.config, combined.value, result.value)
    return not same or abs(combined.probability - (result.probability or 0)) >= DRIFT


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
