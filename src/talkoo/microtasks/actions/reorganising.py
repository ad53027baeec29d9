"""A plan is decided and, on its day, carried out: all of it in one transaction, or nothing.

People and places are changed by the same actions as a single change by hand, with the rights of whoever decided it as
they are on that day; work that was offered to what ended goes to what followed.
"""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, DomainError
from talkoo.microtasks.queries.touched import RoleThere, mark_of, roles_there
from talkoo.notify.actions.telling import tell
from talkoo.people.actions.memberships import authorise_role
from talkoo.people.actions.organisations import (
    add_organisation,
    end_organisation,
    move_organisation,
    rename_organisation,
)
from talkoo.people.actions.plans import check_day, lock_plan, record_plan
from talkoo.people.actions.turns import take_turn
from talkoo.people.models import Organisation, Person, Plan, PlanState, Step, StepKind
from talkoo.people.queries import subject_of
from talkoo.people.queries.plans import day_of, expected_tree, first_day, steps_of, tree_on, tried

log = logging.getLogger(__name__)
FOLLOW = """
WITH RECURSIVE heir (ended, follows) AS (
    SELECT id, successor_id FROM people_organisation WHERE ends <= %(day)s AND successor_id IS NOT NULL
    UNION
    SELECT h.ended, o.successor_id FROM heir h JOIN people_organisation o ON o.id = h.follows
    WHERE o.ends <= %(day)s AND o.successor_id IS NOT NULL
),
gone AS (
    DELETE FROM microtasks_batch_audience a USING heir h, people_organisation o, microtasks_batch b
    WHERE a.organisation_id = h.ended AND o.id = h.follows AND (o.ends IS NULL OR o.ends > %(day)s)
      AND b.id = a.batch_id AND b.state <> 'closed' AND b.organisation_id <> h.ended
    RETURNING a.batch_id, h.follows
)
INSERT INTO microtasks_batch_audience (batch_id, organisation_id) SELECT DISTINCT batch_id, follows FROM gone
ON CONFLICT DO NOTHING
"""


@transaction.atomic
def decide_plan(*, by: Subject, plan: Plan, seen: str, roles: Mapping[int, Collection[str]]) -> Plan:
    """Decide a draft as it was seen: today's takes effect at once, a later one by itself on its day.

    `seen` is the mark of what was shown (`mark_of`). `roles` names, by the number of a step that ends an organisation,
    the roles besides contributor that go along into the heir; those held there now, and no others, are noted down.
    Raises Conflict where the plan, or who holds a role there, changed meanwhile, or a step would not go, as one that
    names what is not in the care of `by`; with its number and the remedy.
    """
    take_turn("tree")
    plan = lock_plan(by, plan)
    steps, day = steps_of(plan), day_of(plan)
    outcome = tried(by, plan, steps, expected_tree(day, plan))
    there = roles_there(outcome, steps, day)
    if plan.state != PlanState.DRAFT or seen != mark_of(plan, there):
        message = _("The plan, or who holds a role it touches, was changed after you looked at it.")
        raise Conflict(message, _("Go back and look at it again, then decide."))
    check_day(plan.day)
    if not steps:
        raise Conflict(_("This plan has no step yet."), _("Add what shall change."))
    _check(outcome.troubles)
    _keep_roles(by, plan, steps, there, roles)
    plan.decided_by_id, plan.decided, plan.reason = by.author_id, timezone.now(), ""
    plan.state = PlanState.DECIDED
    plan.save(update_fields=["decided_by", "decided", "reason", "state"])
    record_plan(by, "decided", plan, day=str(plan.day), steps=len(steps))
    if plan.day <= first_day():
        _put_in_force(by, plan)
    return plan


def _check(troubles: Mapping[int, object]) -> None:
    for number, trouble in troubles.items():
        message, remedy = trouble.message, trouble.remedy  # type: ignore[attr-defined]
        raise Conflict(_("Step %(number)d does not go: %(reason)s") % {"number": number, "reason": message}, remedy)


def _keep_roles(
    by: Subject,
    plan: Plan,
    steps: Sequence[Step],
    there: Mapping[int, Sequence[RoleThere]],
    roles: Mapping[int, Collection[str]],
) -> None:
    """Note which memberships and invitations keep their role; an administrator's goes along only by who may make them."""
    for step in steps:
        along = [each for each in there.get(step.number, ()) if each.role in roles.get(step.number, ())]
        for each in along:
            authorise_role(by, each.role, step.target or plan.organisation)
        step.roles = [str(each.role) for each in along]
        step.kept = {
            "memberships": [pk for each in along for pk in each.memberships],
            "invitations": [pk for each in along for pk in each.invitations],
        }
    Step.objects.bulk_update(steps, ["roles", "kept"])


def carry_out_due() -> int:
    """Carry out every plan whose day has come, each in a transaction of its own. Done again, nothing is left to do.

    The day begins with midnight by the clock of the house. A plan that no longer goes is held up, whole, and who
    decided it is told; so is one that fails by a mistake of ours, with the traceback in the log. One that waits too long
    for the database stays as it is and is tried again. None keeps the others back; what went wrong is raised when all
    were tried. Returns how many were looked at.
    """
    due = Plan.objects.filter(state=PlanState.DECIDED, day__lte=first_day()).order_by("day", "pk")
    waiting, failed = list(due.values_list("pk", "code")), list[Exception]()
    for pk, code in waiting:
        try:
            _carry_out(due.filter(pk=pk))
        except (OperationalError, InterfaceError) as error:
            log.exception("Plan %s could not be carried out yet", code)
            failed.append(error)
        except Exception as error:
            log.exception("Plan %s could not be carried out", code)
            failed.append(error)
            _give_up(due.filter(pk=pk))
    if failed:
        raise ExceptionGroup("Plans that could not be carried out", failed)
    return len(waiting)


@transaction.atomic
def _carry_out(due: QuerySet[Plan]) -> None:
    take_turn("tree")
    plan = due.select_for_update(of=("self",)).select_related("organisation", "decided_by").first()
    if plan is not None:
        _come(plan)


@transaction.atomic
def _give_up(due: QuerySet[Plan]) -> None:
    """What failed by a mistake of ours fails again: it waits for somebody, not for the next run."""
    plan = due.select_for_update(of=("self",)).select_related("organisation", "decided_by").first()
    if plan is not None:
        message = _("Talkoo could not carry it out: it is our mistake, and it has been written down.")
        _hold_up(None, plan, f"{message} {_('Ask who runs this Talkoo, or change the plan.')}")


def _hold_up(by: Subject | None, plan: Plan, reason: str) -> None:
    plan.state, plan.reason = PlanState.HELD_UP, reason
    plan.save(update_fields=["state", "reason"])
    record_plan(by, "held_up", plan)
    _tell(plan, "plan.held_up")


def _come(plan: Plan) -> None:
    who = plan.decided_by
    by = subject_of(who) if who is not None and who.is_active else None
    try:
        if by is None:
            raise Conflict(_("Who decided it is not here any more."), _("Change the plan, and decide it yourself."))
        with transaction.atomic():
            _put_in_force(by, plan)
    except DomainError as error:
        _hold_up(by, plan, f"{error.message} {error.remedy}".strip())


def _put_in_force(by: Subject, plan: Plan) -> None:
    """Every step in order, with the rights over what the ones before it made; raises what stands against one of them."""
    day = timezone.localdate()
    steps = steps_of(plan)
    _check(tried(by, plan, steps, tree_on(day)).troubles)
    made: dict[int, Organisation] = {}
    for step in steps:
        goal = made[step.target_step_id] if step.target_step_id else step.target
        step.was, step.went = step.about, step.to
        try:
            _CARRY_OUT[StepKind(step.kind)](by, step, goal, day)
        except DomainError as error:
            words = {"number": step.number, "reason": error.message}
            raise Conflict(_("Step %(number)d does not go: %(reason)s") % words, error.remedy) from error
        if step.made is not None:
            made[step.pk] = step.made
        by = subject_of(Person.objects.get(pk=by.person_id))
    Step.objects.bulk_update(steps, ["was", "went", "made"])
    plan.state, plan.ended = PlanState.IN_FORCE, timezone.now()
    plan.save(update_fields=["state", "ended"])
    record_plan(by, "in_force", plan, steps=len(steps), batches=_follow(day))
    _tell(plan, "plan.in_force")


def _add(by: Subject, step: Step, goal: Organisation | None, day: date) -> None:
    assert goal is not None
    step.made = add_organisation(by=by, name=step.name, parent=goal, starts=day)


def _move(by: Subject, step: Step, goal: Organisation | None, day: date) -> None:
    assert step.organisation is not None
    assert goal is not None
    move_organisation(by=by, organisation=step.organisation, parent=goal, day=day)


def _rename(by: Subject, step: Step, _goal: Organisation | None, _day: date) -> None:
    assert step.organisation is not None
    rename_organisation(by=by, organisation=step.organisation, name=step.name)


def _end(by: Subject, step: Step, goal: Organisation | None, day: date) -> None:
    assert step.organisation is not None
    place = step.organisation
    handed = end_organisation(by=by, organisation=place, successor=goal, day=day, kept=step.kept)
    for role, people in handed.lapsed.items():
        tell(
            to=people, kind="role.ended", about=("organisation", place.code), link=reverse("record"),
            once=f"role.ended:plan:{step.pk}:{role}", organisation_id=place.pk, role=role,
        )  # fmt: skip


_CARRY_OUT: Mapping[StepKind, Callable[[Subject, Step, Organisation | None, date], None]] = {
    StepKind.ADD: _add, StepKind.MOVE: _move, StepKind.RENAME: _rename, StepKind.MERGE: _end, StepKind.CLOSE: _end,
}  # fmt: skip


@transaction.atomic
def follow_successors() -> int:
    """What is offered to an organisation that ended by now is offered to the one that follows it. Returns how many.

    For ends that were dated by hand; a plan does it itself. Work of the ended organisation itself stays as it was: its
    people, wherever they are now, are found by whom it was followed by.
    """
    take_turn("tree")
    batches = _follow(timezone.localdate())
    if batches:
        audit.record(by=None, action="microtasks.audience.followed", on=("organisation", ""), batches=batches)
    return batches


def _follow(day: date) -> int:
    with connection.cursor() as cursor:
        cursor.execute(FOLLOW, {"day": day})
        found: int = cursor.rowcount
    return found


def _tell(plan: Plan, kind: str) -> None:
    people = [pk for pk in (plan.decided_by_id, plan.made_by_id) if pk is not None]
    tell(
        to=people, kind=kind, about=("plan", plan.code), link=reverse("plan", args=[plan.code]),
        once=f"{kind}:{plan.code}:{plan.edition}", organisation_id=plan.organisation_id,
    )  # fmt: skip
