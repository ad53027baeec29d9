"""What an organisation is called, what it is, and the colour its people work in."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Denied, Invalid
from talkoo.people.actions.organisations import edit_organisation, rename_organisation
from talkoo.people.models import FormerName, Organisation, Person
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def chief(region, north):
    return subject("Aino", region, Role.ADMINISTRATOR)


def test_a_coordinator_changes_neither_name_nor_colour(region, north):
    with pytest.raises(Denied):
        edit_organisation(by=subject("Kai", region, Role.COORDINATOR), organisation=north, name="X", colour="#112233")
    assert Organisation.objects.get(pk=north.pk).colour == ""


@pytest.mark.parametrize("wrong", ["red", "#12345", "#1234567", "#12345g", "#000}body{color:red", "url(x)"])
def test_what_is_no_colour_is_refused_at_its_field_and_nothing_is_changed(chief, north, wrong):
    with pytest.raises(Invalid) as refused:
        edit_organisation(by=chief, organisation=north, name="Renamed", colour=wrong)
    assert "#1d5f50" in refused.value.fields["colour"]
    assert Organisation.objects.get(pk=north.pk).name == "Northtown"


@pytest.mark.parametrize(
    ("said", "kept"), [("#2D4F8B", "#2d4f8b"), (" 2d4f8b ", "#2d4f8b"), ("#ABC", "#aabbcc"), ("", "")]
)
def test_a_colour_is_kept_in_one_spelling(chief, north, said, kept):
    edit_organisation(by=chief, organisation=north, name="Northtown", kind="city", colour=said)
    north.refresh_from_db()
    assert (north.colour, north.kind) == (kept, "city")


def test_saving_the_same_again_leaves_no_second_line_in_the_log(chief, north):
    for _time in range(2):
        edit_organisation(by=chief, organisation=north, name="Northtown", kind="city", colour="#2d4f8b")
    assert Event.objects.filter(action="people.organisation.edited").count() == 1


def test_the_name_of_before_is_kept_with_its_last_day_and_one_that_lived_no_day_is_not(chief, north):
    day = timezone.localdate()
    rename_organisation(by=chief, organisation=north, name="Made today, so never called anything else")
    assert not FormerName.objects.exists()
    Organisation.objects.update(starts=day - timedelta(days=90), name="Northtown")
    for name in ("A slip", "North City"):
        rename_organisation(by=chief, organisation=north, name=name)
    assert list(FormerName.objects.values_list("name", "until")) == [("Northtown", day)]


def open_page(who, address, **more):
    client = Client()
    client.force_login(Person.objects.get(pk=who.pk))
    return client.get(address, **more)


def test_people_work_in_the_nearest_colour_above_them_and_nobody_else_gets_it(region, north):
    office, south = organisation("Office", north), organisation("Southtown", region)
    Organisation.objects.filter(pk=north.pk).update(colour="#2d4f8b")
    href = f"/theme/{north.code}.css"
    clerk, neighbour = person("Clerk", office), person("Neighbour", south)
    assert f'href="{href}?v=2d4f8b"' in open_page(clerk, "/").content.decode()
    assert "/theme/" not in open_page(neighbour, "/").content.decode()
    assert open_page(neighbour, href).status_code == 404
    Organisation.objects.filter(pk=office.pk).update(colour="#7a3e1d")
    assert f"/theme/{office.code}.css?v=7a3e1d" in open_page(clerk, "/").content.decode()


def test_the_style_sheet_is_small_private_and_asked_for_by_its_tag(north):
    Organisation.objects.filter(pk=north.pk).update(colour="#2d4f8b")
    clerk, href = person("Clerk", north), f"/theme/{north.code}.css"
    first = open_page(clerk, href, headers={"accept-encoding": "gzip"})
    assert first["Content-Type"] == "text/css; charset=utf-8"
    assert {"private", "max-age=3600"} <= set(first["Cache-Control"].split(", "))
    assert len(first.content) < 700
    again = open_page(clerk, href, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Organisation.objects.filter(pk=north.pk).update(colour="#7a3e1d")
    assert open_page(clerk, href, headers={"if-none-match": first["ETag"]}).status_code == 200


def test_a_colour_is_looked_at_before_it_is_kept_and_a_light_one_is_said_to_be_darkened(chief, north):
    client = Client()
    client.force_login(Person.objects.get(pk=chief.person_id))
    posted = {"name": "Northtown", "kind": "", "colour": "#ffd400"}
    shown = client.post(f"/organisations/{north.code}/settings/", posted | {"do": "look"}).content.decode()
    assert "could not be read on #ffd400" in shown
    assert "Not saved yet." in shown
    assert Organisation.objects.get(pk=north.pk).colour == ""
    assert client.post(f"/organisations/{north.code}/settings/", posted | {"colour": "red"}).status_code == 422
    client.post(f"/organisations/{north.code}/settings/", posted)
    assert Organisation.objects.get(pk=north.pk).colour == "#ffd400"


def test_people_read_the_names_of_their_own_scheme_and_of_the_nearest_organisation_that_has_one(region, north):
    chief = subject("Aino", region, Role.ADMINISTRATOR)
    kai = person("Kai", north)
    assert subject_of(kai).levels == ()
    edit_organisation(by=chief, organisation=region, name="Region", levels=["Offen", "", "VS-NfD", "Geheim"])
    assert subject_of(kai).levels == ("Offen", "", "VS-NfD", "Geheim")
    edit_organisation(by=chief, organisation=north, name="Northtown", levels=["", "Intern", "", ""])
    assert subject_of(kai).levels == ("", "Intern", "", "")
    client = Client()
    client.force_login(kai)
    open_batch(chief, north, sensitivity=1)
    assert "(Intern)" in client.get("/tasks/").content.decode()


def test_two_levels_never_share_a_name(region):
    chief = subject("Aino", region, Role.ADMINISTRATOR)
    with pytest.raises(Invalid) as refused:
        edit_organisation(by=chief, organisation=region, name="Region", levels=["Offen", "", "Geheim", "Geheim"])
    assert set(refused.value.fields) == {"level_3"}
