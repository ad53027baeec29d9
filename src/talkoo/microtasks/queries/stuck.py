"""What of small work does not move, in the organisations somebody looks after: facts only, in three statements."""

from collections.abc import Collection
from datetime import date

from django.db import connection
from django.db.models import Count, Exists, IntegerField, Max, Min, OuterRef, Prefetch, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from talkoo.access.permissions import Relation
from talkoo.microtasks.models import (
    Assignment,
    Batch,
    BatchPerson,
    BatchState,
    Problem,
    Question,
    Standing,
    Tally,
    TaskState,
    Upload,
    UploadState,
)
from talkoo.people.queries.persons import holding

NOT_CLOSED = (BatchState.DRAFT, BatchState.OPEN, BatchState.PAUSED)

NOBODY_LEFT = """
WITH RECURSIVE
stands AS (
    SELECT organisation_id AS below, parent_id AS above FROM people_placement
    WHERE parent_id IS NOT NULL AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s)
),
asked AS (
    SELECT batch_id, organisation_id FROM microtasks_batch_audience WHERE batch_id = ANY(%(batches)s)
    UNION
    SELECT id, organisation_id FROM microtasks_batch b WHERE id = ANY(%(batches)s) AND sensitivity >= 2
    AND NOT EXISTS (SELECT 1 FROM microtasks_batch_audience a WHERE a.batch_id = b.id)
),
reach AS (
    SELECT batch_id, organisation_id FROM asked
    UNION
    SELECT r.batch_id, s.below FROM reach r JOIN stands s ON s.above = r.organisation_id
)
SELECT b.id FROM microtasks_batch b
WHERE b.id = ANY(%(batches)s)
AND EXISTS (SELECT 1 FROM microtasks_standing t WHERE t.batch_id = b.id AND t.is_open)
AND NOT EXISTS (
    SELECT 1 FROM people_person p
    WHERE p.is_active
    AND EXISTS (
        SELECT 1 FROM people_membership m
        WHERE m.person_id = p.id AND m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
        AND (NOT EXISTS (SELECT 1 FROM asked a WHERE a.batch_id = b.id)
             OR EXISTS (SELECT 1 FROM reach r WHERE r.batch_id = b.id AND r.organisation_id = m.organisation_id)))
    AND NOT EXISTS (
        SELECT 1 FROM microtasks_batch_skills w WHERE w.batch_id = b.id AND NOT EXISTS (
            SELECT 1 FROM people_personskill s WHERE s.person_id = p.id AND s.skill_id = w.skill_id AND s.level >= 1))
    AND EXISTS (
        SELECT 1 FROM microtasks_standing t WHERE t.batch_id = b.id AND t.is_open AND NOT EXISTS (
            SELECT 1 FROM microtasks_assignment a WHERE a.task_id = t.id AND a.person_id = p.id)))
"""


def running_batches(organisations: Collection[int]) -> QuerySet[Batch]:
    """Batches that are not closed, each with what may hold it up: one statement, and one for the owners.

    `moved`: when anything was last answered or settled · `settled` · `reviews`, `reviews_since`: items with a reviewer
    and when the oldest came there · `problems`, `problems_since`: reports without a reply · `asked`,
    `asked_since`: the same of questions · `failed`: when the newest file of a draft could not be read · `owned`:
    whether an owner is here still · `owners`: their ties.
    """
    return (
        Batch.objects.filter(organisation__in=organisations, state__in=NOT_CLOSED)
        .select_related("organisation")
        .prefetch_related(Prefetch("ties", _owners().select_related("person"), to_attr="owners"))
        .annotate(
            owned=Exists(_owners().filter(batch=OuterRef("pk"))),
            **_moved(),
            **_reviews(),
            **_problems(),
            **_questions(),
        )
        .annotate(failed=_failed())
        .order_by("pk")
    )


def _owners() -> QuerySet[BatchPerson]:
    """Owners who are here still: the account is open and a role is held."""
    here = holding().filter(person=OuterRef("person"))
    return BatchPerson.objects.filter(Exists(here), relation=Relation.OWNER, person__is_active=True)


def _of(
    rows: QuerySet[Tally] | QuerySet[Standing] | QuerySet[Problem] | QuerySet[Question],
    by: str,
    **of: Count | Max | Min | Sum,
) -> Subquery:
    """One number or date over the rows of a batch."""
    (name,) = of
    return Subquery(rows.order_by().values(by).annotate(**of).values(name))


def _moved() -> dict[str, Subquery | Coalesce]:
    rows = Tally.objects.filter(batch=OuterRef("pk"))
    settled = Coalesce(_of(rows, "batch", n=Sum("closed")), 0, output_field=IntegerField())
    return {"moved": _of(rows, "batch", at=Max("moved")), "settled": settled}


def _reviews() -> dict[str, Subquery]:
    """An item came to its reviewer with its last answer, as near as the tables say."""
    last = Assignment.objects.filter(task=OuterRef("pk")).order_by().values("task").annotate(at=Max("answered"))
    rows = Standing.objects.filter(batch=OuterRef("pk"), state=TaskState.REVIEW)
    since = rows.annotate(at=Subquery(last.values("at")))
    return {"reviews": _of(rows, "batch", n=Count("pk")), "reviews_since": _of(since, "batch", first=Min("at"))}


def _problems() -> dict[str, Subquery]:
    rows = Problem.objects.filter(batch=OuterRef("pk"), closed__isnull=True)
    return {
        "problems": _of(rows, "batch", n=Count("pk")),
        "problems_since": _of(rows, "batch", first=Min("at")),
    }


def _questions() -> dict[str, Subquery]:
    rows = Question.objects.filter(batch=OuterRef("pk"), reply=None)
    return {"asked": _of(rows, "batch", n=Count("pk")), "asked_since": _of(rows, "batch", first=Min("at"))}


def _failed() -> Subquery:
    """When the newest file of the batch was given, if it could not be read."""
    newest = Upload.objects.filter(batch=OuterRef("batch")).order_by("-pk").values("pk")[:1]
    held = Upload.objects.filter(batch=OuterRef("pk"), pk=Subquery(newest), state=UploadState.FAILED)
    return Subquery(held.values("at")[:1])


def nobody_left(batches: Collection[int], day: date | None = None) -> frozenset[int]:
    """Those of these batches in which items are open and everybody in reach has had each of them already.

    Asked of quiet batches only: one that moves has somebody who takes, and the answer there is found at once.
    """
    if not batches:
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(NOBODY_LEFT, {"batches": list(batches), "day": day or timezone.localdate()})
        return frozenset(row[0] for row in cursor.fetchall())
