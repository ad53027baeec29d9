"""Roles and accounts: who may give them, who may take them, and that an administrator is always left."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing, StepUp
from talkoo.people.actions.invitations import invite_person
from talkoo.people.actions.many import invite_many
from talkoo.people.actions.memberships import end_role, grant_role
from talkoo.people.actions.organisations import end_organisation
from talkoo.people.actions.persons import add_person, deactivate_person, edit_profile, reactivate_person
from talkoo.people.models import Membership, Organisation, Person
from talkoo.people.queries import subject_of
from tests.people import by_password, organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def south(region):
    return organisation("Southtown", region)


@pytest.fixture
def coordinator(north):
    return subject("Kaisa", north, Role.COORDINATOR)


@pytest.fixture
def clerk(north):
    return person("Carl", north)


@pytest.mark.parametrize(
    "role", [Role.CONTRIBUTOR, Role.TASK_OWNER, Role.SECURITY_OFFICER, Role.AUDITOR, Role.WORKS_COUNCIL]
)
def test_other_roles_give_and_take_nothing(role, north, clerk):
    by = subject("Nobody", north, role)
    with pytest.raises(Denied):
        grant_role(by=by, person=clerk, organisation=north, role=Role.TASK_OWNER)
    with pytest.raises(Denied):
        end_role(by=by, membership=clerk.memberships.get())
    with pytest.raises(Denied):
        add_person(by=by, email="x@y.example", name="X", organisation=north)
    with pytest.raises(Missing):
        deactivate_person(by=by, person=clerk)
    assert clerk.memberships.filter(ends__isnull=True).count() == 1


def test_a_coordinator_reaches_neither_people_nor_roles_of_another_town(coordinator, north, south):
    stranger = person("Otto", south, Role.TASK_OWNER)
    with pytest.raises(Denied):
        grant_role(by=coordinator, person=stranger, organisation=south, role=Role.COORDINATOR)
    with pytest.raises(Missing):
        grant_role(by=coordinator, person=stranger, organisation=north, role=Role.CONTRIBUTOR)
    with pytest.raises(Denied):
        end_role(by=coordinator, membership=stranger.memberships.get(role=Role.TASK_OWNER))
    with pytest.raises(Missing):
        deactivate_person(by=coordinator, person=stranger)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY_OFFICER, Role.AUDITOR, Role.WORKS_COUNCIL])
def test_only_an_administrator_gives_and_takes_what_guards_or_watches(coordinator, region, north, clerk, role):
    with pytest.raises(Denied):
        grant_role(by=coordinator, person=clerk, organisation=north, role=role)
    chief = subject("Aino", region, Role.ADMINISTRATOR)
    held = grant_role(by=chief, person=clerk, organisation=north, role=role)
    with pytest.raises(Denied):
        end_role(by=coordinator, membership=held)
    with pytest.raises(Denied):
        deactivate_person(by=coordinator, person=clerk)
    assert end_role(by=chief, membership=held).ends == timezone.localdate()


@pytest.mark.parametrize("role", [role for role in Role if role not in {Role.CONTRIBUTOR, Role.TASK_OWNER}])
def test_by_a_password_alone_nobody_gives_or_takes_a_role_beyond_ones_own_work(region, north, clerk, role):
    office = organisation("Office", north)
    by = by_password(subject("Aino", region, Role.ADMINISTRATOR, Role.COORDINATOR))
    held = Membership.objects.create(person=clerk, organisation=north, role=role)
    Membership.objects.create(person=clerk, organisation=office, role=role)
    for act in (
        lambda: grant_role(by=by, person=clerk, organisation=region, role=role),
        lambda: end_role(by=by, membership=held),
        lambda: invite_person(by=by, email="x@y.example", organisation=north, site="http://x", role=role),
        lambda: invite_many(by=by, addresses="x@y.example", organisation=north, site="http://x", role=role),
        lambda: end_organisation(by=by, organisation=office, successor=region),
        lambda: deactivate_person(by=by, person=clerk),
    ):
        with pytest.raises(StepUp):
            act()
    grant_role(by=by, person=clerk, organisation=region, role=Role.TASK_OWNER)


def test_a_coordinator_who_signed_in_by_password_is_led_to_a_second_factor(north, clerk):
    client = Client()
    client.force_login(person("Kaisa", north, Role.COORDINATOR))
    said = {"role": Role.COORDINATOR, "organisation": north.code, "starts": str(timezone.localdate())}
    reply = client.post(reverse("role_grant", args=[clerk.code]), said)
    assert reply.status_code == 403
    assert "Give a second factor" in reply.text
    assert client.post(reverse("role_grant", args=[clerk.code]), {**said, "role": "task_owner"}).status_code == 302


def test_a_role_that_is_given_holds_at_once_and_is_written_down(coordinator, north, clerk):
    grant_role(by=coordinator, person=clerk, organisation=north, role=Role.TASK_OWNER)
    assert subject_of(clerk).holds(Role.TASK_OWNER)
    event = Event.objects.get(action="people.membership.granted")
    assert (event.actor_id, event.code, event.facts["role"]) == (coordinator.person_id, clerk.code, "task_owner")


def test_a_role_given_twice_or_overlapping_is_refused(coordinator, north, clerk):
    day = timezone.localdate()
    grant_role(
        by=coordinator,
        person=clerk,
        organisation=north,
        role=Role.COORDINATOR,
        starts=day + timedelta(10),
        ends=day + timedelta(20),
    )
    with pytest.raises(Conflict):
        grant_role(by=coordinator, person=clerk, organisation=north, role=Role.COORDINATOR)
    assert grant_role(by=coordinator, person=clerk, organisation=north, role=Role.COORDINATOR, ends=day + timedelta(10))


def test_a_role_that_would_end_before_it_begins_is_refused(coordinator, north, clerk):
    day = timezone.localdate()
    with pytest.raises(Invalid):
        grant_role(
            by=coordinator, person=clerk, organisation=north, role=Role.TASK_OWNER, starts=day, ends=day - timedelta(1)
        )


def test_a_role_ends_at_once_may_be_given_again_and_does_not_end_twice(coordinator, north, clerk):
    held = grant_role(by=coordinator, person=clerk, organisation=north, role=Role.TASK_OWNER)
    end_role(by=coordinator, membership=held)
    assert not subject_of(clerk).holds(Role.TASK_OWNER)
    with pytest.raises(Conflict):
        end_role(by=coordinator, membership=held)
    grant_role(by=coordinator, person=clerk, organisation=north, role=Role.TASK_OWNER)
    assert subject_of(clerk).holds(Role.TASK_OWNER)


def test_a_planned_role_that_is_ended_never_begins(coordinator, north, clerk):
    later = timezone.localdate() + timedelta(30)
    held = grant_role(by=coordinator, person=clerk, organisation=north, role=Role.TASK_OWNER, starts=later)
    held = end_role(by=coordinator, membership=held)
    assert held.starts == held.ends == later
    assert not subject_of(clerk, later).holds(Role.TASK_OWNER)


def test_the_last_administrator_stays(region, north):
    chief = subject("Aino", region, Role.ADMINISTRATOR)
    local = subject("Niina", north, Role.ADMINISTRATOR)
    held = Membership.objects.get(person=chief.person_id, role=Role.ADMINISTRATOR)
    with pytest.raises(Conflict, match="without an administrator"):
        end_role(by=chief, membership=held)
    end_role(by=chief, membership=Membership.objects.get(person=local.person_id, role=Role.ADMINISTRATOR))
    second = person("Second", region, Role.ADMINISTRATOR)
    with pytest.raises(Conflict):
        deactivate_person(by=chief, person=Person.objects.get(pk=chief.person_id))
    deactivate_person(by=chief, person=second)
    with pytest.raises(Conflict, match="without an administrator"):
        end_role(by=chief, membership=held)


def test_an_administrator_with_an_end_date_does_not_count_as_one_who_stays(region):
    chief = subject("Aino", region, Role.ADMINISTRATOR)
    person("Guest", region, Role.ADMINISTRATOR).memberships.update(ends=timezone.localdate() + timedelta(7))
    with pytest.raises(Conflict):
        end_role(by=chief, membership=Membership.objects.get(person=chief.person_id, role=Role.ADMINISTRATOR))


def test_somebody_of_two_towns_is_closed_only_by_who_looks_after_both(coordinator, region, south, clerk):
    Membership.objects.create(person=clerk, organisation=south, role=Role.CONTRIBUTOR)
    with pytest.raises(Denied):
        deactivate_person(by=coordinator, person=clerk)
    deactivate_person(by=subject("Dora", region, Role.COORDINATOR), person=clerk)
    clerk.refresh_from_db()
    assert not clerk.is_active


def test_an_account_closes_and_opens_once(coordinator, clerk):
    deactivate_person(by=coordinator, person=clerk)
    with pytest.raises(Conflict):
        deactivate_person(by=coordinator, person=clerk)
    reactivate_person(by=coordinator, person=clerk)
    with pytest.raises(Conflict):
        reactivate_person(by=coordinator, person=clerk)
    assert subject_of(clerk).holds(Role.CONTRIBUTOR)


@pytest.mark.parametrize(
    "email",
    ["", "no", "a@b", "two words@x.example", "ü@x.example", "x" * 250 + "@x.example", "a@x.example\nBcc: b@x.example"],
)
def test_an_address_that_is_none_is_refused(coordinator, north, email):
    with pytest.raises(Invalid) as refused:
        add_person(by=coordinator, email=email, name="X", organisation=north)
    assert "email" in refused.value.fields


def test_an_address_is_taken_once_whatever_its_case(coordinator, north):
    add_person(by=coordinator, email="Eva@Town.example", name="Eva", organisation=north)
    with pytest.raises(Conflict):
        add_person(by=coordinator, email="eva@town.EXAMPLE", name="Eva", organisation=north)
    assert Person.objects.filter(email="eva@town.example").count() == 1


def test_somebody_edits_only_what_they_say_of_themselves(clerk):
    edit_profile(by=subject_of(clerk), name="<b>Carl</b>\u202e  Clerk", title="")
    clerk.refresh_from_db()
    assert (clerk.name, clerk.title) == ("<b>Carl</b> Clerk", "")


def test_somebody_without_any_role_stays_in_the_care_of_their_last_organisation(coordinator, south, clerk):
    end_role(by=coordinator, membership=clerk.memberships.get())
    with pytest.raises(Missing):
        deactivate_person(by=subject("Sami", south, Role.COORDINATOR), person=clerk)
    deactivate_person(by=coordinator, person=clerk)
    clerk.refresh_from_db()
    assert not clerk.is_active


def test_a_role_given_while_an_organisation_ends_does_not_stay_behind_in_it(region):
    """What whoever gives it read before is not believed: the end is looked at again once the row stands."""
    gone, heir = organisation("Gone", region), organisation("Heir", region)
    chief, clerk = subject("Aino", region, Role.ADMINISTRATOR), person("Clerk", region)
    read_before = Organisation.objects.get(pk=gone.pk)
    end_organisation(by=chief, organisation=gone, successor=heir)
    with pytest.raises(Conflict, match="ended"):
        grant_role(by=chief, person=clerk, organisation=read_before, role=Role.CONTRIBUTOR)
    assert not clerk.memberships.filter(organisation=gone).exists()
