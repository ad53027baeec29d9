"""What each step of a plan touches, before it is decided: people, roles, work, doors of programs. Counts, in few statements."""

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, ngettext_lazy

from talkoo.access.permissions import Role
from talkoo.people.models import Invitation, Membership, Plan, Step, StepKind
from talkoo.people.queries.reshaping import Outcome, above, target_of, under

IN, GAINS, LOSES = "in", "gains", "loses"
NAMED = 8  # people of a role who are named before the rest is counted
ENDS = {StepKind.MERGE, StepKind.CLOSE}

COUNTS = """
WITH place AS (SELECT * FROM unnest(%(steps)s::int[], %(hows)s::text[], %(places)s::bigint[]) AS p (step, how, place)),
held AS (
    SELECT p.step, p.how, m.person_id, m.role FROM place p JOIN people_membership m ON m.organisation_id = p.place
    WHERE m.starts <= %(day)s AND (m.ends IS NULL OR m.ends > %(day)s)
),
offered AS (
    SELECT DISTINCT p.step, p.how, b.id, b.sensitivity FROM place p
    JOIN microtasks_batch_audience a ON a.organisation_id = p.place
    JOIN microtasks_batch b ON b.id = a.batch_id AND b.state IN ('open', 'paused')
)
SELECT step, 'people', count(DISTINCT person_id) FROM held WHERE how = 'in' GROUP BY 1
UNION ALL SELECT step, how || ' roles', count(*) FROM held WHERE role <> 'contributor' GROUP BY 1, 2
UNION ALL SELECT step, how || ' offered', count(*) FROM offered GROUP BY 1, 2
UNION ALL SELECT step, 'confidential', count(*) FROM offered WHERE how = 'in' AND sensitivity >= 2 GROUP BY 1
UNION ALL SELECT p.step, 'batches', count(*) FROM place p
    JOIN microtasks_batch b ON b.organisation_id = p.place AND b.state <> 'closed' WHERE p.how = 'in' GROUP BY 1
UNION ALL SELECT p.step, 'invitations', count(*) FROM place p
    JOIN people_invitation i ON i.organisation_id = p.place AND i.accepted IS NULL AND i.withdrawn IS NULL
    WHERE p.how = 'in' GROUP BY 1
UNION ALL SELECT p.step, 'tokens', count(*) FROM place p
    JOIN access_token t ON t.organisation_id = p.place AND t.revoked IS NULL AND t.expires > now()
    WHERE p.how = 'in' GROUP BY 1
UNION ALL SELECT p.step, 'webhooks', count(*) FROM place p
    JOIN notify_endpoint e ON e.organisation_id = p.place AND e.state = 'active' WHERE p.how = 'in' GROUP BY 1
"""


Said = Sequence[tuple[str, Any]]  # what is counted, and the sentence for that many
SAME: Said = (
    ("batches", ngettext_lazy(
        "%(n)d batch of its own goes on.",
        "%(n)d batches of its own go on.", "n",
    )),
    ("in offered", ngettext_lazy(
        "%(n)d batch stays offered there.",
        "%(n)d batches stay offered there.", "n",
    )),
    ("invitations", ngettext_lazy(
        "%(n)d invitation stays open.",
        "%(n)d invitations stay open.", "n",
    )),
)  # fmt: skip
ABOVE: Said = (
    ("gains roles", ngettext_lazy(
        "%(n)d role held above reaches it from then on, and did not before.",
        "%(n)d roles held above reach it from then on, and did not before.", "n",
    )),
    ("loses roles", ngettext_lazy(
        "%(n)d role held above no longer reaches it.",
        "%(n)d roles held above no longer reach it.", "n",
    )),
    ("gains offered", ngettext_lazy(
        "%(n)d more batch is offered to its people.",
        "%(n)d more batches are offered to its people.", "n",
    )),
    ("loses offered", ngettext_lazy(
        "%(n)d batch is no longer offered to its people.",
        "%(n)d batches are no longer offered to its people.", "n",
    )),
)  # fmt: skip
ENDING: Said = (
    ("people", ngettext_lazy(
        "%(n)d person goes over to %(to)s as a contributor.",
        "%(n)d people go over to %(to)s as contributors.", "n",
    )),
    ("in roles", ngettext_lazy(
        "%(n)d role besides contributor is held there. Whether it goes along is asked with the decision.",
        "%(n)d roles besides contributor are held there. Which of them go along is asked with the decision.", "n",
    )),
    ("invitations", ngettext_lazy(
        "%(n)d open invitation leads to %(to)s.",
        "%(n)d open invitations lead to %(to)s.", "n",
    )),
    ("batches", ngettext_lazy(
        "%(n)d batch keeps the name of %(name)s; the roles in %(to)s reach it.",
        "%(n)d batches keep the name of %(name)s; the roles in %(to)s reach them.", "n",
    )),
    ("in offered", ngettext_lazy(
        "%(n)d batch offered there is offered to everybody in %(to)s.",
        "%(n)d batches offered there are offered to everybody in %(to)s.", "n",
    )),
    ("confidential", ngettext_lazy(
        "%(n)d of them is confidential.",
        "%(n)d of them are confidential.", "n",
    )),
    ("tokens", ngettext_lazy(
        "%(n)d service token ends; make a new one in %(to)s.",
        "%(n)d service tokens end; make new ones in %(to)s.", "n",
    )),
    ("webhooks", ngettext_lazy(
        "%(n)d webhook hears of the batches of %(name)s only, no longer of its people.",
        "%(n)d webhooks hear of the batches of %(name)s only, no longer of its people.", "n",
    )),
)  # fmt: skip
RENAMED: Said = (
    ("people", ngettext_lazy(
        "%(n)d person works under the new name.",
        "%(n)d people work under the new name.", "n",
    )),
)  # fmt: skip
MOVED: Said = (
    ("people", ngettext_lazy(
        "%(n)d person moves with it and keeps every role.",
        "%(n)d people move with it and keep every role.", "n",
    )),
)  # fmt: skip
SENTENCES: Mapping[str, Said] = {
    StepKind.RENAME: [*RENAMED, *SAME],
    StepKind.MOVE: [*MOVED, *ABOVE, *SAME],
    StepKind.MERGE: [*ENDING, *ABOVE],
    StepKind.CLOSE: [*ENDING, *ABOVE],
}


@dataclass(frozen=True, slots=True)
class RoleThere:
    """A role held in an organisation that ends: by whom, and by which memberships and invitations."""

    role: Role
    people: Sequence[str]
    memberships: Collection[int]
    invitations: Collection[int]

    @property
    def named(self) -> str:
        """The first names, and how many more."""
        shown, more = list(self.people[:NAMED]), len(self.people) - NAMED
        if more > 0:
            shown.append(ngettext("and %(more)d more", "and %(more)d more", more) % {"more": more})
        return ", ".join(shown)


def touched(outcome: Outcome, steps: Sequence[Step], day: date, *, decided: bool = False) -> Mapping[int, list[str]]:
    """By the number of a step, sentences that say what it touches on its day. One query.

    Once it is `decided`, what becomes of the roles is said by `fates`, and not asked any more.
    """
    rows = [
        (step.number, how, place)
        for step in steps
        if step.number not in outcome.troubles
        for how, place in _places(outcome, step)
    ]
    found: dict[int, dict[str, int]] = {}
    if rows:
        numbers, hows, places = (list(column) for column in zip(*rows, strict=True))
        with connection.cursor() as cursor:
            cursor.execute(COUNTS, {"steps": numbers, "hows": hows, "places": places, "day": day})
            for number, what, count in cursor.fetchall():
                if not (decided and what == "in roles"):
                    found.setdefault(number, {})[what] = count
    return {
        step.number: list(_sentences(step, found.get(step.number, {})))
        for step in steps
        if step.number in {row[0] for row in rows}
    }


def _places(outcome: Outcome, step: Step) -> Iterator[tuple[str, int]]:
    """What a step is about, and what stands above its people after the plan and did not before, and the reverse."""
    place, goal = step.organisation_id, target_of(step)
    if place is None or place not in outcome.before:
        return
    inside = under(outcome.before, place) if step.kind == StepKind.MOVE else {place}
    yield from ((IN, each) for each in inside if each > 0)
    if goal is None:
        return
    left = above(outcome.before, place)
    reached = {goal} | above(outcome.after, goal)
    yield from ((GAINS, each) for each in reached - left - inside if each > 0)
    yield from ((LOSES, each) for each in left - reached if each > 0)


def _sentences(step: Step, counts: Mapping[str, int]) -> Iterator[str]:
    if step.kind in ENDS and target_of(step) is None:
        return
    for what, said in SENTENCES.get(step.kind, ()):
        if n := counts.get(what, 0):
            yield said % {"n": n, "to": step.to, "name": step.about}


def roles_there(outcome: Outcome, steps: Sequence[Step], day: date) -> Mapping[int, list[RoleThere]]:
    """For each step that goes and ends an organisation in favour of another: the roles besides contributor that are held,
    planned or offered by invitation there, in the order of the roles. Two queries."""
    ending = {
        step.organisation_id: step.number
        for step in steps
        if step.kind in ENDS and target_of(step) is not None and step.number not in outcome.troubles
    }
    found: dict[tuple[int, str], tuple[list[str], list[int], list[int]]] = {}
    if not ending:
        return {}
    still = Q(ends__isnull=True) | Q(ends__gt=day) & Q(ends__gt=F("starts"))
    held = (
        Membership.objects.filter(still, organisation__in=ending)
        .exclude(role=Role.CONTRIBUTOR)
        .order_by("person__folded", "pk")
    )
    for place, role, name, pk in held.values_list("organisation_id", "role", "person__name", "pk"):
        names, memberships, _invitations = found.setdefault((ending[place], role), ([], [], []))
        names.append(name)
        memberships.append(pk)
    waiting = Invitation.objects.filter(organisation__in=ending, accepted__isnull=True, withdrawn__isnull=True)
    for place, role, email, pk in (
        waiting.exclude(role=Role.CONTRIBUTOR).order_by("pk").values_list("organisation_id", "role", "email", "pk")
    ):
        names, _memberships, invitations = found.setdefault((ending[place], role), ([], [], []))
        names.append(_("%(email)s (invited)") % {"email": email})
        invitations.append(pk)
    there: dict[int, list[RoleThere]] = {}
    for (number, role), said in sorted(found.items(), key=lambda each: (each[0][0], Role.values.index(each[0][1]))):
        there.setdefault(number, []).append(RoleThere(Role(role), *said))
    return there


def mark_of(plan: Plan, there: Mapping[int, list[RoleThere]]) -> str:
    """What a decision was shown, in short: the edition of the plan, and by which rows each role is held or offered."""
    roles = [
        (number, each.role, sorted(each.memberships), sorted(each.invitations))
        for number, held in there.items()
        for each in held
    ]
    return hashlib.sha256(json.dumps([plan.pk, plan.edition, roles]).encode()).hexdigest()
