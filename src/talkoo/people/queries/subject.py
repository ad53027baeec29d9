"""Who somebody is today: one statement that reads roles, place and skills off the dated tree."""

import json
from dataclasses import replace
from datetime import date

from django.db import connection
from django.utils import timezone

from talkoo.access.context import Context, Zone
from talkoo.access.models import Token
from talkoo.access.permissions import BY_ROLE, Permission, Role
from talkoo.access.scopes import permitted
from talkoo.access.subject import USUAL, Credential, Subject, Visit
from talkoo.access.visiting import TERMS
from talkoo.engines.policy import NEVER, Rules
from talkoo.lib.networks import Address
from talkoo.people.models import Person
from talkoo.people.queries.arrangements import USUAL_AT_HOME, at_home, marks_of
from talkoo.people.queries.organisations import existing

ASKING = [str(role) for role in Role if Permission.EMERGENCY_ASK in BY_ROLE[role]]  # an emergency ends with the role

TREE = """stands AS (
    SELECT organisation_id AS below, parent_id AS above FROM people_placement
    WHERE parent_id IS NOT NULL AND starts <= %(day)s AND (ends IS NULL OR ends > %(day)s)
),
inherits AS (
    SELECT successor_id AS heir, id AS ended FROM people_organisation WHERE successor_id IS NOT NULL AND ends <= %(day)s
)
"""

RULED = """,
bound AS (
    SELECT organisation_id AS id, rules FROM (
        SELECT DISTINCT ON (organisation_id) organisation_id, rules FROM people_rulechange
        WHERE approved ORDER BY organisation_id, decided DESC, id DESC
    ) r
    UNION
    SELECT e.id, b.rules FROM bound b JOIN (
        SELECT above AS start, below AS id FROM stands UNION ALL SELECT heir, ended FROM inherits
    ) e ON e.start = b.id
)
"""  # what is forbidden in an organisation is forbidden in all below it

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
{RULED}
, up AS (
    SELECT id, 0 AS depth FROM home
    UNION ALL SELECT s.above, u.depth + 1 FROM up u JOIN stands s ON s.below = u.id WHERE u.depth < 40
)
SELECT
    (SELECT id FROM home), (SELECT name FROM home),
    (SELECT jsonb_object_agg(role, ids) FROM (SELECT role, jsonb_agg(organisation_id) AS ids FROM reach GROUP BY role) r),
    (SELECT array_agg(id) FROM within),
    (SELECT array_agg(skill_id) FROM people_personskill WHERE person_id = %(person)s AND level >= 1),
    (SELECT array_agg(skill_id) FROM people_personskill WHERE person_id = %(person)s AND grow),
    (SELECT zone FROM notify_pace WHERE person_id = %(person)s),
    (SELECT jsonb_agg(jsonb_build_array(id, rules)) FROM bound),
    (SELECT o.levels FROM up JOIN people_organisation o ON o.id = up.id
     WHERE o.levels <> '[]'::jsonb ORDER BY up.depth LIMIT 1),
    (SELECT c.level FROM people_clearance c
     WHERE c.person_id = %(person)s AND c.ended IS NULL AND (c.until IS NULL OR c.until > statement_timestamp())),
    (SELECT n.zone FROM people_network n
     WHERE n.network >>= %(address)s::inet
       AND n.organisation_id IN (SELECT id FROM within UNION SELECT organisation_id FROM held)
     ORDER BY masklen(n.network) DESC, n.zone = 'public' DESC, n.zone = 'vpn' DESC LIMIT 1),
    NOT EXISTS (SELECT FROM held) AND EXISTS (SELECT FROM microtasks_guest WHERE person_id = %(person)s),
    (SELECT jsonb_build_array(b.code, g.terms = {TERMS}) FROM microtasks_guest g JOIN microtasks_batch b ON b.id = g.batch_id
     WHERE g.code = %(visit)s AND g.person_id = %(person)s AND g.ended IS NULL AND g.until > statement_timestamp()),
    (SELECT jsonb_agg(jsonb_build_object('place', h.place, 'lines', a.lines, 'starts', a.starts, 'ends', a.ends,
                                          'zone', a.zone))
     FROM people_homenetwork h JOIN people_arrangement a ON a.person_id = h.person_id AND a.state = 'agreed'
     WHERE h.person_id = %(person)s AND h.mark = ANY(%(marks)s::text[]) AND a.organisation_id = (SELECT id FROM home)),
    (SELECT array_agg(b.code) FROM microtasks_emergency e JOIN microtasks_batch b ON b.id = e.batch_id
     WHERE e.asked_by_id = %(person)s AND e.ended IS NULL AND e.until > statement_timestamp()
       AND EXISTS (SELECT FROM reach r WHERE r.organisation_id = b.organisation_id AND r.role = ANY(%(asking)s)))
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
{RULED}
SELECT array_agg(id), (SELECT jsonb_agg(jsonb_build_array(id, rules)) FROM bound) FROM reach
"""  # noqa: S608 - put together from constants


def subject_of(person: Person, day: date | None = None, *, address: Address | None = None, visit: str = "") -> Subject:
    """The person as decisions need them on a day (today when None), in one statement.

    A period holds from `starts` up to, not including, `ends`: what ends today has ended. A role reaches its
    organisation, all that stands below it and the ended organisations these follow; so what a closed office left
    behind stays in somebody's care. Somebody who was deactivated holds no role at all. `address` is where they ask from:
    the most specific network that their organisations declared says which zone that is; without one it is a home where
    they declared it and an arrangement in force names it, else unknown.
    `visit` is the code of the invitation a guest came by: without one in force they are a guest to whom nothing is open.
    """
    with connection.cursor() as cursor:
        asked: dict[str, int | date | str | list[str] | None] = {
            "person": person.pk,
            "day": day or timezone.localdate(),
            "address": str(address) if address else None,
            "marks": marks_of(address, person.pk),
            "visit": visit,
            "asking": ASKING,
        }
        cursor.execute(SUBJECT, asked)
        (
            home, home_name, roles, within, skills, grow, zone, rules, levels, cleared, place, guest, invited, homes,
            urgent,
        ) = cursor.fetchone()  # fmt: skip
    reached = json.loads(roles) if isinstance(roles, str) else roles or {}
    allowed = at_home(homes, timezone.now()) if homes and not place else None
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
        clearance=0 if guest else USUAL if cleared is None else cleared,
        home_level=USUAL_AT_HOME if allowed is None else allowed,
        context=Context(zone=Zone(place) if place else Zone.UNKNOWN if allowed is None else Zone.HOME),
        house_rules=_strictest(rules),
        levels=tuple(json.loads(levels) if isinstance(levels, str) else levels or ()),
        visit=_visit(invited) if guest else None,
        emergencies=frozenset(urgent or ()),
    )


def _visit(found: str | list[object] | None) -> Visit:
    batch, agreed = (json.loads(found) if isinstance(found, str) else found) or ("", False)
    return Visit(str(batch), bool(agreed))


def _strictest(found: str | list[tuple[int, dict[str, int]]] | None) -> dict[int, Rules]:
    """What is forbidden in each organisation: by itself and by all above it, each from the lowest level on."""
    rows = json.loads(found) if isinstance(found, str) else found or []
    lowest: dict[int, dict[str, int]] = {}
    for organisation, rules in rows:
        held = lowest.setdefault(organisation, {})
        for name, level in rules.items():
            held[name] = min(level, held.get(name, NEVER))
    return {organisation: Rules(**rules) for organisation, rules in lowest.items()}


def subject_of_token(token: Token, *, address: Address | None = None) -> Subject | None:
    """Who speaks through a token, today: its person, limited by its scopes, or a service in its organisation and below.

    A program looks at nothing in an emergency. None where nobody is left to speak: the person holds no role any more, or the organisation has ended.
    """
    may = permitted(token.scopes)
    if token.person is not None:
        person = subject_of(token.person, address=address)
        return replace(person, emergencies=frozenset(), through=Credential(token.code, may)) if person.roles else None
    place = token.organisation
    if place is None or not existing().filter(pk=place.pk).exists():
        return None
    reach, rules = _reach(place.pk)
    through = Credential(token.code, may, reach=reach)
    return Subject(0, token.name, place.pk, place.name, through=through, house_rules=rules)


def _reach(organisation: int) -> tuple[frozenset[int], dict[int, Rules]]:
    """The organisation, all that stands below it today, the ended ones that any of these follows; and what is forbidden
    where. One query."""
    with connection.cursor() as cursor:
        cursor.execute(REACH, {"organisation": organisation, "day": timezone.localdate()})
        reach, rules = cursor.fetchone()
    return frozenset(reach), _strictest(rules)
