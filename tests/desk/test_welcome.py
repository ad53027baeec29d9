"""The first minute: one real task, answered on the page, in one request; nothing lost when somebody was quicker."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.desk.queries.welcome import first_batch
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, Batch, Picture, Sensitivity, Task, Upload
from talkoo.microtasks.queries.batches import offered_batches
from talkoo.people.models import Invitation, Person, Skill
from tests.microtasks.made import open_batch, take
from tests.people import organisation, subject, surely

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def norrby(region):
    return organisation("Norrby", region)


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def eva(norrby):
    return subject("Eva Lund", norrby)


@pytest.fixture
def client(eva):
    found = Client()
    found.force_login(Person.objects.get(pk=eva.person_id))
    return found


def fields(page):
    return dict(re.findall(r'<input type="hidden" name="(batch|task|key)" value="([^"]*)"', page.content.decode()))


def test_a_visitor_is_asked_to_sign_in():
    assert Client().get("/welcome/").status_code == 302


def test_a_picture_is_nobodys_before_it_is_handed_out_so_work_with_pictures_is_no_first_minute(client, owner, region):
    batch = open_batch(owner, region, question="Herring?")
    assert "Herring" in client.get("/welcome/").content.decode()
    upload = Upload.objects.create(batch=batch, filename="a.zip", stored_as="a", sha256="0" * 64, size=1)
    Picture.objects.create(upload=upload, line=1, name="quay.png", media="image/png", width=1, height=1, content=b"x")
    assert "Herring" not in client.get("/welcome/").content.decode()


def test_confidential_work_is_nobodys_first_minute(owner, region):
    near = surely(subject("Clara", region))
    batch = open_batch(owner, region, sensitivity=Sensitivity.INTERNAL)
    assert first_batch(near) == batch
    Batch.objects.update(sensitivity=Sensitivity.CONFIDENTIAL)
    assert list(offered_batches(near)) == [batch]
    assert first_batch(near) is None


def test_work_of_others_is_not_shown_to_a_newcomer(client, owner, region):
    other = organisation("Ekhamn", region)
    open_batch(owner, other, question="Herring?").audience.add(other)
    page = client.get("/welcome/")
    assert page.status_code == 200
    assert "Herring" not in page.content.decode()
    assert "No task to try just now" in page.content.decode()


def test_a_batch_that_is_not_open_to_one_cannot_be_answered_by_writing_its_code(client, owner, region):
    other = organisation("Ekhamn", region)
    batch = open_batch(owner, other)
    batch.audience.add(other)
    sent = client.post("/welcome/", {"batch": batch.code, "task": 1, "key": uuid4(), "choice": 1})
    assert sent.status_code == 404
    assert not Assignment.objects.exists()


def test_the_lightest_batch_is_shown_first(client, owner, region):
    heavy = open_batch(owner, region, question="Heavy?", minutes=30)
    skilled = open_batch(owner, region, question="Skilled?", minutes=1)
    skilled.skills.add(Skill.objects.create(code="swedish", name="Swedish", category="Languages"))
    light = open_batch(owner, region, question="Light?", minutes=1, sensitivity=Sensitivity.OPEN)
    assert fields(client.get("/welcome/"))["batch"] == light.code
    light.state = "closed"
    light.save()
    assert fields(client.get("/welcome/"))["batch"] == heavy.code


def test_the_first_answer_takes_one_choice_and_one_click_and_leads_to_the_next(client, eva, owner, region):
    batch = open_batch(owner, region)
    shown = client.get("/welcome/")
    assert "Welcome, Eva. Try one" in shown.content.decode()
    sent = client.post("/welcome/", {**fields(shown), "choice": "2"})
    held = Assignment.objects.get(person_id=eva.person_id, task__number=1)
    assert held.state == AssignmentState.ANSWERED
    assert Answer.objects.get(assignment=held).value == "b"
    following = Assignment.objects.get(person_id=eva.person_id, task__number=2)
    assert sent["Location"] == f"/assignments/{following.code}/"
    assert batch.tasks.get(number=1).done == 1


def test_after_the_only_task_one_comes_home(client, owner, region):
    open_batch(owner, region, tasks=1)
    sent = client.post("/welcome/", {**fields(client.get("/welcome/")), "choice": "1"})
    assert sent["Location"] == "/"


def test_nothing_chosen_comes_back_with_what_to_do_and_takes_nothing(client, owner, region):
    open_batch(owner, region)
    back = client.post("/welcome/", fields(client.get("/welcome/")))
    assert back.status_code == 422
    assert "Choose an answer" in back.content.decode()
    assert not Assignment.objects.exists()


def test_what_was_chosen_is_still_chosen_when_the_certainty_is_missing(client, owner, region):
    open_batch(owner, region, ask_sure=True)
    back = client.post("/welcome/", {**fields(client.get("/welcome/")), "choice": "3"})
    assert back.status_code == 422
    assert re.search(r'id="choice-3"[^>]* checked', back.content.decode())


def test_i_cannot_tell_is_an_answer(client, owner, region):
    open_batch(owner, region)
    client.post("/welcome/", {**fields(client.get("/welcome/")), "cannot": "1"})
    assert Answer.objects.get().cannot == "other"


def test_somebody_quicker_means_the_next_one_and_nothing_is_sent_for_it(client, eva, owner, region):
    batch = open_batch(owner, region, tasks=2, least=1)
    shown = fields(client.get("/welcome/"))
    take(subject("Petra", region), batch)
    sent = client.post("/welcome/", {**shown, "choice": "1"})
    held = Assignment.objects.get(person_id=eva.person_id)
    assert held.task.number == 2
    assert held.state == AssignmentState.LEASED
    assert sent["Location"] == f"/assignments/{held.code}/"


def test_sending_twice_answers_once(client, owner, region):
    open_batch(owner, region)
    shown = {**fields(client.get("/welcome/")), "choice": "1"}
    client.post("/welcome/", shown)
    again = client.post("/welcome/", shown)
    assert again.status_code == 302
    assert Answer.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"key": "x"},
        {"choice": "99"},
        {"choice": "\x00"},
        {"sure": "9"},
        {"task": "x"},
        {"batch": "%00"},
        {"batch": "\x00"},
    ],
)
def test_odd_input_is_refused_without_a_crash_or_an_answer(client, owner, region, wrong):
    open_batch(owner, region, ask_sure=True)
    sent = client.post("/welcome/", {**fields(client.get("/welcome/")), "choice": "1", "sure": "2", **wrong})
    assert sent.status_code in {302, 400, 404, 422}
    assert not Answer.objects.exists()


def test_items_with_markup_are_shown_as_text(client, owner, region):
    batch = open_batch(owner, region)
    Task.objects.filter(batch=batch).update(payload={"source": "<script>alert(1)</script>"})
    assert "<script>alert" not in client.get("/welcome/").content.decode()


def test_the_page_says_who_invited_them(client, eva, norrby):
    mei = Person.objects.get(pk=subject("Mei Tanaka", norrby).person_id)
    Invitation.objects.create(
        token_hash="h", email="eva@test.example", organisation=norrby, invited_by=mei, person_id=eva.person_id,
        accepted=timezone.now(), expires=timezone.now(),
    )  # fmt: skip
    assert "Invited by Mei Tanaka" in client.get("/welcome/").content.decode()
