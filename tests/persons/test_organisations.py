"""The dated tree, written: denial first, then moves and ends with their dates."""

from datetime import timedelta

import pytest
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.notify.models import Endpoint, Happening
from talkoo.people.actions.organisations import (
    add_organisation,
    end_organisation,
    move_organisation,
    rename_organisation,
)
from talkoo.people.models import Invitation, Membership, Organisation, Person, Placement
from talkoo.people.queries import subject_of
from tests.people import organisation, person, subject

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
def office(north):
    return organisation("Office", north)


@pytest.fixture
def chief(region, north, south, office):
    """An administrator of the whole region."""
    return subject("Aino", region, Role.ADMINISTRATOR)


def day(offset):
    return timezone.localdate() + timedelta(days=offset)


def parents(place):
    return list(place.placements.order_by("starts").values_list("parent__name", "starts", "ends"))


@pytest.mark.parametrize("role", [role for role in Role if role != Role.ADMINISTRATOR])
def test_no_role_but_the_administrator_changes_the_tree(role, region, north, south, office):
    by = subject("Nobody", region, role)
    for act in (
        lambda: add_organisation(by=by, name="New", parent=north),
        lambda: rename_organisation(by=by, organisation=north, name="New"),
        lambda: move_organisation(by=by, organisation=office, parent=south, day=day(0)),
        lambda: end_organisation(by=by, organisation=office, successor=south),
    ):
        with pytest.raises(Denied):
            act()
    assert Organisation.objects.count() == 4


def test_an_administrator_of_one_town_takes_nothing_out_of_another_and_puts_nothing_in(north, south, office):
    by = subject("Sami", south, Role.ADMINISTRATOR)
    with pytest.raises(Denied):
        move_organisation(by=by, organisation=office, parent=south, day=day(0))
    with pytest.raises(Denied):
        add_organisation(by=by, name="New", parent=north)
    with pytest.raises(Denied):
        end_organisation(by=by, organisation=organisation("Shop", south), successor=north)


def test_an_administrator_of_an_office_cannot_carry_it_out_of_its_town(south, office):
    by = subject("Olli", office, Role.ADMINISTRATOR)
    with pytest.raises(Denied):
        move_organisation(by=by, organisation=office, parent=south, day=day(0))


def test_a_new_organisation_stands_below_its_parent_and_in_the_care_of_who_made_it(chief, north):
    made = add_organisation(by=chief, name="  Parks\n and  gardens ", parent=north)
    assert made.name == "Parks and gardens"
    again = subject_of(Person.objects.get(pk=chief.person_id))
    assert made.pk in again.roles[Role.ADMINISTRATOR]


def test_two_parts_of_one_organisation_do_not_share_a_name(chief, north, south):
    add_organisation(by=chief, name="Parks", parent=north)
    with pytest.raises(Conflict):
        add_organisation(by=chief, name="parks", parent=north)
    assert add_organisation(by=chief, name="Parks", parent=south)


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "\u202e", "\u200d\u200c\u200d", "\u3164"])
def test_a_name_that_cannot_be_read_is_refused(chief, north, name):
    with pytest.raises(Invalid) as refused:
        add_organisation(by=chief, name=name, parent=north)
    assert refused.value.fields.keys() == {"name"}


def test_a_move_ends_one_placement_and_begins_the_next_on_the_same_day(chief, south, office):
    Placement.objects.update(starts=day(-400))
    Organisation.objects.update(starts=day(-400))
    move_organisation(by=chief, organisation=office, parent=south, day=day(30))
    assert parents(office) == [("Northtown", day(-400), day(30)), ("Southtown", day(30), None)]


def test_moving_twice_for_the_same_day_leaves_one_placement(chief, region, south, office):
    move_organisation(by=chief, organisation=office, parent=south, day=day(30))
    move_organisation(by=chief, organisation=office, parent=region, day=day(30))
    assert [name for name, _starts, _ends in parents(office)] == ["Northtown", "Region"]


def test_a_move_of_what_ends_later_leaves_it_in_one_place_on_each_day(chief, north, south, office):
    end_organisation(by=chief, organisation=office, successor=north, day=day(30))
    office.refresh_from_db()
    move_organisation(by=chief, organisation=office, parent=south, day=day(10))
    begun = office.placements.first().starts
    assert parents(office) == [("Northtown", begun, day(10)), ("Southtown", day(10), day(30))]


def test_who_goes_over_left_the_one_and_joined_the_other_unless_they_were_there(chief, north, south):
    for place in (north, south):
        Endpoint.objects.create(
            organisation_id=place.pk, url="https://h.test.example/", events=["person.left", "person.joined"], secret=""
        )
    eva, both = person("Eva", north), person("Bo", north)
    Membership.objects.create(person=both, organisation=south, role=Role.CONTRIBUTOR)
    end_organisation(by=chief, organisation=north, successor=south)
    told = set(Happening.objects.values_list("type", "organisation_id", "about"))
    left = {("person.left", north.pk, each.code) for each in (eva, both)}
    assert told == left | {("person.joined", south.pk, eva.code)}


def test_a_move_before_a_planned_one_is_refused(chief, region, south, office):
    move_organisation(by=chief, organisation=office, parent=south, day=day(30))
    with pytest.raises(Conflict):
        move_organisation(by=chief, organisation=office, parent=region, day=day(10))


def test_nothing_moves_below_itself_nor_below_its_own_parts_even_later(chief, north, south, office):
    with pytest.raises(Invalid):
        move_organisation(by=chief, organisation=north, parent=north, day=day(0))
    with pytest.raises(Invalid):
        move_organisation(by=chief, organisation=north, parent=office, day=day(0))
    move_organisation(by=chief, organisation=south, parent=office, day=day(50))
    with pytest.raises(Invalid):
        move_organisation(by=chief, organisation=north, parent=south, day=day(10))


def test_an_end_hands_people_invitations_and_parts_to_the_successor(chief, north, south, office):
    clerk = person("Clerk", north, Role.TASK_OWNER)
    both = person("Both", north)
    Membership.objects.create(person=both, organisation=south, role=Role.CONTRIBUTOR)
    Invitation.objects.create(token_hash="h", email="x@y.example", organisation=north, expires=timezone.now())
    end_organisation(by=chief, organisation=north, successor=south)
    north.refresh_from_db()
    assert (north.ends, north.successor) == (day(0), south)
    now = clerk.memberships.filter(ends__isnull=True)
    assert set(now.values_list("organisation__name", "role")) == {
        ("Southtown", "contributor"),
        ("Southtown", "task_owner"),
    }
    assert both.memberships.filter(ends__isnull=True).count() == 1
    assert Invitation.objects.get().organisation == south
    assert parents(office)[-1][0] == "Southtown"
    assert subject_of(clerk).organisation_name == "Southtown"


def test_an_organisation_with_people_or_parts_needs_a_successor(chief, north, office):
    with pytest.raises(Invalid):
        end_organisation(by=chief, organisation=north, successor=None)
    person("Clerk", office)
    with pytest.raises(Invalid):
        end_organisation(by=chief, organisation=office, successor=None)


def test_an_empty_organisation_ends_without_a_successor_and_only_once(chief, office):
    end_organisation(by=chief, organisation=office, successor=None)
    with pytest.raises(Conflict):
        end_organisation(by=chief, organisation=office, successor=None)


def test_the_top_of_the_tree_does_not_end_and_nothing_ends_into_its_own_part(chief, region, north, office):
    with pytest.raises(Conflict):
        end_organisation(by=chief, organisation=region, successor=None)
    with pytest.raises(Invalid):
        end_organisation(by=chief, organisation=north, successor=office)


def test_an_ended_organisation_takes_nobody_and_nothing(chief, south, office):
    end_organisation(by=chief, organisation=office, successor=south)
    office.refresh_from_db()
    with pytest.raises(Conflict):
        add_organisation(by=chief, name="New", parent=office)
    with pytest.raises(Conflict):
        move_organisation(by=chief, organisation=south, parent=office, day=day(1))
