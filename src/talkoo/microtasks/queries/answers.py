"""The answers that count, as combining needs them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from talkoo.microtasks.aggregation import Control
from talkoo.microtasks.models import Batch, Task
from talkoo.microtasks.queries.said import read_json

MARK = "hashtextextended(t.estimate::text, 0)"


@dataclass(frozen=True, slots=True)
class Given:
    """The standing answer of one person to one task, with that person's soft counts in the batch (None: not known)."""

    id: int
    person_id: int
    value: Any
    counts: list[list[float]] | None


def given_answers(task: Task) -> list[Given]:
    """Standing answers of one task, oldest first; surplus ones are not among them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n.id, a.person_id, n.value, r.counts FROM microtasks_assignment a"
            " JOIN microtasks_answer n ON n.id = a.answer_id"
            " LEFT JOIN microtasks_reliability r ON r.batch_id = a.batch_id AND r.person_id = a.person_id"
            " WHERE a.task_id = %s AND a.state = 'answered' ORDER BY n.id",
            [task.pk],
        )
        rows = cursor.fetchall()
    return [Given(answer, person, read_json(value), read_json(counts)) for answer, person, value, counts in rows]


def all_answers(batch: Batch) -> Iterator[tuple[int, int, Any, int]]:
    """(task, person, value, mark) of every standing answer that says something, in the order of tasks. Answers to
    items with a known answer are not among them: `control_answers` has those.

    `mark` stands for the estimate of the task when it was read: another answer, or a changed one, changes it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.task_id, a.person_id, n.value, {MARK} FROM microtasks_assignment a"  # noqa: S608
            " JOIN microtasks_answer n ON n.id = a.answer_id JOIN microtasks_task t ON t.id = a.task_id"
            " WHERE a.batch_id = %s AND a.state = 'answered' AND n.value IS NOT NULL AND t.state <> 'control'"
            " ORDER BY a.task_id, a.person_id",
            [batch.pk],
        )
        while rows := cursor.fetchmany(5000):
            for task, person, value, mark in rows:
                yield task, person, read_json(value), mark


def control_answers(batch: Batch) -> list[Control]:
    """Every standing answer that says something to an item that measures certainty, in the order of items, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.task_id, a.person_id, n.value, k.value FROM microtasks_knownanswer k"
            " JOIN microtasks_assignment a ON a.task_id = k.task_id AND a.state = 'answered'"
            " JOIN microtasks_answer n ON n.id = a.answer_id AND n.value IS NOT NULL"
            " WHERE k.batch_id = %s AND NOT k.practice AND k.value IS NOT NULL ORDER BY a.task_id, n.id",
            [batch.pk],
        )
        return [
            Control(task, person, read_json(value), read_json(known))
            for task, person, value, known in cursor.fetchall()
        ]
