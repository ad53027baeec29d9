"""Restricted work is pushed: the platform picks who gets which item, and nobody else learns that it is there."""

from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from talkoo.audit import actions as audit
from talkoo.lib import wall
from talkoo.microtasks.models import Assignment, Batch, BatchState, Sensitivity, Standing
from talkoo.microtasks.queries.noticed import fitting_people
from talkoo.notify.actions.telling import tell

OFFER = timedelta(days=3)  # how long an item waits for whom it was given to
PEACE = timedelta(
    days=7
)  # after an item was given that somebody gave back, or did not send: then they may be given another
EVERYBODY = 2**31 - 1
AT_ONCE = 1000  # people who are given an item in one transaction
STEP = 50  # people tried by one statement
VAIN = 200  # people tried for nothing while somebody waits for their answer to be kept; the job tries everybody
# Those who had fewest so far first, by lot among equals.
ORDERED = """
SELECT h.person, h.home FROM (
    SELECT DISTINCT ON (m.person_id) m.person_id AS person, m.organisation_id AS home
    FROM people_membership m
    WHERE m.person_id = ANY (%(people)s) AND m.role = 'contributor'
      AND m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
    ORDER BY m.person_id, m.starts, m.id) h
WHERE NOT EXISTS (SELECT FROM microtasks_assignment a
                  WHERE a.batch_id = %(batch)s AND a.person_id = h.person
                    AND (a.state = 'leased' OR a.state IN ('skipped', 'lapsed') AND a.taken > %(since)s))
ORDER BY (SELECT count(*) FROM microtasks_assignment a WHERE a.batch_id = %(batch)s AND a.person_id = h.person),
         gen_random_uuid()
"""
# Each claim sees what the one before was handed; None where nothing that is open is for this person.
CLAIM = """
SELECT given.id FROM (
    SELECT microtasks_claim(%s, asked.person, asked.home, make_interval(secs => %s)) AS id
    FROM unnest(%s::bigint[], %s::bigint[]) AS asked (person, home) OFFSET 0) given
WHERE given.id IS NOT NULL
"""


def is_pushed(batch: Batch) -> bool:
    return batch.sensitivity == Sensitivity.RESTRICTED


def push_items(batch: Batch, *, vain: int = VAIN) -> int:
    """Give the open items of a restricted batch to people who are cleared and fit, one each; returns how many.

    Call it in the transaction of what opened, answered or gave something back. Who has an item in hand gets no other;
    who gave one back is not given it again, nor any other for a week. Each is told in their notices. It ends when nothing
    is open, everybody was tried, or more than `vain` of them for nothing. Does nothing for other batches.
    """
    if not is_pushed(batch) or batch.state != BatchState.OPEN:
        return 0
    with wall.opened(batch.pk), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"push {batch.pk}"])
        cursor.execute("SELECT microtasks_release(%s, %s)", [batch.pk, AT_ONCE])
        given = _give(cursor, batch, vain) if _any_open(batch) else []
    return _tell(batch, given)


def _any_open(batch: Batch) -> bool:
    return Standing.objects.filter(batch=batch, is_open=True).exists()


def _give(cursor: Any, batch: Batch, vain: int) -> list[int]:
    """Try one after the other: who is at the cap of their team or had what is open stands in nobody's way."""
    asked = {
        "batch": batch.pk, "people": fitting_people(batch, after=0, most=EVERYBODY), "day": timezone.localdate(),
        "since": timezone.now() - PEACE,
    }  # fmt: skip
    cursor.execute(ORDERED, asked)
    people, given = cursor.fetchall(), list[int]()
    for tried in range(0, len(people), STEP):
        if len(given) >= AT_ONCE or tried - len(given) > vain or not _any_open(batch):
            break
        persons, homes = zip(*people[tried : tried + STEP], strict=True)
        cursor.execute(CLAIM, [batch.pk, OFFER.total_seconds(), list(persons), list(homes)])
        given += [row[0] for row in cursor.fetchall()]
    return given


def _tell(batch: Batch, given: list[int]) -> int:
    found = list(Assignment.objects.filter(pk__in=given).order_by("pk"))
    for held in found:
        on = ("assignment", str(held.code))
        audit.record(
            by=None, action="microtasks.task.pushed", on=on, organisation_id=batch.organisation_id, batch=batch.code
        )
    tell(
        to=[held.person_id for held in found], kind="item.pushed", about=("batch", batch.code),
        link={held.person_id: reverse("assignment", args=[held.code]) for held in found},
        once=f"item.pushed:{batch.code}:{timezone.now().isoformat()}", organisation_id=batch.organisation_id,
        sensitivity=batch.sensitivity,
    )  # fmt: skip
    return len(found)


def push_waiting() -> int:
    """Give out what came back, in every restricted batch that is open: offers that ran out, people who were cleared
    since. Returns how many items."""
    given = 0
    for pk in Batch.objects.filter(state=BatchState.OPEN, sensitivity=Sensitivity.RESTRICTED).values_list(
        "pk", flat=True
    ):
        with transaction.atomic():
            given += push_items(Batch.objects.get(pk=pk), vain=EVERYBODY)
    return given
