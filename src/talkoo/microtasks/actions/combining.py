"""From answers to results, at each answer for one task. `refit` takes the whole batch."""

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from talkoo.access.queries.measuring import runs
from talkoo.engines.consensus import AskMore, Review, step_at
from talkoo.microtasks.actions.telling import announce_result
from talkoo.microtasks.aggregation import Combined, Known, Spoken, resume
from talkoo.microtasks.models import Assignment, Batch, Result, Tally, Task, TaskState
from talkoo.microtasks.queries.answers import Given, given_answers
from talkoo.microtasks.queries.measures import RELIABILITY
from talkoo.microtasks.queries.said import read_json
from talkoo.microtasks.task_types import task_type

REFIT_LEAST, REFIT_SHARE = 40, 0.1
COUNTERS = ["active", "done", "surplus"]
REFIT_ASK = 8  # it is enough that one answer in so many asks whether a refit is due


def combine_task(task: Task, *, moved_by: Assignment | None = None) -> None:
    """Take the answers of one locked task together, then ask one more, close it or send it to a reviewer.

    `moved_by` is the assignment whose first answer just came: its person's counts learn from it. The cost is that of
    the answers of this task; what the last refit learned of people is read, not computed.
    """
    declared, config = task_type(task.batch.task_type), task.batch.config
    given = given_answers(task)
    spoken = [answer for answer in given if answer.value is not None]
    combined = declared.aggregation.combine(config, _said(spoken), _known(task.batch), task.pk)
    if moved_by is not None:
        _learn(moved_by, spoken, combined)
    keep_estimate(task, combined, answers=len(spoken))
    settle(task, combined, spoken=len(spoken), ids=[answer.id for answer in given])
    if given and given[-1].id % REFIT_ASK == 0:
        _refit_soon(task.batch)


def keep_estimate(task: Task, combined: Combined, *, answers: int) -> None:
    task.estimate = combined.estimate
    task.probability = round(combined.probability, 4) if answers else None
    task.differ = combined.differ
    task.save(update_fields=["estimate", "probability", "differ", *COUNTERS])


def settle(task: Task, combined: Combined, *, spoken: int, ids: Sequence[int]) -> None:
    """Apply the stop rule to a locked task: write its result, open it to one person more, or hand it to a reviewer."""
    batch = task.batch
    most = batch.most if batch.adaptive else task.needed
    step = step_at(
        combined.probability,
        answers=spoken if batch.adaptive else task.done,
        active=task.active,
        least=min(batch.least, most),
        most=most,
        target=batch.sure / 100,
        adaptive=batch.adaptive,
    )
    if isinstance(step, AskMore) and task.done < most:
        _ask(task, step.n)
    elif isinstance(step, Review | AskMore) or not spoken or not combined.agreed:
        send_to_review(task)
    else:
        close_task(task, combined, ids=ids, reason="sure" if batch.adaptive else "enough")


def resettle(task: Task) -> None:
    """Apply the stop rule to a locked task by the estimate it has; its answers are as they were."""
    declared, config = task_type(task.batch.task_type), task.batch.config
    given = given_answers(task)
    spoken = [answer for answer in given if answer.value is not None]
    combined = resume(declared.aggregation, config, task.estimate, _said(spoken), _known(task.batch), task.pk)
    settle(task, combined, spoken=len(spoken), ids=[answer.id for answer in given])


def _ask(task: Task, more: int) -> None:
    """Make room for `more` people beyond those at it; a task that opens again goes to the tail."""
    room = min(task.active + task.done + more, max(task.batch.most, task.needed))
    if room <= task.needed:
        return
    reopens = task.needed <= task.active + task.done
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task SET needed = %s,"
            " pos = CASE WHEN %s THEN nextval('microtasks_task_pos') ELSE pos END WHERE id = %s",
            [room, reopens, task.pk],
        )
    task.needed = room


def send_to_review(task: Task) -> None:
    """People could not settle it: somebody who did not answer decides. No more answers are asked for."""
    if task.state == TaskState.REVIEW:
        return
    task.state, task.closed = TaskState.REVIEW, True
    task.save(update_fields=["state", "closed"])
    keep_tally(task, review=1)


def close_task(
    task: Task, combined: Combined, *, ids: Sequence[int], reason: str, method: str = "", version: str = ""
) -> Result:
    """Write the result of a locked task and close it; by the method of its type at each answer, unless told otherwise."""
    aggregation = task_type(task.batch.task_type).aggregation
    low, high = combined.bounds
    return put_result(
        task,
        value=combined.value,
        probability=round(combined.probability, 4),
        low=round(low, 4),
        high=round(high, 4),
        spread=combined.spread,
        method=method or aggregation.method,
        method_version=version or aggregation.version,
        reason=reason,
        answer_ids=list(ids),
    )


def put_result(task: Task, **said: Any) -> Result:
    """Add the next version of a task's result and make it the one that stands."""
    last = Result.objects.filter(task=task).order_by("-version").values_list("version", flat=True).first()
    result = Result.objects.create(task=task, batch_id=task.batch_id, version=(last or 0) + 1, **said)
    was_review, was_closed = task.state == TaskState.REVIEW, task.state == TaskState.CLOSED
    task.result, task.state, task.closed = result, TaskState.CLOSED, True
    task.save(update_fields=["result", "state", "closed"])
    if not was_closed:
        keep_tally(task, closed=1, review=-int(was_review))
    announce_result(task, result, first=result.version == 1)
    return result


def keep_tally(task: Task, **more: int) -> None:
    """Add to the running counts of the batch, on the shard of the task: people at other tasks do not wait, and a
    transaction touches one shard only, so two cannot wait for each other.
    """
    moved = {name: amount for name, amount in more.items() if amount}
    if not moved:
        return
    names = ", ".join(moved)
    adds = ", ".join(f"{name} = t.{name} + EXCLUDED.{name}" for name in moved)
    rest = [name for name in ("answers", "surplus", "closed", "review") if name not in moved]
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO microtasks_tally AS t (batch_id, shard, moved, {names}{''.join(', ' + name for name in rest)})"  # noqa: S608
            f" VALUES (%s, %s, now(){', %s' * len(moved)}{', 0' * len(rest)})"
            f" ON CONFLICT (batch_id, shard) DO UPDATE SET {adds}, moved = now()",
            [task.batch_id, task.pk % Tally.SHARDS, *moved.values()],
        )


def _known(batch: Batch) -> Known:
    """What the last refit learned; nothing before the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT class_prior, pooled, temperature FROM microtasks_model WHERE batch_id = %s", [batch.pk])
        row = cursor.fetchone()
    return Known(read_json(row[0]), read_json(row[1]), row[2]) if row else Known()


def _said(spoken: Sequence[Given]) -> list[Spoken]:
    return [Spoken(answer.value, answer.counts) for answer in spoken]


def _learn(moved_by: Assignment, spoken: Sequence[Given], combined: Combined) -> None:
    """Add the answer to its person's soft counts: only their own row is touched, so nobody waits for anybody."""
    mine = next((answer for answer in spoken if answer.person_id == moved_by.person_id), None)
    if mine is None or not runs(RELIABILITY, moved_by.batch.organisation_id):
        return
    declared, config = task_type(moved_by.batch.task_type), moved_by.batch.config
    counts = declared.aggregation.learn(config, mine.counts, mine.value, combined)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO microtasks_reliability (batch_id, person_id, counts) VALUES (%s, %s, %s)"
            " ON CONFLICT (batch_id, person_id) DO UPDATE SET counts = EXCLUDED.counts",
            [moved_by.batch_id, moved_by.person_id, json.dumps(counts)],
        )


def _refit_soon(batch: Batch) -> None:
    """Ask for a refit when a tenth more answers came since the last one, at least 40; asked twice is done once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(answers), 0), (SELECT answers FROM microtasks_model WHERE batch_id = %s)"
            " FROM microtasks_tally WHERE batch_id = %s",
            [batch.pk, batch.pk],
        )
        now, then = cursor.fetchone()
    if now - (then or 0) >= max(REFIT_LEAST, REFIT_SHARE * (then or 0)):
        refit_later(batch)


def refit_later(batch: Batch) -> None:
    """Queue the refit of a batch with this transaction; one that waits already is enough."""
    job = app.configure_task(
        "talkoo.microtasks.jobs.refit", queueing_lock=f"refit-{batch.pk}", lock=f"refit-{batch.pk}"
    )
    try:
        with transaction.atomic():
            job.defer(batch=batch.pk)
    except AlreadyEnqueued:
        pass
