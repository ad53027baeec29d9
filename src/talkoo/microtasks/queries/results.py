"""What a batch has come to: counts, days, distribution and the list of tasks. One statement each, whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from talkoo.engines.consensus import Accuracy
from talkoo.microtasks.models import Batch, Problem, Task, TaskState
from talkoo.microtasks.queries.control import accuracy_among
from talkoo.microtasks.queries.distribution import distribution
from talkoo.microtasks.queries.said import read_json

COUNTS = """
SELECT jsonb_build_object(
    'tasks', count(*), 'settled', count(*) FILTER (WHERE state = 'closed'),
    'review', count(*) FILTER (WHERE state = 'review'), 'open', count(*) FILTER (WHERE state = 'open'),
    'differ', count(*) FILTER (WHERE differ), 'answers', coalesce(sum(done), 0), 'surplus', coalesce(sum(surplus), 0),
    'answers_settled', coalesce(sum(done) FILTER (WHERE state = 'closed'), 0))
FROM microtasks_task WHERE batch_id = %(batch)s AND state <> 'control'
"""

DAYS = """
SELECT jsonb_agg(jsonb_build_array(day, n) ORDER BY day) FROM (
    SELECT day, count(*) AS n FROM (
        SELECT (max(r.at) AT TIME ZONE %(zone)s)::date AS day FROM microtasks_task t
        JOIN microtasks_result r ON r.task_id = t.id AND r.reason <> 'refit'
        WHERE t.batch_id = %(batch)s AND t.state = 'closed' GROUP BY t.id
    ) settled GROUP BY day
) days
"""

PROBLEMS = """
SELECT count(*) FROM microtasks_problem p JOIN microtasks_task t ON t.id = p.task_id
WHERE t.batch_id = %(batch)s AND p.closed IS NULL
"""
AGREED = (
    "SELECT jsonb_agg(jsonb_build_array(agreed, controls)) FROM microtasks_reliability"
    " WHERE batch_id = %(batch)s AND controls > 0"
)
KNOWN = "SELECT count(*) FROM microtasks_knownanswer WHERE batch_id = %(batch)s"

QUESTIONS = "SELECT count(*) FROM microtasks_question WHERE batch_id = %(batch)s AND reply_id IS NULL"

MODEL = (
    "SELECT jsonb_build_array(alpha, fitted, temperature IS NOT NULL, accuracy) FROM microtasks_model"
    " WHERE batch_id = %(batch)s"
)


@dataclass(frozen=True, slots=True)
class Counts:
    tasks: int
    settled: int
    review: int
    open: int
    differ: int
    answers: int
    surplus: int
    answers_settled: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A batch at a glance.

    `days` (day, tasks settled). What `values` and `units` hold depends on the picture of the type: see
    `queries/distribution.py`.
    """

    counts: Counts
    problems: int
    questions: int
    days: Sequence[tuple[date, int]]
    values: Sequence[Sequence[Any]]
    units: Any
    agreement: dict[str, Any]
    known: int = 0
    measured: bool = False
    accuracy: Accuracy | None = None


def overview(batch: Batch) -> Overview:
    """Everything the top of the result page says, in one round trip."""
    values, units = distribution(batch)
    parts = [COUNTS, PROBLEMS, QUESTIONS, KNOWN, AGREED, DAYS, values, units, MODEL]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT " + ", ".join(f"({part})" for part in parts),
            {"batch": batch.pk, "zone": timezone.get_current_timezone_name()},
        )
        counts, problems, questions, known, agreed, days, found, each, model = cursor.fetchone()
    agreement, _fitted, measured, accuracy = read_json(model) or (None, None, False, None)
    return Overview(
        counts=Counts(**read_json(counts)),
        problems=problems,
        questions=questions,
        known=known,
        days=[(date.fromisoformat(day), n) for day, n in read_json(days) or []],
        values=read_json(found) or [],
        units=read_json(each) or [],
        agreement=agreement or {},
        measured=measured,
        accuracy=_accuracy(read_json(agreed), accuracy),
    )


def _accuracy(rows: Sequence[tuple[int, int]] | None, kept: dict[str, Any] | None) -> Accuracy | None:
    """Live while single people's counts are kept, afterwards what the last refit wrote down."""
    if rows:
        return accuracy_among(rows)
    return Accuracy(**kept) if kept else None


def counted(batch: Batch) -> Overview:
    """The counts alone, for when only the list is asked for."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ({COUNTS}), ({PROBLEMS}), ({KNOWN})", {"batch": batch.pk})
        counts, problems, known = cursor.fetchone()
    return Overview(Counts(**read_json(counts)), problems, 0, (), (), (), {}, known=known)


OPEN_PROBLEMS = Problem.objects.filter(task=OuterRef("pk"), closed__isnull=True)
SHOWN = {
    "differ": Q(differ=True),
    "review": Q(state=TaskState.REVIEW),
    "open": Q(state=TaskState.OPEN),
    "settled": Q(state=TaskState.CLOSED),
    "known": Q(state=TaskState.CONTROL),
}
FILTERS = ("differ", "review", "open", "settled", "problems", "known", "all")
SORTS = {
    "doubt": (F("differ").desc(), F("probability").asc(nulls_last=True), "number"),
    "unsure": (F("probability").asc(nulls_last=True), "number"),
    "number": ("number",),
    "newest": (F("result__at").desc(nulls_last=True), "number"),
}


def explored_tasks(batch: Batch, *, show: str = "all", search: str = "", sort: str = "doubt") -> QuerySet[Task, int]:
    """Ids of the tasks of a list: filtered, searched by name or number, doubtful ones first unless told otherwise.

    Ids alone, so that leafing to page 9,000 sorts little; `listed_tasks` reads what one page shows.
    """
    found = matching_tasks(batch, show=show, search=search)
    return found.order_by(*SORTS.get(sort, SORTS["doubt"])).values_list("pk", flat=True)


def matching_tasks(batch: Batch, *, show: str = "all", search: str = "") -> QuerySet[Task]:
    """The tasks of a batch under a filter of the list, in no order."""
    found = Task.objects.filter(batch=batch)
    if show == "problems":
        found = found.filter(Exists(OPEN_PROBLEMS))
    else:
        found = found.filter(SHOWN.get(show, ~Q(state=TaskState.CONTROL)))
    if search:
        by_number = Q(number=int(search)) if search.isdecimal() and len(search) < 9 else Q()
        found = found.filter(Q(name__icontains=search) | by_number)
    return found


def listed_tasks(ids: QuerySet[Task, int], sort: str) -> QuerySet[Task]:
    """The tasks of one page, `ids` being a slice of `explored_tasks`, with their results. One query with that slice."""
    return with_results(Task.objects.filter(pk__in=ids)).order_by(*SORTS.get(sort, SORTS["doubt"]))


def with_results(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """The same tasks with their results, and whether a report about one waits; without what the items say."""
    return tasks.select_related("result", "known").annotate(has_problem=Exists(OPEN_PROBLEMS)).defer("payload")


def total_shown(seen: Overview, show: str) -> int:
    """How many tasks a filter holds, known already from the overview."""
    counts = seen.counts
    return {
        "differ": counts.differ,
        "review": counts.review,
        "open": counts.open,
        "settled": counts.settled,
        "known": seen.known,
    }.get(show, counts.tasks)
