"""Who is cleared for what: stated by security officers, for a time, on a ground; never for oneself."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import USUAL
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Invalid, Missing, StepUp
from talkoo.microtasks.actions.merging import merge_people
from talkoo.microtasks.queries.audience import people_reached
from talkoo.microtasks.queries.batches import access_batch, offered_batches
from talkoo.microtasks.queries.noticed import fitting_people
from talkoo.notify.models import Notice
from talkoo.people.actions.clearances import clear_person, take_clearance_back
from talkoo.people.models import Clearance, Person
from talkoo.people.queries import subject_of
from talkoo.people.queries.clearances import found_by, people_to_clear
from tests.microtasks.made import open_batch
from tests.people import enters, organisation, person, subject, surely

pytestmark = pytest.mark.django_db
SOON = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def town(region):
    return organisation("Town", region)


@pytest.fixture
def officer(region, town):
    return subject("Ines", region, Role.SECURITY_OFFICER)


@pytest.fixture
def amina(town):
    return person("Amina", town)


def clear(by, who, level=3, **said):
    return clear_person(by=by, code=who.code, level=level, **{"ground": "Security Act, § 7", "last_day": SOON, **said})


def held(who):
    return subject_of(who).clearance


def test_it_raises_and_lowers_until_it_runs_out_by_itself(officer, amina, django_assert_num_queries):
    assert held(amina) == USUAL == 2
    clear(officer, amina)
    with django_assert_num_queries(1):
        assert held(amina) == 3
    clear(officer, amina, level=0)
    assert held(amina) == 0
    Clearance.objects.filter(ended=None).update(made=timezone.now() - timedelta(days=3), until=timezone.now())
    assert held(amina) == USUAL
    clear(officer, amina, level=1, last_day=None)
    take_clearance_back(by=officer, code=amina.code)
    assert held(amina) == USUAL
    with pytest.raises(Conflict):
        take_clearance_back(by=officer, code=amina.code)
    assert Clearance.objects.filter(person=amina, ended__isnull=False).count() == 3


def test_nobody_clears_themselves_or_somebody_of_another_house(officer, region, town, amina):
    elsewhere = organisation("Elsewhere")
    guest = person("Gerd", elsewhere)
    guest.memberships.create(organisation=town, role=Role.COORDINATOR)
    for by, who in (
        (officer, Person.objects.get(pk=officer.person_id)),
        (officer, guest),
        (subject("Abel", elsewhere, Role.SECURITY_OFFICER), amina),
        (subject("Below", organisation("Beside", region), Role.SECURITY_OFFICER), amina),
        (subject("Aino", region, Role.ADMINISTRATOR, Role.COORDINATOR), amina),
    ):
        with pytest.raises(Missing):
            clear(by, who)
    assert not Clearance.objects.exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"level": 4}, "level"), ({"ground": " "}, "ground"), ({"ground": "x" * 401}, "ground"),
        ({"last_day": None}, "last_day"), ({"last_day": SOON - timedelta(days=31)}, "last_day"),
        ({"last_day": SOON + timedelta(days=4000)}, "last_day"),
    ],
)  # fmt: skip
def test_what_cannot_be_stated_is_named(officer, amina, said, field):
    with pytest.raises(Invalid) as refused:
        clear(officer, amina, **said)
    assert set(refused.value.fields) == {field}


def test_it_is_logged_without_its_ground_and_told_to_the_person(officer, amina):
    clear(officer, amina)
    event = Event.objects.get(action="people.clearance.given")
    assert (event.code, "§ 7" in event.payload) == (amina.code, False)
    assert Notice.objects.get(person=amina).kind == "clearance.changed"


def test_who_was_lowered_is_offered_and_told_of_less(officer, town, amina):
    owner = subject("Jonas", town)
    confidential, internal = (open_batch(owner, town, sensitivity=level) for level in (2, 1))

    def offered():
        return set(offered_batches(surely(subject_of(amina))))

    assert offered() == {confidential, internal}
    reached = people_reached(confidential)
    clear(officer, amina, level=1)
    assert offered() == {internal}
    assert people_reached(confidential) == reached - 1
    assert amina.pk not in fitting_people(confidential, after=0, most=9)
    assert amina.pk in fitting_people(internal, after=0, most=9)


def test_an_owner_who_is_not_cleared_is_told_so_and_whom_to_ask(officer, region, town, client):
    jonas = person("Jonas", town)
    batch = open_batch(subject_of(jonas), town, sensitivity=3)
    with pytest.raises(StepUp) as refused:
        access_batch(surely(subject_of(jonas)), batch.code, Permission.BATCH_SEE)
    assert [need.obligation for need in refused.value.needs] == ["clearance"]
    with pytest.raises(Missing):
        access_batch(surely(subject("Carl", town)), batch.code, Permission.BATCH_SEE)
    client.force_login(jonas)
    page = client.get(f"/batches/{batch.code}/").content.decode()
    assert "You have not been cleared for work of this sensitivity." in page
    assert "Ask a security officer of your organisation: Ines." in page
    clear(officer, jonas)
    assert access_batch(surely(subject_of(jonas)), batch.code, Permission.BATCH_SEE) == batch


def test_a_merge_clears_nobody_for_more_and_lifts_nothing(officer, region, town, amina):
    aino = subject("Aino", region, Role.ADMINISTRATOR)
    other, third = person("Amina B", town), person("Amina C", town)
    clear(officer, other)
    merge_people(by=aino, stays=amina, goes=other)
    assert held(amina) == USUAL
    clear(officer, amina)
    clear(officer, third, level=1)
    merge_people(by=aino, stays=amina, goes=third)
    assert held(amina) == 1


def test_the_page_finds_people_by_name_and_lists_those_of_whom_something_is_stated(officer, amina, town):
    mei = person("Mei", town)
    clear(officer, amina)
    here = people_to_clear(officer)
    assert (list(found_by(here, "")), list(found_by(here, "mei"))) == ([amina], [mei])
    browser = Client()
    enters(browser, Person.objects.get(pk=officer.person_id))
    page = browser.get("/security/clearances/").content.decode()
    assert "up to restricted" in page
    said = {"level": "3", "ground": "Vetted", "last_day": SOON.isoformat()}
    assert browser.post(f"/security/clearances/{mei.code}/", said).status_code == 302
    assert held(mei) == 3
