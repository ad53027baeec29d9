"""People and roles that a reorganisation touches: shown only to who looks after them, and what goes along is what was seen."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.models import Token
from talkoo.access.permissions import Role
from talkoo.lib.errors import Conflict
from talkoo.microtasks.actions.reorganising import decide_plan
from talkoo.notify.models import Notice
from talkoo.people.actions.organisations import move_organisation
from talkoo.people.actions.plans import withdraw_plan
from talkoo.people.models import Invitation, Membership, Person, Plan
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch
from tests.microtasks.town import Town, comes, day, decided, planned, said_of, seen, there
from tests.people import enters, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return Town()


def invited(email, place):
    return Invitation.objects.create(token_hash=email, email=email, organisation=place, role=Role.TASK_OWNER,
                                     expires=timezone.now() + timedelta(days=9))  # fmt: skip


def signed_in(by):
    return enters(Client(), Person.objects.get(pk=by.person_id))


def test_what_left_the_care_of_a_planner_is_a_trouble_and_nobody_there_is_counted_or_named(town):
    by = subject("Sami", town.north, Role.ADMINISTRATOR)
    person("Kai", town.parks, Role.COORDINATOR)
    invited("guest@b.example", town.parks)
    merge = {"kind": "merge", "organisation": town.parks, "target": town.streets}
    draft, waiting = (planned(town, merge, by=by, about=town.north) for _each in range(2))
    decided(waiting, by)
    withdrawn, page = planned(town, merge, by=by, about=town.north), reverse("plan_decide", args=[draft.code])
    Plan.objects.filter(pk=draft.pk).update(day=day(20))
    withdraw_plan(by=by, plan=withdrawn)
    draft.refresh_from_db()
    shown = signed_in(by).get(page).content.decode()
    assert "Kai" in shown
    assert "guest@b.example" in shown
    before = seen(draft, by)
    move_organisation(by=town.chief, organisation=town.parks, parent=town.south, day=day(0))
    by = subject_of(Person.objects.get(pk=by.person_id))
    for each in (draft, withdrawn):
        shown = signed_in(by).get(reverse("plan_decide", args=[each.code])).content.decode()
        assert "Kai" not in shown
        assert "guest@b.example" not in shown
    shown = signed_in(by).get(reverse("plan", args=[draft.code])).content.decode()
    assert "“Parks” is outside what this plan can change." in shown
    assert said_of(draft, by) == []
    with pytest.raises(Conflict, match="changed after you looked"):
        decide_plan(by=by, plan=draft, seen=before, roles={})
    with pytest.raises(Conflict, match="outside what this plan can change"):
        decided(draft, by)
    assert there(draft, town.chief) == {}, "nor does whoever looks after both change it in a plan about one of them"
    assert comes(waiting).state == "held_up"
    assert "outside what this plan can change" in waiting.reason


def test_a_role_that_was_given_after_the_look_does_not_go_along_unseen(town):
    person("Kai", town.parks, Role.COORDINATOR)
    plan = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south})
    client, where = signed_in(town.chief), reverse("plan_decide", args=[plan.code])
    before = client.get(where).context["form"]["seen"].value()
    late = person("Late", town.parks, Role.COORDINATOR)
    answer = client.post(where, {"seen": before, "role-1-coordinator": "along"})
    assert answer.status_code == 422
    assert "was changed after you looked at it" in answer.content.decode()
    between = client.get(where).context["form"]["seen"].value()
    invited("guest@b.example", town.parks)
    with pytest.raises(Conflict, match="changed after you looked"):
        decide_plan(by=town.chief, plan=plan, seen=between, roles={1: ["coordinator"]})
    again = client.get(where).context["form"]["seen"].value()
    assert (
        client.post(where, {"seen": again, "role-1-coordinator": "along", "role-1-task_owner": "ends"}).status_code
        == 302
    )
    kept = plan.steps.get().kept
    assert Membership.objects.get(person=late, role=Role.COORDINATOR).pk in kept["memberships"]
    assert kept["invitations"] == [], "nobody ticked what the guest was invited to"


def test_a_decision_chooses_for_each_role_and_its_page_and_the_tree_say_what_was_chosen(town):
    person("Kai", town.parks, Role.COORDINATOR)
    person("Olga", town.parks, Role.TASK_OWNER)
    plan = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south})
    client, where = signed_in(town.chief), reverse("plan_decide", args=[plan.code])
    seen = client.get(where).context["form"]["seen"].value()
    half = client.post(where, {"seen": seen, "role-1-coordinator": "along"})
    assert half.status_code == 422
    assert "Choose whether it goes along or ends." in half.content.decode()
    both = {"seen": seen, "role-1-coordinator": "along", "role-1-task_owner": "ends"}
    assert client.post(where, both).status_code == 302
    shown = client.get(reverse("plan", args=[plan.code])).content.decode()
    assert "Coordinator goes along to South: Kai." in shown
    assert "Task owner ends; they stay as contributors in South: Olga." in shown
    assert "asked with the decision" not in shown
    assert "is decided and takes effect on" in client.get(reverse("organisations")).content.decode()
    assert comes(plan).state == "in_force"
    assert (
        "Task owner ends; they stay as contributors in South: Olga."
        in client.get(reverse("plan", args=[plan.code])).content.decode()
    )
    assert "is decided and takes effect on" not in client.get(reverse("organisations")).content.decode()


def test_an_organisation_is_not_offered_itself_or_its_own_units_to_go_to(town):
    for name in ("organisation_move", "organisation_end"):
        shown = signed_in(town.chief).get(reverse(name, args=[town.parks.code])).content.decode()
        assert f'value="{town.south.code}"' in shown
        assert f'value="{town.parks.code}"' not in shown


@pytest.mark.parametrize("bad", ["", "9" * 40, "\0", "x", "a" * 100_000])
def test_a_mark_that_no_page_gave_is_a_change_meanwhile_and_names_no_hidden_field(town, bad):
    plan = planned(town, {"kind": "rename", "organisation": town.parks, "name": "Green"})
    answer = signed_in(town.chief).post(reverse("plan_decide", args=[plan.code]), {"seen": bad, "other": "1"})
    assert answer.status_code == 422
    form = answer.context["form"]
    assert list(form.errors) == ["__all__"]
    assert "was changed after you looked at it" in form.non_field_errors()[0]


def test_roles_go_along_only_if_they_were_asked_for_and_held_when_it_was_decided(town):
    kai, owner = person("Kai", town.parks, Role.COORDINATOR), person("Owner", town.parks, Role.TASK_OWNER)
    Membership.objects.filter(person=owner, role=Role.CONTRIBUTOR).delete()
    guest = Invitation.objects.create(token_hash="a", email="a@b.example", organisation=town.parks,
                                      role=Role.TASK_OWNER, expires=timezone.now() + timedelta(days=9))  # fmt: skip
    plan = planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south})
    assert [(each.role, each.named) for each in there(plan, town.chief)[1]] == [
        ("task_owner", "Owner, a@b.example (invited)"), ("coordinator", "Kai"),
    ]  # fmt: skip
    decided(plan, town.chief, {1: ["coordinator"]})
    late = person("Late", town.parks, Role.COORDINATOR)
    assert comes(plan).state == "in_force", plan.reason

    def now(who):
        held = Membership.objects.filter(person=who, ends__isnull=True)
        return set(held.values_list("organisation__name", "role"))

    assert now(kai) == {("South", "contributor"), ("South", "coordinator")}
    assert now(owner) == {("South", "contributor")}, "their role ended; they did not get lost"
    assert now(late) == {("South", "contributor")}, "given after it was decided, so nobody said it goes along"
    guest.refresh_from_db()
    assert (guest.organisation, guest.role) == (town.south, "contributor")
    told = Notice.objects.filter(kind="role.ended").values_list("person__name", "facts__role")
    assert set(told) == {("Owner", "task_owner"), ("Late", "coordinator")}


def test_who_is_in_both_keeps_one_place_for_as_long_as_either_lasts(town):
    short, soon, twice = (person(name, town.parks) for name in ("Short", "Soon", "Twice"))
    Membership.objects.create(person=short, organisation=town.south, role=Role.CONTRIBUTOR, starts=day(-9), ends=day(5))
    Membership.objects.create(person=soon, organisation=town.south, role=Role.CONTRIBUTOR, starts=day(5))
    Membership.objects.create(person=twice, organisation=town.south, role=Role.CONTRIBUTOR, starts=day(-9))
    planned_there = person("Planned", town.region)
    Membership.objects.create(person=planned_there, organisation=town.parks, role=Role.CONTRIBUTOR, starts=day(7))
    decided(planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south}, when=0), town.chief)

    def held_there(who):
        held = Membership.objects.filter(person=who, organisation=town.south).order_by("starts")
        return [(each.starts, each.ends) for each in held]

    assert held_there(short) == [(day(-9), day(5)), (day(5), None)]
    assert held_there(soon) == [(day(0), None)]
    assert held_there(twice) == [(day(-9), None)]
    assert held_there(planned_there) == [(day(7), None)]
    assert not Membership.objects.filter(organisation=town.parks, ends__isnull=True).exists()


def test_what_a_step_touches_is_counted_before_it_is_decided(town):
    for number in range(3):
        person(f"Clerk {number}", town.parks, *[Role.COORDINATOR][:number])
    subject("Nora", town.north, Role.COORDINATOR)
    subject("Sven", town.south, Role.AUDITOR)
    open_batch(subject("Olga", town.south, Role.TASK_OWNER), town.south).audience.set([town.south])
    Token.objects.create(
        name="Case system", hash="h", organisation=town.parks, scopes=[], expires=timezone.now() + timedelta(days=9)
    )
    move = planned(town, {"kind": "move", "organisation": town.parks, "target": town.south})
    assert said_of(move, town.chief) == [
        "3 people move with it and keep every role.",
        "2 roles held above reach it from then on, and did not before.",
        "1 role held above no longer reaches it.",
        "1 more batch is offered to its people.",
    ]
    merge = said_of(planned(town, {"kind": "merge", "organisation": town.parks, "target": town.south}), town.chief)
    assert merge[0] == "3 people go over to South as contributors."
    assert "2 roles besides contributor are held there. Which of them go along is asked with the decision." in merge
    assert "1 service token ends; make a new one in South." in merge
