"""A reorganisation while it is a plan: begun, put together step by step, changed, withdrawn. The tree is not touched.

Carrying it out concerns work, too, and stands in `microtasks.actions.reorganising`.
"""

from datetime import date

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid, Missing
from talkoo.people.checks import check_name
from talkoo.people.models import Organisation, Plan, PlanState, Step, StepKind
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.plans import access_plan, first_day, places_of

EDIT = Permission.ORGANISATION_EDIT
MOST_STEPS = 60
NEEDS_TARGET = {StepKind.ADD, StepKind.MOVE, StepKind.MERGE}
NEEDS_NAME = {StepKind.ADD, StepKind.RENAME}


@transaction.atomic
def begin_plan(*, by: Subject, name: str, organisation: Organisation, day: date) -> Plan:
    """A plan about an organisation and everything below it, to take effect on a day from today on."""
    authorise(by, EDIT, on=resource(organisation))
    check_day(day)
    plan = Plan.objects.create(name=check_name(name), organisation=organisation, day=day, made_by_id=by.person_id)
    record_plan(by, "begun", plan, day=str(day))
    return plan


@transaction.atomic
def edit_plan(*, by: Subject, plan: Plan, name: str, day: date) -> Plan:
    """Give a draft another name or another day."""
    plan = _draft(by, plan)
    check_day(day)
    plan.name, plan.day = check_name(name), day
    return _changed(by, "edited", plan, day=str(day))


@transaction.atomic
def add_step(
    *,
    by: Subject,
    plan: Plan,
    kind: str,
    organisation: Organisation | None = None,
    target: Organisation | None = None,
    target_step: Step | None = None,
    name: str = "",
) -> Step:
    """Add a change to the end of a draft. What is named must be what the plan is about, or stand below it on its day.

    Whether the step goes is said by the page of the plan, and decides whether the plan can be decided. Raises Invalid
    naming the field that its kind needs.
    """
    plan = _draft(by, plan)
    known = _check_step(kind, organisation, target or target_step)
    _check_within(by, plan, organisation, target)
    if target_step is not None and (target_step.plan_id != plan.pk or target_step.kind != StepKind.ADD):
        raise Missing(_("This plan adds no such organisation."), _("Look at its steps."))
    said = check_name(name) if known in NEEDS_NAME else ""
    last, count = plan.steps.aggregate(last=Max("number"))["last"] or 0, plan.steps.count()
    if count >= MOST_STEPS:
        raise Conflict(_("A plan has at most %(most)d steps.") % {"most": MOST_STEPS}, _("Begin another plan."))
    step = Step.objects.create(
        plan=plan, number=last + 1, kind=known, organisation=None if known == StepKind.ADD else organisation,
        target=None if known == StepKind.RENAME else target,
        target_step=None if known == StepKind.RENAME else target_step, name=said,
    )  # fmt: skip
    _changed(by, "step_added", plan, step=str(known))
    return step


def _check_step(kind: str, organisation: Organisation | None, goal: Organisation | Step | None) -> StepKind:
    if kind not in StepKind.values:
        raise Missing(_("There is no such step."), _("Look at the plan."))
    known, missing = StepKind(kind), _("Choose an organisation.")
    if known != StepKind.ADD and organisation is None:
        raise Invalid(missing, fields={"organisation": missing})
    if known in NEEDS_TARGET and goal is None:
        raise Invalid(missing, fields={"target": missing})
    return known


def _check_within(by: Subject, plan: Plan, *named: Organisation | None) -> None:
    places = set(places_of(by, plan).values_list("pk", flat=True))
    for place in named:
        if place is not None and place.pk not in places:
            words = {"name": place.name, "root": plan.organisation.name}
            message = _("“%(name)s” does not stand below “%(root)s” on that day.") % words
            raise Invalid(message, _("Choose another one, or another day."))


@transaction.atomic
def drop_step(*, by: Subject, plan: Plan, number: int) -> None:
    """Take the step of this id out of a draft; those after it move up. Raises Missing where it is not there (any more)."""
    plan = _draft(by, plan)
    step = plan.steps.filter(pk=number).first()
    if step is None:
        raise Missing(_("This step is not in the plan, or was taken out already."), _("Look at the plan."))
    needed = step.needed_by.order_by("number").first()
    if needed is not None:
        words = {"name": step.name, "number": needed.number}
        raise Conflict(_("Step %(number)d needs “%(name)s”.") % words, _("Take that step out first."))
    place = step.number
    step.delete()
    plan.steps.filter(number__gt=place).update(number=F("number") - 1)
    _changed(by, "step_dropped", plan, step=str(step.kind))


@transaction.atomic
def reopen_plan(*, by: Subject, plan: Plan) -> Plan:
    """Make a plan that waits for its day, or was held up on it, a draft again. The tree was not touched."""
    plan = lock_plan(by, plan)
    _check_state(plan, {PlanState.DECIDED, PlanState.HELD_UP})
    plan.state = PlanState.DRAFT
    plan.save(update_fields=["state"])
    return _changed(by, "reopened", plan)


@transaction.atomic
def withdraw_plan(*, by: Subject, plan: Plan) -> Plan:
    """Give a plan up for good, until it is in force. It is kept and says who withdrew it; done again, nothing changes."""
    plan = lock_plan(by, plan)
    if plan.state == PlanState.WITHDRAWN:
        return plan
    _check_state(plan, {PlanState.DRAFT, PlanState.DECIDED, PlanState.HELD_UP})
    plan.state, plan.ended = PlanState.WITHDRAWN, timezone.now()
    plan.save(update_fields=["state", "ended"])
    return _changed(by, "withdrawn", plan)


def check_day(day: date) -> None:
    if day < first_day():
        message = _("This day has passed. A reorganisation takes effect today or later.")
        raise Invalid(message, fields={"day": message})


def lock_plan(by: Subject, plan: Plan) -> Plan:
    """The plan as it is now, held until the transaction ends; for whoever shapes what it is about."""
    found = Plan.objects.select_for_update(of=("self",)).select_related("organisation")
    plan = found.get(pk=access_plan(by, plan.code).pk)
    authorise(by, EDIT, on=resource(plan.organisation))
    return plan


def _draft(by: Subject, plan: Plan) -> Plan:
    plan = lock_plan(by, plan)
    _check_state(plan, {PlanState.DRAFT})
    return plan


def _check_state(plan: Plan, states: set[PlanState]) -> None:
    if plan.state in states:
        return
    remedy = _("Plan what shall change from now on.")
    if plan.state in {PlanState.DECIDED, PlanState.HELD_UP}:
        remedy = _("Choose “Change the plan” first.")
    raise Conflict(_("This plan is not in a state for that: %(state)s.") % {"state": plan.get_state_display()}, remedy)


def _changed(by: Subject, what: str, plan: Plan, **facts: str | int) -> Plan:
    plan.edition += 1
    plan.save(update_fields=["name", "day", "edition"])
    record_plan(by, what, plan, **facts)
    return plan


def record_plan(by: Subject | None, what: str, plan: Plan, **facts: str | int) -> None:
    on = ("plan", plan.code)
    audit.record(by=by, action=f"people.plan.{what}", on=on, organisation_id=plan.organisation_id, **facts)
