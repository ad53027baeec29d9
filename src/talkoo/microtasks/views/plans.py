"""Reorganisations as plans: put together, looked at from both sides of the day, decided, withdrawn."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.errors import Missing
from talkoo.lib.formats import day as written_day
from talkoo.lib.posted import went_well
from talkoo.microtasks.actions.reorganising import decide_plan
from talkoo.microtasks.queries.fates import fates
from talkoo.microtasks.queries.touched import mark_of, roles_there, touched
from talkoo.people.actions.plans import add_step, begin_plan, drop_step, edit_plan, reopen_plan, withdraw_plan
from talkoo.people.forms.tree import DecideForm, PlanDayForm, PlanForm, StepForm
from talkoo.people.models import Plan, PlanState, Step, StepKind
from talkoo.people.queries.plans import (
    access_plan,
    day_of,
    expected_tree,
    first_day,
    places_of,
    seen_plans,
    sentence,
    steps_of,
    tried,
)
from talkoo.people.queries.reshaping import Node, Outcome, Trouble, in_order, shortened, target_of, under

EDIT = Permission.ORGANISATION_EDIT
ON_A_PAGE = 20
MOST_SHOWN = 60  # organisations; a larger tree is shown as far as it changes
FORM = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Line:
    """A step as the page shows it."""

    step: Step
    words: str
    trouble: Trouble | None
    touched: list[str]


@require_safe
@signed_in
def plans(request: Asking) -> HttpResponse:
    """Every plan about what this person shapes."""
    care(request.subject, EDIT)
    page = Paginator(seen_plans(request.subject), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "microtasks/plans.html", {"page": page})


@FORM
@signed_in
def new(request: Asking) -> HttpResponse:
    care(request.subject, EDIT)
    form, made = PlanForm(request.POST or None, by=request.subject), list[Plan]()
    if request.method == "POST" and went_well(form, lambda data: made.append(begin_plan(by=request.subject, **data))):
        return redirect("plan", made[0].code)
    words = {"heading": _("Plan a reorganisation"), "verb": _("Go on to its steps")}
    return _form(request, form, back="plans", **words)


def _form(request: Asking, form: Any, **context: Any) -> HttpResponse:
    return render(request, "microtasks/plan_form.html", {"form": form, **context}, status=422 if form.errors else 200)


@require_safe
@signed_in
def plan(request: Asking, code: str) -> HttpResponse:
    """The steps, what they touch, and the tree before and after."""
    found = access_plan(request.subject, code)
    steps = steps_of(found)
    context = {"plan": found, "kinds": StepKind.choices, **_shown(found, steps, _tried(request, found, steps))}
    return render(request, "microtasks/plan.html", context)


def _tried(request: Asking, found: Plan, steps: list[Step]) -> Outcome:
    return tried(request.subject, found, steps, expected_tree(day_of(found), found))


def _shown(found: Plan, steps: list[Step], outcome: Outcome) -> dict[str, Any]:
    """What the page of a plan and that of its decision show: lines, and of a plan that is not over both trees."""
    roles = fates(found, steps)
    if found.state in {PlanState.IN_FORCE, PlanState.WITHDRAWN}:
        return {"lines": [Line(step, sentence(step), None, roles.get(step.number, [])) for step in steps]}
    counts = touched(outcome, steps, day_of(found), decided=found.state != PlanState.DRAFT)
    lines = [
        Line(step, sentence(step), outcome.troubles.get(step.number),
             [*counts.get(step.number, []), *roles.get(step.number, [])])
        for step in steps
    ]  # fmt: skip
    return {"lines": lines, "stuck": bool(outcome.troubles), "trees": _trees(found, outcome, steps)}


def _trees(found: Plan, outcome: Outcome, steps: list[Step]) -> list[list[Node]]:
    """Before and after, both below what the plan is about; large ones as far as they change."""
    keys = {each for step in steps for each in (step.organisation_id, target_of(step)) if each is not None}
    parts = [{key: tree[key] for key in under(tree, found.organisation_id) if key in tree}
             for tree in (outcome.before, outcome.after)]  # fmt: skip
    return [in_order(shortened(tree, keys, MOST_SHOWN)) for tree in parts]


@FORM
@signed_in
def edit(request: Asking, code: str) -> HttpResponse:
    """Another name or day."""
    found = access_plan(request.subject, code)
    form = PlanDayForm(request.POST or None, initial={"name": found.name, "day": found.day})
    if request.method == "POST" and went_well(form, lambda data: edit_plan(by=request.subject, plan=found, **data)):
        return redirect("plan", code)
    return _form(request, form, plan=found, heading=_("Name and day"), verb=_("Save"))


@FORM
@signed_in
def step(request: Asking, code: str, kind: str) -> HttpResponse:
    """One more change."""
    found = access_plan(request.subject, code)
    if kind not in StepKind.values:
        raise Missing(_("There is no such step."), _("Look at the plan."))
    places = list(places_of(request.subject, found))
    added = [each for each in steps_of(found) if each.kind == StepKind.ADD]
    form = StepForm(request.POST or None, kind=kind, places=places, added=added)
    if request.method == "POST" and went_well(
        form, lambda _data: add_step(by=request.subject, plan=found, kind=kind, **form.said())
    ):
        return redirect("plan", code)
    return _form(request, form, plan=found, heading=StepKind(kind).label, verb=_("Add the step"))


@require_POST
@signed_in
def step_drop(request: Asking, code: str, number: int) -> HttpResponse:
    drop_step(by=request.subject, plan=access_plan(request.subject, code), number=number)
    return redirect("plan", code)


@FORM
@signed_in
def decide(request: Asking, code: str) -> HttpResponse:
    """What it touches once more, which roles go along, and yes."""
    by = request.subject
    found = access_plan(by, code)
    steps = steps_of(found)
    outcome = _tried(request, found, steps)
    there = roles_there(outcome, steps, day_of(found))
    form = DecideForm(
        request.POST or None,
        initial={"seen": mark_of(found, there)},
        asked=there,
        steps={each.number: each for each in steps},
    )
    if request.method == "POST" and went_well(
        form, lambda data: decide_plan(by=by, plan=found, seen=data["seen"], roles=form.roles())
    ):
        messages.success(request, _decided(found))
        return redirect("plan", code)
    context = {"plan": found, "form": form, "at_once": found.day <= first_day(), **_shown(found, steps, outcome)}
    return render(request, "microtasks/plan_decide.html", context, status=422 if form.errors else 200)


def _decided(found: Plan) -> str:
    if found.day <= first_day():
        return _("“%(name)s” is in force.") % {"name": found.name}
    words = {"name": found.name, "day": written_day(found.day)}
    return _("“%(name)s” takes effect on %(day)s, by itself.") % words


@FORM
@signed_in
def turn(request: Asking, code: str, verb: str) -> HttpResponse:
    """Make it a draft again, or give it up; asked first."""
    found = access_plan(request.subject, code)
    if verb not in TURNS:
        raise Missing(_("There is no such step."), _("Look at the plan."))
    if request.method == "POST":
        TURNS[verb](by=request.subject, plan=found)
        return redirect("plan", code)
    return render(request, "microtasks/plan_turn.html", {"plan": found, "verb": verb})


TURNS = {"change": reopen_plan, "withdraw": withdraw_plan}
