"""Batches as notices name them, and whom a batch concerns. Nobody is told of, or shown, what is not open to them."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from talkoo.access.deciding import at_best
from talkoo.access.permissions import Relation
from talkoo.access.subject import USUAL, Subject
from talkoo.microtasks.models import Assignment, Batch, BatchPerson, BatchState, Sensitivity, Standing, TaskState
from talkoo.microtasks.queries.batches import readable, seen_batches
from talkoo.notify.queries.things import Thing

NEAR = timedelta(days=2)
LATELY = timedelta(days=2)


def noticed_batches(by: Subject, codes: Collection[str]) -> Mapping[str, Thing]:
    """The batches of these codes that a person may know of: seen today, or worked on and still theirs to read. Where
    they may not be seen as things are now, their names are veiled."""
    found = Batch.objects.filter(_known(at_best(by)), code__in=codes).annotate(now=Q(_known(by)))
    return {
        code: Thing(title, sensitivity, veiled=not now)
        for code, title, sensitivity, now in found.values_list("code", "title", "sensitivity", "now")
    }


def _known(by: Subject) -> Q:
    worked = Exists(Assignment.objects.filter(batch=OuterRef("pk"), person=by.person_id))
    return Q(pk__in=seen_batches(by).values("pk")) | (Q(worked) & readable(by))


def tied_people(batch: Batch, relation: Relation) -> list[int]:
    """Owners, or reviewers; where no reviewer is named, the owners review."""
    held = list(BatchPerson.objects.filter(batch=batch).values_list("person", "relation"))
    found = [person for person, tie in held if tie == relation]
    if not found and relation == Relation.REVIEWER:
        return [person for person, tie in held if tie == Relation.OWNER]
    return found


WORKED = """
SELECT DISTINCT ON (a.person_id) a.person_id, a.code
FROM microtasks_assignment a JOIN people_person p ON p.id = a.person_id AND p.is_active
WHERE a.batch_id = %s AND a.answer_id IS NOT NULL
ORDER BY a.person_id, a.taken DESC
"""


def worked_on(batch: Batch) -> dict[int, str]:
    """Everybody who answered in a batch, each with the code of the assignment they had last."""
    with connection.cursor() as cursor:
        cursor.execute(WORKED, [batch.pk])
        return {person: str(code) for person, code in cursor.fetchall()}


UNDER = """
WITH seen AS (
    SELECT a.person_id, coalesce(c.instruction, min(n.instruction)) AS version
    FROM microtasks_assignment a
    JOIN microtasks_answer n ON n.id = a.answer_id
    JOIN people_person p ON p.id = a.person_id AND p.is_active
    LEFT JOIN microtasks_cursor c ON c.person_id = a.person_id AND c.batch_id = a.batch_id
    WHERE a.batch_id = %(batch)s AND a.person_id > %(after)s
    GROUP BY a.person_id, c.instruction
)
SELECT seen.person_id
FROM seen
JOIN microtasks_instruction was ON was.batch_id = %(batch)s AND was.version = seen.version
JOIN microtasks_instruction now ON now.batch_id = %(batch)s AND now.version = %(now)s
WHERE (was.question, was.help) <> (now.question, now.help)
ORDER BY seen.person_id LIMIT %(most)s
"""


def under_other_words(batch: Batch, *, after: int, most: int) -> list[int]:
    """Who answered here and last saw other words than those of now, as `unseen_change` shows them; words that were changed
    back are no others. The next `most` ids above `after`."""
    with connection.cursor() as cursor:
        cursor.execute(UNDER, {"batch": batch.pk, "now": batch.instruction, "after": after, "most": most})
        return [person for (person,) in cursor.fetchall()]


EDGES = """
    SELECT parent_id AS start, organisation_id AS id FROM people_placement
    WHERE parent_id IS NOT NULL AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s)
    UNION ALL SELECT id, successor_id FROM people_organisation WHERE successor_id IS NOT NULL AND ends <= %(day)s
"""
FITTING = f"""
WITH RECURSIVE
edges AS ({EDGES}),
chosen AS (SELECT unnest(%(chosen)s::bigint[]) AS id UNION SELECT e.id FROM chosen c JOIN edges e ON e.start = c.id),
home AS (
    SELECT DISTINCT ON (m.person_id) m.person_id, m.organisation_id
    FROM people_membership m JOIN people_person p ON p.id = m.person_id AND p.is_active
    WHERE m.role = 'contributor' AND m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
      AND m.person_id > %(after)s
      AND (%(sensitivity)s <= %(usual)s OR m.person_id IN (SELECT c.person_id FROM people_clearance c
                                                           WHERE c.level >= %(sensitivity)s AND c.ended IS NULL))
    ORDER BY m.person_id, m.starts, m.id
)
SELECT h.person_id FROM home h
WHERE (cardinality(%(chosen)s::bigint[]) = 0 OR h.organisation_id IN (SELECT id FROM chosen))
  AND NOT EXISTS (SELECT FROM unnest(%(skills)s::bigint[]) AS asked (skill)
                  WHERE NOT EXISTS (SELECT FROM people_personskill s
                                    WHERE s.person_id = h.person_id AND s.skill_id = asked.skill AND s.level >= 1))
  AND coalesce((SELECT c.level FROM people_clearance c WHERE c.person_id = h.person_id AND c.ended IS NULL
                AND (c.until IS NULL OR c.until > now())), %(usual)s) >= %(sensitivity)s
  AND NOT EXISTS (SELECT FROM microtasks_batchperson t WHERE t.batch_id = %(batch)s AND t.person_id = h.person_id)
ORDER BY h.person_id LIMIT %(most)s
"""  # noqa: S608 - constants


def fitting_people(batch: Batch, *, after: int, most: int) -> list[int]:
    """Whom an open batch is offered to, as `offered_batches` decides it, owners and reviewers aside: the next `most`
    ids above `after`, so that a batch for a million people is told in steps.
    """
    chosen = list(batch.audience.values_list("pk", flat=True))
    at_home = batch.sensitivity >= Sensitivity.CONFIDENTIAL and not chosen
    with connection.cursor() as cursor:
        cursor.execute(
            FITTING,
            {
                "chosen": [batch.organisation_id] if at_home else chosen,
                "skills": list(batch.skills.values_list("pk", flat=True)),
                "day": timezone.localdate(), "batch": batch.pk, "after": after, "most": most,
                "usual": USUAL, "sensitivity": batch.sensitivity,
            },
        )  # fmt: skip
        return [person for (person,) in cursor.fetchall()]


def near_its_end(today: date) -> QuerySet[Batch]:
    """Open batches whose day comes within `NEAR` days, those in which everything has a result left out."""
    soon = Batch.objects.filter(state=BatchState.OPEN, deadline__gte=today, deadline__lte=today + NEAR)
    return soon.annotate(settled=Sum("tallies__closed", default=0)).filter(settled__lt=F("tasks_total"))


def all_settled(now: datetime) -> QuerySet[Batch]:
    """Batches under way, or closed a moment ago, in which everything has a result."""
    lately = Q(state__in=[BatchState.OPEN, BatchState.PAUSED]) | Q(state=BatchState.CLOSED, closed__gte=now - LATELY)
    found = Batch.objects.filter(lately, tasks_total__gt=0).annotate(settled=Sum("tallies__closed", default=0))
    return found.filter(settled__gte=F("tasks_total"))


def with_reviews() -> QuerySet[Batch]:
    """Batches in which something waits for a reviewer."""
    waiting = Standing.objects.filter(batch=OuterRef("pk"), state=TaskState.REVIEW)
    return Batch.objects.filter(Exists(waiting)).exclude(state=BatchState.DRAFT)
