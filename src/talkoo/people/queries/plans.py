"""The tree as it stands on a day, and plans to change it, for those who shape it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db.models import Case, Exists, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.notify.queries.things import Thing
from talkoo.people.models import FormerName, Invitation, Organisation, Placement, Plan, PlanState, Step, StepKind
from talkoo.people.queries.organisations import existing, parts_of
from talkoo.people.queries.persons import holding
from talkoo.people.queries.reshaping import Node, Outcome, Tree, descend, reshape, under

EDIT = Permission.ORGANISATION_EDIT


def tree_on(day: date) -> dict[int, Node]:
    """All organisations of a day with their names and places of then. Two queries."""
    then = FormerName.objects.filter(organisation=OuterRef("pk"), until__gt=day).order_by("until")
    stood = Placement.objects.filter(organisation=OuterRef("pk"))
    standing = stood.filter(Q(ends__isnull=True) | Q(ends__gt=day), starts__lte=day).order_by("-starts")
    later = stood.filter(starts__gt=day).order_by().values("organisation").annotate(day=Min("starts"))
    waiting = Invitation.objects.filter(organisation=OuterRef("pk"), accepted__isnull=True, withdrawn__isnull=True)
    here = Exists(holding(day).filter(organisation=OuterRef("pk")))
    rows = existing(day).annotate(
        called=Coalesce(Subquery(then.values("name")[:1]), F("name")), stands=Subquery(standing.values("parent")[:1]),
        busy=here | Exists(waiting), moves=Subquery(later.values("day")[:1]),
    ).values_list("pk", "called", "stands", "kind", "busy", "moves")  # fmt: skip
    parts = parts_of(day, starts__gt=day)
    return {
        pk: Node(pk, called, stands, kind=kind, busy=busy, moves=moves, later=descend(parts, pk) - {pk})
        for pk, called, stands, kind, busy, moves in rows
    }


def expected_tree(day: date, but: Plan | None = None) -> dict[int, Node]:
    """The tree of a day as it will be once the other decided plans that come before have been carried out. Three queries.

    A step of theirs that does not go is passed over: its plan will be held up, and says so itself.
    """
    tree = tree_on(day)
    steps = Step.objects.filter(plan__state=PlanState.DECIDED, plan__day__lte=day).exclude(plan=but)
    due = list(steps.select_related(*NAMED).order_by("plan__day", "plan_id", "number"))
    return {key: replace(node, notes=(), heir=False) for key, node in reshape(tree, due).after.items()} if due else tree


def tried(by: Subject, plan: Plan, steps: Sequence[Step], tree: Tree) -> Outcome:
    """What the steps make of a tree, asked by somebody: one that names what is not theirs to change does not go."""
    return reshape(tree, steps, _reach(by, plan, tree))


def _reach(by: Subject, plan: Plan, tree: Tree) -> frozenset[int]:
    return organisations_where(by, EDIT) & under(tree, plan.organisation_id)


NAMED = ("organisation", "target", "target_step")


def steps_of(plan: Plan) -> list[Step]:
    """Its steps in order, with what they name. One query."""
    return list(plan.steps.select_related(*NAMED))


def seen_plans(by: Subject) -> QuerySet[Plan]:
    """Plans about organisations that this person shapes: those under way first, by their day, then what is over."""
    found = Plan.objects.filter(organisation__in=organisations_where(by, EDIT))
    over = Case(When(state__in=[PlanState.IN_FORCE, PlanState.WITHDRAWN], then=1), default=0)
    return found.select_related("organisation", "decided_by").order_by(over, "day", "pk")


def coming_plans(by: Subject) -> list[tuple[Plan, list[str]]]:
    """Decided plans that wait for their day, the next first, each with its steps in words. Two queries."""
    steps = Prefetch("steps", Step.objects.select_related(*NAMED))
    found = seen_plans(by).filter(state=PlanState.DECIDED).prefetch_related(steps)
    return [(plan, [sentence(step) for step in plan.steps.all()]) for plan in found]


def access_plan(by: Subject, code: str) -> Plan:
    """The plan of this code; one about organisations of others is `Missing` (404)."""
    plan = seen_plans(by).filter(code=code).first()
    if plan is None:
        raise Missing(_("There is no such plan."), _("Look at the list of reorganisations."))
    return plan


def places_of(by: Subject, plan: Plan) -> QuerySet[Organisation]:
    """The organisations a step of the plan may touch: what the plan is about and what stands below it on its day, as
    far as the asking person shapes it; by name, each with `parent_name`. Three queries."""
    reach = _reach(by, plan, tree_on(plan.day))
    stands = Placement.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=plan.day), organisation=OuterRef("pk"), starts__lte=plan.day
    )
    found = Organisation.objects.filter(pk__in=reach)
    return found.annotate(parent_name=Subquery(stands.values("parent__name")[:1])).order_by("name", "pk")


def first_day() -> date:
    """The earliest day a plan can name: today, by the clock of the house, which all dates of the tree go by."""
    return timezone.localdate()


def day_of(plan: Plan) -> date:
    """The day a plan that is not over can take effect on: its own, or today where that one has passed."""
    return max(plan.day, first_day())


def sentence(step: Step) -> str:
    """A step in words, with the names of its day once it happened."""
    words = {"about": step.about, "to": step.to, "name": step.name}
    if step.kind == StepKind.CLOSE:
        return (_("Close %(about)s; %(to)s follows") if step.to else _("Close %(about)s")) % words
    said = {
        StepKind.ADD: _("Add %(name)s below %(to)s"),
        StepKind.MOVE: _("Move %(about)s to %(to)s"),
        StepKind.RENAME: _("Rename %(about)s to %(name)s"),
        StepKind.MERGE: _("Merge %(about)s into %(to)s"),
    }
    return said[StepKind(step.kind)] % words


def noticed_plans(by: Subject, codes: Collection[str]) -> Mapping[str, Thing]:
    """Plans as notices name them, for those who still shape what they are about. One query."""
    found = Plan.objects.filter(code__in=codes, organisation__in=organisations_where(by, EDIT))
    return {code: Thing(name) for code, name in found.values_list("code", "name")}
