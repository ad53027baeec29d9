"""The pages of people and organisations: what each role sees, how many queries it costs, odd input."""

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.people.actions.skills import load_starter_skills
from talkoo.people.models import Invitation, Person, PersonSkill, Skill
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
MOST_QUERIES = 12


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def south(region):
    return organisation("Southtown", region)


def browser(made):
    client = Client()
    client.force_login(made)
    return client


@pytest.fixture
def coordinator(north):
    return browser(person("Kaisa", north, Role.COORDINATOR))


@pytest.fixture
def chief(region, north, south):
    return browser(person("Aino", region, Role.ADMINISTRATOR))


@pytest.fixture
def crowd(north):
    for number in range(40):
        made = person(f"Person {number:02}", north, Role.TASK_OWNER)
        Invitation.objects.create(
            token_hash=str(number), email=f"i{number}@x.example", organisation=north, expires="2100-01-01T00:00Z"
        )
    return made


def test_a_coordinator_sees_the_people_of_their_town_and_nobody_else(coordinator, north, south):
    here, there = person("Hanna Here", north), person("Theo There", south)
    page = coordinator.get(reverse("people")).content.decode()
    assert here.name in page
    assert there.name not in page
    assert coordinator.get(reverse("people"), {"organisation": south.code}).status_code == 404
    assert coordinator.get(reverse("person", args=[there.code])).status_code == 404
    assert there.name not in coordinator.get(reverse("people"), {"q": "Theo"}).content.decode()


def test_a_coordinator_does_not_see_what_their_people_do_elsewhere(coordinator, north, south):
    both = person("Bea Both", north)
    both.memberships.create(organisation=south, role=Role.SECURITY_OFFICER)
    for address in (reverse("people"), reverse("person", args=[both.code])):
        page = coordinator.get(address).content.decode()
        assert "Bea Both" in page
        assert "Southtown" not in page


def test_a_contributor_sees_none_of_it(north):
    client = browser(person("Carl", north, Role.TASK_OWNER, Role.AUDITOR))
    for name in ("people", "invite", "people_file", "organisations", "organisation_new"):
        assert client.get(reverse(name)).status_code == 403


def test_a_coordinator_does_not_see_the_tree(coordinator, north):
    assert coordinator.get(reverse("organisations")).status_code == 403
    assert coordinator.get(reverse("organisation_settings", args=[north.code])).status_code == 404


@pytest.mark.parametrize("name", ["people", "invite", "people_file"])
def test_pages_of_people_cost_few_queries(coordinator, crowd, name, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        assert coordinator.get(reverse(name)).status_code == 200


def test_the_page_of_a_person_costs_few_queries(coordinator, crowd, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        assert coordinator.get(reverse("person", args=[crowd.code])).status_code == 200


def test_the_tree_costs_few_queries_however_large(chief, north, django_assert_max_num_queries):
    for number in range(30):
        organisation(f"Office {number}", north)
    with django_assert_max_num_queries(MOST_QUERIES):
        assert chief.get(reverse("organisations")).status_code == 200


def test_pages_of_ones_own_cost_few_queries(coordinator, django_assert_max_num_queries):
    load_starter_skills()
    me = Person.objects.get(name="Kaisa")
    for skill in Skill.objects.all()[:30]:
        PersonSkill.objects.create(person=me, skill=skill, level=2)
    for name in ("record", "skills"):
        with django_assert_max_num_queries(MOST_QUERIES):
            assert coordinator.get(reverse(name)).status_code == 200


@pytest.mark.parametrize(
    "query",
    [{"page": "x"}, {"page": "-1"}, {"open": "99"}, {"q": "%_\\'\0<b>"}, {"organisation": "\0"}, {"q": "x" * 5000}],
)
def test_odd_queries_break_nothing(coordinator, query):
    assert coordinator.get(reverse("people"), query).status_code in {200, 404}


def test_inviting_from_the_page_ends_up_in_the_list(coordinator, north):
    form = {"email": "eva@x.example", "name": "", "organisation": north.code, "role": "contributor"}
    page = coordinator.post(reverse("invite"), form, follow=True).content.decode()
    assert "eva@x.example" in page
    again = coordinator.post(reverse("invite"), form)
    assert again.status_code == 422
    assert "invited" in again.content.decode()


def test_a_form_bent_to_another_town_or_role_is_refused(coordinator, north, south):
    form = {"email": "eva@x.example", "organisation": north.code, "role": "contributor"}
    for bent in ({"organisation": south.code}, {"role": "administrator"}, {"role": "king"}, {"organisation": ""}):
        assert coordinator.post(reverse("invite"), {**form, **bent}).status_code == 422
    assert not Invitation.objects.exists()


def test_the_month_of_the_last_sign_in_is_shown_and_not_the_day(coordinator, north):
    made = person("Hanna", north)
    Person.objects.filter(pk=made.pk).update(last_login="2026-03-17T10:11Z")
    page = coordinator.get(reverse("people"), {"q": "Hanna"}).content.decode()
    assert "March 2026" in page
    assert "17" not in page.partition("<tbody")[2].partition("</tbody")[0].replace(made.code, "").replace(
        made.email, ""
    )


def test_closing_an_account_from_its_page_signs_the_person_out(coordinator, north):
    made = person("Hanna", north)
    hers = browser(made)
    assert hers.get(reverse("record")).status_code == 200
    assert coordinator.get(reverse("person_close", args=[made.code])).status_code == 200
    coordinator.post(reverse("person_close", args=[made.code]), {"way": "good"})
    assert hers.get(reverse("record")).status_code == 302
    coordinator.post(reverse("person_reopen", args=[made.code]))
    assert hers.get(reverse("record")).status_code == 302
    assert browser(Person.objects.get(pk=made.pk)).get(reverse("record")).status_code == 200


def test_ending_the_last_role_leads_back_to_the_list(coordinator, north):
    made = person("Hanna", north)
    address = reverse("role_end", args=[made.code, made.memberships.get().pk])
    assert coordinator.get(address).status_code == 200
    assert coordinator.post(address, follow=True).status_code == 200
    assert made.memberships.get().ends is not None


def test_a_role_of_another_person_is_not_ended_through_this_one(coordinator, north):
    made, other = person("Hanna", north), person("Olli", north)
    assert coordinator.post(reverse("role_end", args=[made.code, other.memberships.get().pk])).status_code == 404


def test_skills_are_saved_a_page_at_a_time_and_only_those_sent(coordinator):
    load_starter_skills()
    me = Person.objects.get(name="Kaisa")
    kept = Skill.objects.get(code="somali")
    PersonSkill.objects.create(person=me, skill=kept, level=3)
    address = reverse("skills") + "?q=plain"
    answer = coordinator.post(
        address, {"level-plain-reading": "2", "grow-plain-reading": "on", "level-plain-writing": "0"}
    )
    assert answer.url == address
    assert set(me.skills.values_list("skill__code", "level", "grow")) == {
        ("somali", 3, False),
        ("plain-reading", 2, True),
    }
    assert coordinator.post(address, {"level-plain-reading": "9"}).status_code == 422


def test_the_tree_shows_what_is_planned_and_what_has_ended(chief, north, south):
    form = {"parent": south.code, "day": "2090-01-01"}
    chief.post(reverse("organisation_move", args=[north.code]), form)
    page = chief.get(reverse("organisations")).content.decode()
    assert "Moves to Southtown on 1 January 2090" in page


def test_keys_and_profile_are_ones_own_to_change(coordinator):
    coordinator.post(reverse("keys"))
    coordinator.post(reverse("profile"), {"name": "Kaisa K", "title": "Clerk"})
    me = Person.objects.get(name="Kaisa K")
    assert (me.keys_off, me.title) == (True, "Clerk")
    assert coordinator.post(reverse("profile"), {"name": ""}).status_code == 422
    assert coordinator.post(reverse("sessions")).status_code == 302
    assert coordinator.get(reverse("record")).status_code == 302


def test_an_organisation_older_than_what_it_stands_below_is_refused_with_both_days(chief, region):
    posted = {"name": "Harbour office", "parent": region.code, "starts": "1066-10-14"}
    answer = chief.post(reverse("organisation_new"), posted)
    assert answer.status_code == 422
    assert "Region begins on" in answer.text
    assert "Choose a later day." in answer.text
