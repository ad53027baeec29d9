"""People from a file: what is wrong is named by its line, nobody comes in before the yes, nothing half-done."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.people.actions.files import (
    KEPT,
    MOST,
    confirm_people_file,
    discard_people_file,
    forget_people_files,
    read_people_file,
)
from talkoo.people.models import Invitation, Membership, PeopleFile, Person
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db
SITE = "https://talkoo.example"
HEADER = "name,email,organisation,role,title\n"


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
def read(coordinator, north, tmp_path):
    def reading(content, by=coordinator, place=north):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_people_file(by=by, organisation=place, path=path, filename="people.csv")

    return reading


def reasons(file):
    return {row["line"]: row["reason"] for row in file.rejected}


def test_only_who_looks_after_the_organisation_reads_a_file_for_it(read, north, south):
    for by in (subject("Carl", north), subject("Sami", south, Role.COORDINATOR)):
        with pytest.raises(Denied):
            read("name,email\nEva,eva@x.example\n", by=by)
    assert not PeopleFile.objects.exists()


def test_nobody_is_in_before_the_yes(read, coordinator):
    file = read(HEADER + "Eva Lund,eva@x.example,,,Clerk\n")
    assert [each["email"] for each in file.people] == ["eva@x.example"]
    assert not Person.objects.filter(email="eva@x.example").exists()
    assert not Invitation.objects.exists()
    outcome = confirm_people_file(by=coordinator, file=file, invite=False, site=SITE)
    assert (outcome.added, outcome.invited, outcome.skipped) == (1, 0, [])
    assert Person.objects.get(email="eva@x.example").title == "Clerk"


def test_every_line_that_cannot_be_used_is_named_with_its_reason(read, coordinator, north, south):
    here = person("Anna", north)
    file = read(
        HEADER
        + "Eva,eva@x.example,,,\n"
        + "No Mail,nowhere,,,\n"
        + ",noname@x.example,,,\n"
        + "Lost,lost@x.example,Atlantis,,\n"
        + "Far,far@x.example,Southtown,,\n"
        + "King,king@x.example,,king,\n"
        + "Boss,boss@x.example,,administrator,\n"
        + "Eva again,EVA@x.example,,,\n"
        + f"Anna,{here.email},,,\n"
        + "Short,short@x.example\n"
    )
    found = reasons(file)
    assert [each["email"] for each in file.people] == ["eva@x.example"]
    assert list(found) == [3, 4, 5, 6, 7, 8, 9, 10, 11]
    assert "not an e-mail address" in found[3]
    assert "name is missing" in found[4]
    assert "Atlantis" in found[5]
    assert "Southtown" in found[6]
    assert "king" in found[7]
    assert "may not" in found[8]
    assert "line 2" in found[9]
    assert "already" in found[10]
    assert "2 cells" in found[11]


def test_organisations_go_by_name_or_code_and_roles_by_word_or_code(read, coordinator, north):
    part = organisation("Office", north)
    by = subject("Kaisa", north, Role.COORDINATOR)
    file = read(
        f"E-mail;Name;Role;Organisation\na@x.example;A;Task owner;office\nb@x.example;B;TASK_OWNER;{part.code}\n", by=by
    )
    assert [(each["role"], each["organisation"]) for each in file.people] == [("task_owner", part.pk)] * 2


def test_a_name_that_several_organisations_bear_asks_for_the_code(read, region, north, south):
    for town in (north, south):
        organisation("Claims", town)
    by = subject("Dora", region, Role.COORDINATOR)
    file = read("name,email,organisation\nA,a@x.example,Claims\n", by=by, place=region)
    assert "codes" in reasons(file)[2]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"name,mail\nA,a@x.example\n", "email"),
        (b"name,email,email\nA,a@x.example,b\n", "email"),
        (b"name,email,E-mail\nA,a@x.example,b\n", "email"),
        (b"name,email\nJ\xf6rg,j@x.example\n", "Line 2"),
        (b"PK\x03\x04rest", "damaged or was cut off"),
        (b"\x00\x01\x02", "not a text"),
    ],
)
def test_a_file_that_is_no_such_table_is_refused_whole_with_the_place(read, content, said):
    with pytest.raises(Invalid) as refused:
        read(content)
    assert said in refused.value.message
    assert not PeopleFile.objects.exists()


def test_a_cell_of_ten_megabytes_is_one_rejected_line(read):
    file = read("name,email\n" + "x" * 10_000_000 + ",big@x.example\nEva,eva@x.example\n")
    assert [each["line"] for each in file.people] == [3]
    assert list(reasons(file)) == [2]
    assert len(str(file.rejected)) < 1000


def test_more_people_than_one_file_may_hold_are_refused(read):
    with pytest.raises(Invalid, match="more than"):
        read("name,email\n" + "".join(f"P{n},p{n}@x.example\n" for n in range(MOST + 1)))
    assert not PeopleFile.objects.exists()


def test_inviting_sends_one_invitation_each_and_somebody_with_an_account_is_asked_in_any_case(read, coordinator, south):
    there = person("Otto", south)
    file = read(f"name,email\nEva,eva@x.example\nOtto,{there.email}\n")
    outcome = confirm_people_file(by=coordinator, file=file, invite=False, site=SITE)
    assert (outcome.added, outcome.invited) == (1, 1)
    assert Invitation.objects.get().email == there.email
    assert not there.memberships.filter(organisation=file.organisation).exists()


def test_one_person_with_two_roles_in_the_file_is_one_person(read, coordinator):
    file = read(HEADER + "Eva,eva@x.example,,contributor,\nEva,eva@x.example,,task_owner,\n")
    outcome = confirm_people_file(by=coordinator, file=file, invite=False, site=SITE)
    assert outcome.added == 1
    assert Membership.objects.filter(person__email="eva@x.example").count() == 2


def test_a_file_is_used_once_and_then_forgotten(read, coordinator):
    file = read("name,email\nEva,eva@x.example\n")
    confirm_people_file(by=coordinator, file=file, invite=True, site=SITE)
    with pytest.raises(Conflict):
        confirm_people_file(by=coordinator, file=file, invite=True, site=SITE)
    file.refresh_from_db()
    assert (file.people, file.rejected) == ([], [])
    other = read("name,email\nBo,bo@x.example\n")
    discard_people_file(by=coordinator, file=other)
    assert not PeopleFile.objects.filter(pk=other.pk).exists()


def test_who_came_in_meanwhile_is_skipped_and_named(read, coordinator, north):
    file = read("name,email\nEva,eva@x.example\nBo,bo@x.example\n")
    Invitation.objects.create(token_hash="h", email="eva@x.example", organisation=north, expires="2100-01-01T00:00Z")
    outcome = confirm_people_file(by=coordinator, file=file, invite=True, site=SITE)
    assert outcome.invited == 1
    assert ["Line 2" in words for words in outcome.skipped] == [True]


def test_a_right_lost_between_reading_and_yes_stops_everything(read, coordinator, north, south):
    file = read("name,email\nEva,eva@x.example\n")
    with pytest.raises(Denied):
        confirm_people_file(by=subject("Sami", south, Role.COORDINATOR), file=file, invite=False, site=SITE)
    assert not Person.objects.filter(email="eva@x.example").exists()


def test_the_pages_show_html_as_text_and_bring_people_in(coordinator, north):
    browser = Client()
    browser.force_login(Person.objects.get(pk=coordinator.person_id))
    content = b"name,email\n<img src=x onerror=alert(1)>,eva@x.example\n<i>,bad\n"
    upload = {"file": SimpleUploadedFile("people.csv", content), "organisation": north.code}
    answer = browser.post(reverse("people_file"), upload)
    page = browser.get(answer.url).content.decode()
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "Line 3" in page
    assert browser.post(answer.url, {"way": "add"}).url == reverse("people")
    assert browser.get(answer.url).status_code == 404
    assert Person.objects.filter(email="eva@x.example").exists()


def test_a_wrong_file_comes_back_to_the_form_with_the_reason(coordinator, north):
    browser = Client()
    browser.force_login(Person.objects.get(pk=coordinator.person_id))
    for content, said in ((b"a,b\n1,2\n", "is missing"), (b"name,email\n\xff,x\n", "not written in")):
        answer = browser.post(
            reverse("people_file"), {"file": SimpleUploadedFile("p.csv", content), "organisation": north.code}
        )
        assert answer.status_code == 422
        assert said in answer.content.decode()


def test_a_file_is_seen_only_by_who_read_it(read, coordinator, north):
    file = read("name,email\nEva,eva@x.example\n")
    other = person("Other", north, Role.COORDINATOR)
    browser = Client()
    browser.force_login(other)
    assert browser.get(reverse("people_file_check", args=[file.code])).status_code == 404


def test_a_file_too_large_for_a_list_of_people_is_refused_by_its_size(coordinator, north):
    browser = Client()
    browser.force_login(Person.objects.get(pk=coordinator.person_id))
    large = SimpleUploadedFile("people.csv", b"name,email\n" + b"x" * 20_000_000)
    answer = browser.post(reverse("people_file"), {"file": large, "organisation": north.code})
    assert answer.status_code == 422
    assert "20 MB" in answer.content.decode()


def test_what_a_file_held_is_forgotten_after_a_day_without_a_yes(read):
    file = read("name,email\nEva,eva@x.example\n")
    assert forget_people_files() == 0
    PeopleFile.objects.filter(pk=file.pk).update(at=timezone.now() - KEPT - timedelta(minutes=1))
    assert forget_people_files() == 1
    assert not PeopleFile.objects.exists()
