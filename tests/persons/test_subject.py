"""Who somebody is on a day: roles over the dated tree, home, skills."""

from datetime import date, timedelta

import pytest

from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.people.models import Membership, Organisation, PersonSkill, Placement, Skill
from talkoo.people.queries import subject_of
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 15)
LAST_YEAR, TOMORROW = date(2025, 1, 1), TODAY + timedelta(days=1)


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def town(region):
    return organisation("Town", region)


@pytest.fixture
def office(town):
    return organisation("Office", town)


@pytest.fixture(autouse=True)
def long_ago(region, town, office):
    Organisation.objects.update(starts=LAST_YEAR)
    Placement.objects.update(starts=LAST_YEAR)


def holder(place, *roles):
    made = person("Petra", place, *roles)
    made.memberships.update(starts=LAST_YEAR)
    return made


def on(made, day=TODAY):
    return subject_of(made, day)


def test_it_takes_one_statement(office, django_assert_num_queries):
    made = holder(office, Role.COORDINATOR)
    with django_assert_num_queries(1):
        on(made)


def test_a_role_reaches_the_organisation_and_all_below_it_and_nothing_above(region, town, office):
    assert on(holder(town, Role.COORDINATOR)).roles[Role.COORDINATOR] == {town.pk, office.pk}


def test_roles_of_different_organisations_are_kept_apart(region, town, office):
    made = holder(office)
    other = organisation("Other town", region)
    Membership.objects.create(person=made, organisation=other, role=Role.COORDINATOR, starts=LAST_YEAR)
    Placement.objects.update(starts=LAST_YEAR)
    assert on(made).roles == {Role.CONTRIBUTOR: {office.pk}, Role.COORDINATOR: {other.pk}}


def test_home_is_the_earliest_contributor_membership_and_within_is_all_above_it(region, town, office):
    made = holder(office)
    Membership.objects.create(person=made, organisation=region, role=Role.CONTRIBUTOR, starts=TODAY)
    Membership.objects.create(person=made, organisation=region, role=Role.AUDITOR, starts=date(2020, 1, 1))
    seen = on(made)
    assert (seen.organisation_id, seen.organisation_name) == (office.pk, "Office")
    assert seen.within == {office.pk, town.pk, region.pk}


def test_somebody_without_a_contributor_role_has_no_home(town):
    made = holder(town, Role.AUDITOR)
    made.memberships.filter(role=Role.CONTRIBUTOR).delete()
    seen = on(made)
    assert (seen.organisation_id, seen.within, seen.roles) == (None, frozenset(), seen.roles)
    assert town.pk in seen.roles[Role.AUDITOR]


@pytest.mark.parametrize(
    ("starts", "ends", "holds"),
    [
        (TODAY, None, True),
        (TOMORROW, None, False),
        (LAST_YEAR, TODAY, False),
        (LAST_YEAR, TOMORROW, True),
        (TODAY, TODAY, False),
    ],
)
def test_a_role_holds_from_its_first_day_up_to_not_including_its_last(town, starts, ends, holds):
    made = holder(town)
    Membership.objects.create(person=made, organisation=town, role=Role.AUDITOR, starts=starts, ends=ends)
    assert on(made).holds(Role.AUDITOR) is holds


def test_after_a_move_the_new_parent_reaches_and_the_old_one_does_not(region, town, office):
    other = organisation("Other town", region)
    office.placements.update(ends=TODAY)
    Placement.objects.create(organisation=office, parent=other, starts=TODAY)
    Placement.objects.filter(organisation=other).update(starts=LAST_YEAR)
    old, new, clerk = holder(town, Role.COORDINATOR), holder(other, Role.COORDINATOR), holder(office)
    yesterday = TODAY - timedelta(days=1)
    assert on(old, yesterday).roles[Role.COORDINATOR] == {town.pk, office.pk}
    assert on(old).roles[Role.COORDINATOR] == {town.pk}
    assert on(new, yesterday).roles[Role.COORDINATOR] == {other.pk}
    assert on(new).roles[Role.COORDINATOR] == {other.pk, office.pk}
    assert on(clerk, yesterday).within == {office.pk, town.pk, region.pk}
    assert on(clerk).within == {office.pk, other.pk, region.pk}


def test_what_an_ended_organisation_leaves_behind_is_in_its_successors_care(town, office):
    old = organisation("Old office")
    old.placements.all().delete()
    Organisation.objects.filter(pk=old.pk).update(starts=LAST_YEAR, ends=TODAY, successor=office)
    assert on(holder(town, Role.COORDINATOR)).roles[Role.COORDINATOR] == {town.pk, office.pk, old.pk}
    assert old.pk in on(holder(office)).within
    assert old.pk not in on(holder(office), TODAY - timedelta(days=1)).within


def test_a_tree_that_bites_its_tail_ends_all_the_same(region, town):
    region.placements.update(parent=town)
    assert on(holder(town, Role.COORDINATOR)).roles[Role.COORDINATOR] >= {region.pk, town.pk}


def test_somebody_deactivated_holds_nothing(town):
    made = holder(town, Role.ADMINISTRATOR)
    made.is_active = False
    made.save()
    seen = on(made)
    assert (seen.roles, seen.organisation_id, seen.within) == ({}, None, frozenset())


def test_skills_are_those_of_a_level_and_what_is_only_to_grow_is_apart(town):
    made = holder(town)
    reading, somali, maps = (
        Skill.objects.create(code=code, name=code, category="c") for code in ("reading", "somali", "maps")
    )
    for skill, level, grow in ((reading, 3, False), (somali, 1, True), (maps, 0, True)):
        PersonSkill.objects.create(person=made, skill=skill, level=level, grow=grow)
    seen = on(made)
    assert seen.skills == {reading.pk, somali.pk}
    assert seen.skills_to_grow == {somali.pk, maps.pk}


def test_only_roles_that_carry_a_permission_open_its_organisations(region, town, office):
    made = holder(office, Role.AUDITOR)
    Membership.objects.create(person=made, organisation=town, role=Role.COORDINATOR, starts=LAST_YEAR)
    assert organisations_where(on(made), Permission.PEOPLE_SEE) == {town.pk, office.pk}
    assert organisations_where(on(made), Permission.ORGANISATION_EDIT) == frozenset()
