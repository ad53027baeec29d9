"""What an organisation that ends leaves to the one that follows it: a few statements, however many people it has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from talkoo.people.models import Organisation

EVERYTHING = None
BELONGS = """
INSERT INTO people_membership (person_id, organisation_id, role, starts, ends)
SELECT m.person_id, %(to)s, m.role, greatest(%(day)s, coalesce(h.until, %(day)s)), nullif(m.until, 'infinity')
FROM (
    SELECT person_id, CASE WHEN {kept} THEN role ELSE 'contributor' END AS role, max(coalesce(ends, 'infinity')) AS until
    FROM people_membership
    WHERE organisation_id = %(of)s AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s) GROUP BY 1, 2
) m
LEFT JOIN LATERAL (
    SELECT max(coalesce(ends, 'infinity')) AS until FROM people_membership
    WHERE person_id = m.person_id AND organisation_id = %(to)s AND role = m.role
      AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s)
) h ON true
WHERE h.until IS NULL OR m.until > h.until
ON CONFLICT (person_id, organisation_id, role) WHERE ends IS NULL
DO UPDATE SET starts = least(people_membership.starts, excluded.starts)
"""
NEW = """
SELECT DISTINCT p.code, EXISTS (
    SELECT FROM people_membership h WHERE h.person_id = m.person_id AND h.organisation_id = %(to)s
      AND h.role = 'contributor' AND h.starts <= %(day)s AND (h.ends IS NULL OR h.ends > %(day)s)
)
FROM people_membership m JOIN people_person p ON p.id = m.person_id
WHERE m.organisation_id = %(of)s AND m.role = 'contributor' AND m.starts <= %(day)s
  AND (m.ends IS NULL OR m.ends > %(day)s)
ORDER BY p.code
"""
ENDS = """
UPDATE people_membership SET ends = %(day)s
WHERE organisation_id = %(of)s AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s)
RETURNING person_id, role, {kept}
"""
PLANNED = """
UPDATE people_membership m SET organisation_id = %(to)s
WHERE organisation_id = %(of)s AND starts > %(day)s AND {kept} AND NOT EXISTS (
    SELECT FROM people_membership WHERE person_id = m.person_id AND organisation_id = %(to)s AND role = m.role
      AND ends IS NULL
)
"""
NEVER_BEGINS = (
    "UPDATE people_membership SET ends = starts WHERE organisation_id = %(of)s AND starts > %(day)s"
    " AND (ends IS NULL OR ends > starts)"
)
INVITED = """
UPDATE people_invitation SET organisation_id = %(to)s,
       role = CASE WHEN role = 'contributor' OR %(all)s OR id = ANY(%(invitations)s) THEN role ELSE 'contributor' END
WHERE organisation_id = %(of)s AND accepted IS NULL AND withdrawn IS NULL
"""
FILES = "UPDATE people_peoplefile SET organisation_id = %(to)s WHERE organisation_id = %(of)s AND used IS NULL"
STANDS = "UPDATE people_placement SET parent_id = %(to)s WHERE parent_id = %(of)s AND starts >= %(day)s"
MOVES = """
WITH moved AS (
    UPDATE people_placement p SET ends = %(day)s FROM people_placement before
    WHERE before.id = p.id AND p.parent_id = %(of)s AND p.starts < %(day)s AND (p.ends IS NULL OR p.ends > %(day)s)
    RETURNING p.organisation_id, before.ends
)
INSERT INTO people_placement (organisation_id, parent_id, starts, ends)
SELECT organisation_id, %(to)s, %(day)s, ends FROM moved
"""
KEPT = "(role = 'contributor' OR %(all)s OR id = ANY(%(memberships)s))"


@dataclass(frozen=True, slots=True)
class Handed:
    """What went over: people, roles besides contributor, invitations, parts; `lapsed` are people by the role they lost; `left` and
    `joined` the codes of those who stopped belonging to the one, and of those who were not of the other before."""

    people: int
    roles: int
    invitations: int
    parts: int
    lapsed: Mapping[str, Collection[int]] = field(default_factory=dict)
    left: Collection[str] = ()
    joined: Collection[str] = ()

    @property
    def facts(self) -> dict[str, int]:
        lost = sum(map(len, self.lapsed.values()))
        return {"people": self.people, "roles": self.roles, "lapsed": lost, "invitations": self.invitations, "parts": self.parts}  # fmt: skip


def hand_down(
    of: Organisation, to: Organisation, day: date, *, kept: Mapping[str, Collection[int]] | None = EVERYTHING
) -> Handed:
    """People, invitations, lists and parts of one organisation go to another on a day; for actions that authorised it.

    `kept` names the `memberships` and `invitations` whose roles go along; any other role besides contributor ends, and
    its person stays as a contributor. EVERYTHING lets all roles go along. Who holds the same role in both keeps one,
    for as long as either lasts. What was planned for later begins in the heir, or never.
    """
    every = kept is EVERYTHING
    said: dict[str, Any] = {"of": of.pk, "to": to.pk, "day": day, "all": every, "memberships": list((kept or {}).get("memberships", ())),
            "invitations": list((kept or {}).get("invitations", ()))}  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(NEW, said)
        belonged: list[tuple[str, bool]] = cursor.fetchall()
        cursor.execute(BELONGS.format(kept=KEPT), said)
        cursor.execute(ENDS.format(kept=KEPT), said)
        ended: list[tuple[int, str, bool]] = cursor.fetchall()
        cursor.execute(PLANNED.format(kept=KEPT), said)
        cursor.execute(NEVER_BEGINS, said)
        invitations = _rows(cursor, INVITED, said)
        cursor.execute(FILES, said)
        parts = _rows(cursor, STANDS, said) + _rows(cursor, MOVES, said)
    lapsed: dict[str, list[int]] = {}
    for person, role, goes in ended:
        if not goes:
            lapsed.setdefault(role, []).append(person)
    roles = sum(goes and role != "contributor" for _person, role, goes in ended)
    return Handed(
        len({person for person, _role, _goes in ended}), roles, invitations, parts, lapsed,
        [code for code, _there in belonged], [code for code, there in belonged if not there],
    )  # fmt: skip


def _rows(cursor: Any, statement: str, said: Mapping[str, Any]) -> int:
    cursor.execute(statement, said)
    found: int = cursor.rowcount
    return found
