"""Who somebody is today: one statement that reads roles, place and skills off the dated tree."""

import json
from dataclasses import replace
from datetime import date

from django.db import connection
from django.utils import timezone

from talkoo.access.models import Token
from talkoo.access.permissions import Role
from talkoo.access.scopes import permitted
from talkoo.access.subject import Credential, Subject
from talkoo.people.models import Person
from talkoo.people.queries.organisations import existing

TREE = """stands AS (
    SELECT organisation_id AS below, parent_id AS above FROM people_placement
    WHERE parent_id IS NOT NULL AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s)
),
inherits AS (
    SELECT successor_id AS heir, id AS ended FROM people_organisation WHERE successor_id IS NOT NULL AND ends <= %(day)s
)
"""

SUBJECT = f"""
WITH RECURSIVE
held AS (
    SELECT m.id, m.role, m.organisation_id, m.starts
    FROM people_membership m JOIN people_person p ON p.id = m.person_id AND p.is_active
    WHERE m.person_id = %(person)s AND m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
),
home AS (
    SELECT h.organisation_id AS id, o.name
    FROM held h JOIN people_organisation o ON o.id = h.organisation_id
    WHERE h.role = 'contributor' ORDER BY h.starts, h.id LIMIT 1
),
{TREE},
reach AS (
    SELECT role, organisation_id FROM held
    UNION
    SELECT r.role, e.id FROM reach r JOIN (
        SELECT above AS start, below AS id FROM stands UNION ALL SELECT heir, ended FROM inherits
    ) e ON e.start = r.organisation_id
),
within AS (
    SELECT id FROM home
    UNION
    SELECT e.id FROM within w JOIN (
        SELECT below AS start, above AS id FROM stands UNION ALL SELECT heir, ended FROM inherits
    ) e ON e.start = w.id
)
SELECT
    (SELECT id FROM home), (SELECT name FROM home),
    (SELECT jsonb_object_agg(role, ids) FROM (SELECT role, jsonb_agg(organisation_id) AS ids FROM reach GROUP BY role) r),
    (SELECT array_agg(id) FROM within),
    (SELECT array_agg(skill_id) FROM people_personskill WHERE person_id = %(person)s AND level >= 1),
    (SELECT array_agg(skill_id) FROM people_personskill WHERE person_id = %(person)s AND grow),
    (SELECT zone FROM notify_pace WHERE person_id = %(person)s)
"""  # noqa: S608 - put together from constants

REACH = f"""
WITH RECURSIVE
{TREE},
reach AS (
    SELECT %(organisation)s::bigint AS id
    UNION
    SELECT e.id FROM reach r JOIN (
        SELECT above AS start, below AS id FROM stands UNION ALL SELECT heir, ended FROM inherits
    ) e ON e.start = r.id
)
SELECT array_agg(id) FROM reach
"""  # noqa: S608 - put together from constants


def subject_of(person: Person, day: date | None = None) -> Subject:
    """The person as decisions need them on a day (today when None), in one statement.

    A period holds from `starts` up to, not including, `ends`: what ends today has ended. A role reaches its
    organisation, all that stands below it and the ended organisations these follow; so what a closed office left
    behind stays in somebody's care. Somebody who was deactivated holds no role at all.
    """
    with connection.cursor() as cursor:
        cursor.execute(SUBJECT, {"person": person.pk, "day": day or timezone.localdate()})
        home, home_name, roles, within, skills, grow, zone = cursor.fetchone()
    reached = json.loads(roles) if isinstance(roles, str) else roles or {}
    return Subject(
        person_id=person.pk,
        name=person.name,
        organisation_id=home,
        organisation_name=home_name or "",
        roles={Role(role): frozenset(ids) for role, ids in reached.items()},
        within=frozenset(within or ()),
        skills=frozenset(skills or ()),
        skills_to_grow=frozenset(grow or ()),
        time_zone=zone or "",
        suspended=not person.is_active,
    )


def subject_of_token(token: Token) -> Subject | None:
    """Who speaks through a token, today: its person, limited by its scopes, or a service in its organisation and below.

    None where nobody is left to speak: the person holds no role any more, or the organisation has ended.
    """
    may = permitted(token.scopes)
    if token.person is not None:
        person = subject_of(token.person)
        return replace(person, through=Credential(token.code, may)) if person.roles else None
    place = token.organisation
    if place is None or not existing().filter(pk=place.pk).exists():
        return None
    through = Credential(token.code, may, reach=_reach(place.pk))
    return Subject(0, token.name, place.pk, place.name, through=through)


def _reach(organisation: int) -> frozenset[int]:
    """The organisation, all that stands below it today, and the ended ones that any of these follows. One query."""
    with connection.cursor() as cursor:
        cursor.execute(REACH, {"organisation": organisation, "day": timezone.localdate()})
        return frozenset(cursor.fetchone()[0])
