"""What becomes of each role in an organisation that ends, once a plan is decided: who takes it along, and whose ends."""

from collections.abc import Mapping, Sequence

from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Role
from talkoo.microtasks.queries.touched import ENDS, RoleThere
from talkoo.people.models import Membership, Plan, PlanState, Step
from talkoo.people.queries.plans import day_of

DECIDED = {PlanState.DECIDED, PlanState.HELD_UP, PlanState.IN_FORCE}


def fates(plan: Plan, steps: Sequence[Step]) -> Mapping[int, list[str]]:
    """By the number of a step, sentences about the roles besides contributor that it keeps or ends. One query.

    Of a plan that is in force the roles that ended with the organisation, before that those held on its day.
    """
    ending = {step.organisation_id: step for step in steps if step.kind in ENDS and step.to}
    if plan.state not in DECIDED or not ending:
        return {}
    if plan.state == PlanState.IN_FORCE and plan.ended is not None:
        when = Q(ends=timezone.localdate(plan.ended))
    else:
        when = Q(ends__isnull=True) | Q(ends__gt=day_of(plan)) & Q(ends__gt=F("starts"))
    held = Membership.objects.filter(when, organisation__in=ending).exclude(role=Role.CONTRIBUTOR)
    found: dict[tuple[int, str, bool], list[str]] = {}
    rows = held.order_by("person__folded", "pk").values_list("organisation_id", "role", "person__name", "pk")
    for place, role, name, pk in rows:
        along = pk in ending[place].kept.get("memberships", ())
        found.setdefault((ending[place].number, role, along), []).append(name)
    said: dict[int, list[str]] = {}
    for (number, role, along), people in sorted(found.items()):
        to = next(step.to for step in ending.values() if step.number == number)
        said.setdefault(number, []).append(_fate(Role(role), people, to, along=along))
    return said


def _fate(role: Role, people: Sequence[str], to: str, *, along: bool) -> str:
    words = {"role": role.label, "to": to, "people": RoleThere(role, people, (), ()).named}
    if along:
        return _("%(role)s goes along to %(to)s: %(people)s.") % words
    return _("%(role)s ends; they stay as contributors in %(to)s: %(people)s.") % words
