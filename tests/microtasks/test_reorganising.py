"""A reorganisation as one plan: denial first, then its day, on which all of it happens or nothing does."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.lib.lives import BEGINS
from talkoo.microtasks.actions.reorganising import carry_out_due, decide_plan, follow_successors
from talkoo.microtasks.jobs import reorganise
from talkoo.microtasks.models import Batch
from talkoo.notify.models import Notice
from talkoo.people.actions.organisations import add_organisation, end_organisation, move_organisation
from talkoo.people.actions.plans import (
    add_step,
    begin_plan,
    drop_step,
    edit_plan,
    reopen_plan,
    withdraw_plan,
)
from talkoo.people.models import Membership, Person, Plan, Step
from talkoo.people.queries import subject_of
from talkoo.people.queries.plans import seen_plans, steps_of, tree_on
from talkoo.people.queries.reshaping import reshape
from talkoo.people.states import LIVES, page
from tests import watching
from tests.architecture.sources import ROOT
from tests.microtasks.made import open_batch
from tests.microtasks.town import Town, comes, day, decided, planned, said_of, seen, shape
from tests.people import person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_nobody_but_an_administrator_plans_or_sees_a_plan(town, role):
    plan, by = (
        planned(town, {"kind": "rename", "organisation": town.parks, "name": "Green"}),
        subject("No", town.region, role),
    )
    assert not seen_plans(by)
    with pytest.raises(Denied):
        begin_plan(by=by, name="Mine", organisation=town.north, day=day(1))
    for act in (lambda: withdraw_plan(by=by, plan=plan), lambda: drop_step(by=by, plan=plan, number=1),
                lambda: edit_plan(by=by, plan=plan, name="x", day=day(2)), lambda: decided(plan, by)):  # fmt: skip
        with pytest.raises(Missing):
            act()


def test_a_plan_of_one_town_touches_nothing_of_another(town):
    by = subject("Sami", town.north, Role.ADMINISTRATOR)
    plan = planned(town, by=by, about=town.north)
    with pytest.raises(Invalid):
        add_step(by=by, plan=plan, kind="move", organisation=town.parks, target=town.south)
    with pytest.raises(Invalid):
        add_step(by=by, plan=plan, kind="rename", organisation=town.region, name="Mine")
    assert not seen_plans(subject("Sofia", town.south, Role.ADMINISTRATOR))


def test_a_plan_is_tried_before_it_is_decided_and_nothing_is_touched_until_its_day(town):
    before = shape()
    plan = planned(town, {"kind": "move", "organisation": town.north, "target": town.parks})
    with pytest.raises(Conflict, match="Step 1 does not go"):
        decided(plan, town.chief)
    with pytest.raises(Conflict, match="no step"):
        decided(planned(town), town.chief)
    with pytest.raises(Invalid):
        begin_plan(by=town.chief, name="Late", organisation=town.north, day=day(-1))
    drop_step(by=town.chief, plan=plan, number=plan.steps.get().pk)
    add_step(by=town.chief, plan=plan, kind="move", organisation=town.parks, target=town.south)
    assert decided(plan, town.chief).state == "decided"
    assert carry_out_due() == 0
    assert shape() == before


def test_what_was_changed_after_the_look_is_not_decided(town):
    plan = planned(town, {"kind": "rename", "organisation": town.parks, "name": "Green"})
    before = seen(plan, town.chief)
    add_step(by=town.chief, plan=plan, kind="move", organisation=town.parks, target=town.south)
    with pytest.raises(Conflict, match="changed after you looked"):
        decide_plan(by=town.chief, plan=plan, seen=before, roles={})


def test_on_its_day_every_step_happens_once_and_what_was_is_remembered(town):
    plan = planned(town, {"kind": "add", "target": town.north, "name": "Works"})
    new = plan.steps.get()
    for each in ({"kind": "merge", "organisation": town.parks, "target_step": new},
                 {"kind": "close", "organisation": town.streets, "target_step": new},
                 {"kind": "rename", "organisation": town.north, "name": "North City"},
                 {"kind": "move", "organisation": town.south, "target": town.north}):  # fmt: skip
        add_step(by=town.chief, plan=plan, **each)
    clerk = person("Clerk", town.parks)
    decided(plan, town.chief)
    assert comes(plan).state == "in_force", plan.reason
    assert carry_out_due() == 0
    assert shape() == {"Region": None, "North City": "Region", "South": "North City", "Works": "North City"}
    assert subject_of(clerk).organisation_name == "Works"
    past = clerk.memberships.order_by("pk").values_list("organisation__name", "ends")
    assert list(past) == [("Parks", day(0)), ("Works", None)]
    assert {node.name for node in tree_on(day(-1)).values()} == {"Region", "North", "South", "Parks", "Streets"}
    assert Notice.objects.filter(kind="plan.in_force", person=town.chief.person_id).count() == 1
    happened = [each.about for each in steps_of(plan)]
    assert happened == ["Works", "Parks", "Streets", "North", "South"]
    assert Event.objects.filter(action="people.plan.in_force", code=plan.code).count() == 1


def test_if_one_step_no_longer_goes_nothing_is_done_and_the_planner_hears_what_to_mend(town):
    plan = planned(town, {"kind": "rename", "organisation": town.south, "name": "South City"},
                   {"kind": "move", "organisation": town.parks, "target": town.south})  # fmt: skip
    decided(plan, town.chief)
    end_organisation(by=town.chief, organisation=town.parks, successor=town.streets)
    assert comes(plan).state == "held_up"
    assert "Step 2 does not go" in plan.reason
    assert "Take this step out" in plan.reason
    assert shape()["South"] == "Region"
    assert Notice.objects.filter(kind="plan.held_up", person=town.chief.person_id).exists()
    reopen_plan(by=town.chief, plan=plan)
    drop_step(by=town.chief, plan=plan, number=plan.steps.get(number=2).pk)
    assert decided(plan, town.chief).state == "in_force", "its day is today, so it happens at once"
    assert "South City" in shape()


def test_a_plan_goes_with_the_rights_of_its_day(town):
    other = subject("Olli", town.region, Role.ADMINISTRATOR)
    lost, left = (
        planned(town, {"kind": "rename", "organisation": town.parks, "name": name}, by=other) for name in ("A", "B")
    )
    decided(lost, other)
    decided(left, other)
    Membership.objects.filter(person=other.person_id, role=Role.ADMINISTRATOR).update(ends=day(0))
    assert comes(lost).state == "held_up"
    Person.objects.filter(pk=other.person_id).update(is_active=False)
    assert comes(left).state == "held_up"
    assert "not here any more" in left.reason
    assert "Parks" in shape()


def test_what_was_offered_to_it_is_offered_to_its_heir_and_its_own_work_stays_its_own(town):
    owner = subject("Olga", town.south, Role.TASK_OWNER)
    theirs = open_batch(owner, town.south)
    own = open_batch(subject("Pia", town.parks, Role.TASK_OWNER), town.parks)
    closed = open_batch(owner, town.south, state="closed")
    for batch in (theirs, own, closed):
        batch.audience.set([town.parks])
    theirs.audience.add(town.streets)
    plan = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.streets}, when=0)
    assert "2 batches offered there are offered to everybody in Streets." in said_of(plan, town.chief)
    decided(plan, town.chief)
    offered = {batch.pk: {place.name for place in batch.audience.all()} for batch in Batch.objects.all()}
    assert offered == {theirs.pk: {"Streets"}, own.pk: {"Parks"}, closed.pk: {"Parks"}}
    assert Batch.objects.get(pk=own.pk).organisation == town.parks
    assert follow_successors() == 0


def test_an_end_that_was_dated_by_hand_is_followed_on_its_day(town):
    theirs = open_batch(subject("Olga", town.south, Role.TASK_OWNER), town.south)
    theirs.audience.set([town.parks])
    for gone, heir in ((town.parks, town.streets), (town.streets, town.south)):
        end_organisation(by=town.chief, organisation=gone, successor=heir)
    assert follow_successors() == 1
    assert [place.name for place in theirs.audience.all()] == ["South"]


def test_other_plans_that_come_first_are_reckoned_with(town):
    first = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south}, when=10)
    decided(first, town.chief)
    then = planned(town, {"kind": "rename", "organisation": town.parks, "name": "Green"}, when=20)
    with pytest.raises(Conflict, match="does not exist on that day"):
        decided(then, town.chief)
    withdraw_plan(by=town.chief, plan=first)
    assert decided(then, town.chief).state == "decided"


def test_a_step_that_another_needs_is_not_taken_out_and_numbers_close_up(town):
    plan = planned(town, {"kind": "add", "target": town.north, "name": "Works"},
                   {"kind": "rename", "organisation": town.south, "name": "South City"})  # fmt: skip
    new = plan.steps.get(number=1)
    add_step(by=town.chief, plan=plan, kind="merge", organisation=town.parks, target_step=new)
    with pytest.raises(Conflict, match="Step 3 needs"):
        drop_step(by=town.chief, plan=plan, number=new.pk)
    drop_step(by=town.chief, plan=plan, number=plan.steps.get(number=2).pk)
    with pytest.raises(Missing):
        drop_step(by=town.chief, plan=plan, number=999_999)
    assert list(plan.steps.values_list("number", "kind")) == [(1, "add"), (2, "merge")]
    with pytest.raises(Missing):
        add_step(by=town.chief, plan=planned(town), kind="merge", organisation=town.parks, target_step=new)


def test_what_the_database_refuses_of_one_plan_is_logged_holds_it_up_and_keeps_no_other_back(town, caplog, monkeypatch):
    refused = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south})
    goes = planned(town, {"kind": "rename", "organisation": town.south, "name": "South City"})
    decided(refused, town.chief)
    decided(goes, town.chief)
    end_organisation(by=town.chief, organisation=town.streets, successor=town.south)
    batch = open_batch(subject("Olga", town.south, Role.TASK_OWNER), town.south)
    batch.audience.set([town.streets])
    Plan.objects.update(day=day(0))
    refused.steps.update(kept={"memberships": ["no number"], "invitations": []})
    with pytest.raises(ExceptionGroup) as raised:
        reorganise(0)
    (error,) = raised.value.exceptions
    assert isinstance(error, DatabaseError)
    record = next(each for each in caplog.records if refused.code in each.getMessage())
    assert record.exc_info, "with the traceback"
    states = dict(Plan.objects.values_list("code", "state"))
    assert states == {refused.code: "held_up", goes.code: "in_force"}
    assert [place.name for place in batch.audience.all()] == ["South City"], "ends by hand are followed all the same"
    refused.refresh_from_db()
    assert "our mistake" in refused.reason
    assert Notice.objects.filter(kind="plan.held_up", person=town.chief.person_id).exists()
    reorganise(0)


def test_what_is_recorded_for_later_stands_against_a_plan_before_it_holds_it_up(town):
    """South comes below Parks later: North cannot go below South before, nor Streets, to which a unit comes, just close."""
    move_organisation(by=town.chief, organisation=town.south, parent=town.parks, day=day(50))
    boats = add_organisation(by=town.chief, name="Boats", parent=town.streets, starts=day(60))
    for step in ({"kind": "move", "organisation": town.north, "target": town.south},
                 {"kind": "merge", "organisation": town.parks, "target": town.south},
                 {"kind": "close", "organisation": town.streets}):  # fmt: skip
        with pytest.raises(Conflict, match="Step 1 does not go"):
            decided(planned(town, step, when=10), town.chief)
    heir = {"kind": "close", "organisation": town.streets, "target": town.south}
    first = decided(planned(town, heir, when=10), town.chief)
    then = {"kind": "close", "organisation": town.south}
    with pytest.raises(Conflict, match="still belong"):
        decided(planned(town, then, when=20), town.chief)
    assert comes(first).state == "in_force", first.reason
    assert boats.placements.get().parent == town.south


def test_people_of_a_plan_work_only_on_drafts(town):
    plan = planned(town, {"kind": "rename", "organisation": town.parks, "name": "Green"}, when=0)
    decided(plan, town.chief)
    for act in (lambda: withdraw_plan(by=town.chief, plan=plan), lambda: reopen_plan(by=town.chief, plan=plan),
                lambda: edit_plan(by=town.chief, plan=plan, name="x", day=day(1)),
                lambda: drop_step(by=town.chief, plan=plan, number=Step.objects.get().pk)):  # fmt: skip
        with pytest.raises(Conflict):
            act()


# Two at once


def _in_turn(*acts):
    """Each at the same time, in a connection of its own; what each raised, None for what went well."""

    def run(act):
        try:
            act()
        except Conflict as error:
            return error
        except Invalid as error:
            return error
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.django_db(transaction=True)
def test_a_plan_and_a_move_by_hand_and_another_plan_take_turns(django_db_setup):
    """North below South by a plan, South below North by hand: whoever is second is refused, and the tree stays one."""
    town = Town()
    plan = planned(town, {"kind": "move", "organisation": town.north, "target": town.south}, when=0)
    other = planned(town, {"kind": "move", "organisation": town.south, "target": town.parks}, when=0)
    said = _in_turn(
        lambda: decided(plan, town.chief),
        lambda: move_organisation(by=town.chief, organisation=town.south, parent=town.north, day=day(0)),
        lambda: decided(other, town.chief),
    )
    assert said.count(None) >= 1
    assert any(said), "one of them makes a circle with another"
    tree = tree_on(day(0))
    assert len(reshape(tree, []).after) == 5
    assert {node.name for node in tree.values() if node.parent is None} == {"Region"}


@pytest.mark.django_db(transaction=True)
def test_two_workers_carry_a_plan_out_once(django_db_setup):
    town = Town()
    person("Clerk", town.parks)
    plan = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south})
    decided(plan, town.chief)
    Plan.objects.update(day=day(0))
    assert _in_turn(carry_out_due, carry_out_due, carry_out_due) == [None, None, None]
    plan.refresh_from_db()
    assert plan.state == "in_force"
    assert Membership.objects.filter(organisation=town.south).count() == 1
    assert Event.objects.filter(action="people.plan.in_force", code=plan.code).count() == 1


# Its life


def test_every_state_has_a_way_in_somebody_who_moves_it_on_and_a_way_out():
    (life,) = LIVES
    assert set(life.waits_for) == set(life.states.values) == {way.target for way in life.ways}
    assert set(life.states.values) - life.final <= {way.source for way in life.ways}
    assert BEGINS in {way.source for way in life.ways}


def test_the_page_of_reference_is_made_of_this_table():
    assert (ROOT / "docs" / "reference" / "states-of-organisations.md").read_text() == page()


@pytest.mark.django_db(transaction=True)
def test_states_change_in_the_declared_ways_and_each_of_them_is_gone(django_db_setup):
    town = Town()
    with watching.states_of("people", LIVES):
        renamed = {"kind": "rename", "organisation": town.parks, "name": "Green"}
        gone = [planned(town, renamed) for _each in range(3)]
        decided(gone[0], town.chief)
        withdraw_plan(by=town.chief, plan=gone[0])
        withdraw_plan(by=town.chief, plan=gone[1])
        decided(gone[2], town.chief)
        reopen_plan(by=town.chief, plan=gone[2])
        decided(gone[2], town.chief)
        end_organisation(by=town.chief, organisation=town.parks, successor=town.streets)
        assert comes(gone[2]).state == "held_up"
        reopen_plan(by=town.chief, plan=gone[2])
        held = planned(town, {"kind": "rename", "organisation": town.streets, "name": "Roads"})
        decided(held, town.chief)
        Membership.objects.filter(person=town.chief.person_id, role=Role.ADMINISTRATOR).update(ends=day(0))
        comes(held)
        Membership.objects.filter(person=town.chief.person_id, role=Role.ADMINISTRATOR).update(ends=None)
        withdraw_plan(by=town.chief, plan=held)
        decided(planned(town, {"kind": "rename", "organisation": town.south, "name": "S"}, when=0), town.chief)
        assert watching.seen() == watching.declared("people", LIVES)
