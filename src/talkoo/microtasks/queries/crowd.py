"""Who works on a batch, as far as may be said: counts by organisation, and only where nobody can be picked out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext as _

from talkoo.microtasks.models import Batch

FEWEST = 5

PEOPLE = """
WITH RECURSIVE worked(person_id) AS (
    (SELECT person_id FROM microtasks_assignment WHERE batch_id = %(batch)s ORDER BY person_id LIMIT 1)
    UNION ALL
    SELECT (SELECT a.person_id FROM microtasks_assignment a
            WHERE a.batch_id = %(batch)s AND a.person_id > w.person_id ORDER BY a.person_id LIMIT 1)
    FROM worked w WHERE w.person_id IS NOT NULL
)
SELECT o.id, o.name, count(*), EXISTS (
    SELECT FROM microtasks_guest g WHERE g.batch_id = %(batch)s AND g.person_id = w.person_id) AS guest
FROM worked w
CROSS JOIN LATERAL (
    SELECT a.organisation_id FROM microtasks_assignment a
    WHERE a.batch_id = %(batch)s AND a.person_id = w.person_id AND a.answer_id IS NOT NULL LIMIT 1
) place
LEFT JOIN people_organisation o ON o.id = place.organisation_id
GROUP BY o.id, o.name, guest
"""


@dataclass(frozen=True, slots=True)
class Crowd:
    """People who answered, the organisations they answered for, and which of those may be named. Guests are counted apart:
    they belong to no organisation."""

    people: int
    organisations: int
    named: Mapping[int, str]
    guests: int = 0

    def name(self, organisation_id: int | None) -> str:
        """What to call an organisation on a page or in a file."""
        others = _("Other organisations and guests") if self.guests else _("Other organisations")
        return self.named.get(organisation_id or 0) or others

    @property
    def tells_guests(self) -> bool:
        """Whether it may be said how much guests answered: not of few, nor where that would tell it of few others."""
        return self.guests >= FEWEST and (self.people >= FEWEST or not self.people)


def crowd(batch: Batch) -> Crowd:
    """Count the people of a batch. The cost grows with people, not with answers: one index probe a person."""
    with connection.cursor() as cursor:
        cursor.execute(PEOPLE, {"batch": batch.pk})
        rows = cursor.fetchall()
    found = [(key, name or "", count) for key, name, count, _guest in rows]
    own = [count for _key, _name, count, guest in rows if not guest]
    return Crowd(sum(own), len(own), nameable(found), sum(count for *_place, count, guest in rows if guest))


def nameable(found: Sequence[tuple[int | None, str, int]]) -> dict[int, str]:
    """The organisations (id, name, people) that may be named: those with five people or more.

    Where the rest together are fewer than five, the smallest named ones join them until they are not: otherwise
    “other organisations” would point at the few, by subtraction. People without an organisation are always others.
    """
    named = sorted((row for row in found if row[0] is not None and row[2] >= FEWEST), key=lambda row: (row[2], row[1]))
    others = sum(count for _key, _name, count in found) - sum(count for _key, _name, count in named)
    while named and 0 < others < FEWEST:
        others += named.pop(0)[2]
    return {key: name for key, name, _count in sorted(named, key=lambda row: row[1]) if key is not None}
