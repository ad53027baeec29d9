"""The contribute page over HTTP: next in the same request, errors in place, nothing said that is not so."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, Problem, Sensitivity
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def batch(region):
    return open_batch(
        subject("Jonas", region, Role.TASK_OWNER), region, tasks=3, ask_sure=True, least=2, most=2, adaptive=False
    )


@pytest.fixture
def amina(region):
    signed = Client()
    signed.force_login(person("Amina", region))
    return signed


def start(client, batch):
    return client.post(reverse("work", args=[batch.code]))["Location"]


def key(page):
    return re.search(r'name="key" value="([^"]+)"', page.content.decode())[1]


def answer(client, address, **said):
    page = client.get(address)
    return client.post(address, {"key": key(page), "choice": "1", "sure": "2", **said})


def test_a_visitor_is_asked_to_sign_in_and_a_script_learns_that_nothing_was_stored(batch):
    visitor, address = Client(), reverse("assignment_draft", args=[uuid4()])
    assert "/accounts/login/" in visitor.get(reverse("work", args=[batch.code]))["Location"]
    assert visitor.post(address, headers={"X-Requested-With": "fetch"}).status_code == 401
    moved = visitor.post(address, headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/tasks/?q=1"})
    assert moved["HX-Redirect"].endswith("?next=%2Ftasks%2F")


def test_one_request_sends_and_shows_the_next_with_and_without_scripts(amina, batch):
    first = start(amina, batch)
    second = answer(amina, first)
    assert second.status_code == 302
    assert second["Location"] != first
    page = amina.get(second["Location"])
    sent = amina.post(
        second["Location"].split("?")[0],
        {"key": key(page), "choice": "2", "sure": "1"},
        headers={"HX-Request": "true"},
    )
    assert sent.status_code == 200
    assert "<html" not in sent.content.decode()
    assert "Letter 3" in sent.content.decode()
    assert sent["HX-Push-Url"].startswith("/assignments/")
    assert Answer.objects.count() == 2


def test_an_empty_answer_comes_back_with_its_errors_and_what_was_typed(amina, batch):
    address = start(amina, batch)
    page = answer(amina, address, choice="", sure="", note="my words")
    assert page.status_code == 422
    text = page.content.decode()
    assert "my words" in text
    assert 'href="#choice-1"' in text
    assert 'href="#sure-1"' in text
    assert not Answer.objects.exists()


def test_a_form_without_its_key_is_refused_in_words(amina, batch):
    page = amina.post(start(amina, batch), {"choice": "1", "sure": "2"})
    assert page.status_code == 400
    assert "out of date" in page.content.decode()


def test_items_and_notes_cannot_bring_script_into_the_page(amina, batch):
    batch.tasks.update(payload={"source": "<script>alert(1)</script>"}, name="<img src=x onerror=alert(1)>")
    page = amina.get(start(amina, batch)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_skip_gives_back_and_hands_out_the_next(amina, batch):
    address = start(amina, batch)
    page = amina.get(address)
    moved = amina.post(address, {"key": key(page), "skip": "1"})
    assert moved.status_code == 302
    assert Assignment.objects.get(code=address.split("/")[2]).state == AssignmentState.SKIPPED


def test_when_nothing_is_left_the_page_says_what_remains_and_why(amina, batch):
    address = start(amina, batch)
    for _ in range(3):
        address = answer(amina, address)["Location"]
    page = amina.get(address)
    assert address.endswith("?none=1")
    assert "3 open items have your answer already" in page.content.decode()


def test_the_page_of_a_settled_task_shows_the_result_beside_ones_own_answer(amina, batch, region):
    rashid = subject("Rashid", region)
    address = start(amina, batch)
    answer(amina, address)
    send(rashid, take(rashid, batch), "b", sure=3)
    page = amina.get(address).content.decode()
    assert "is settled" in page
    assert "Rashid" not in page


def test_a_late_answer_is_shown_as_kept(amina, batch, region):
    address = start(amina, batch)
    page = amina.get(address)
    batch.tasks.filter(number=1).update(closed=True)
    late = amina.post(address, {"key": key(page), "choice": "1", "sure": "2"}, follow=True)
    assert "was settled while you worked" in late.content.decode()
    assert "Nothing is lost" in late.content.decode()


def page_of_another(batch, region):
    """What somebody else sees who has the same item, the first."""
    bo = person("Bo", region)
    other = Client()
    other.force_login(bo)
    return other.get(reverse("assignment", args=[take(subject_of(bo), batch).code])).content.decode()


def test_a_problem_reaches_the_owner_and_an_empty_one_is_refused(amina, batch, region):
    address = start(amina, batch)
    assert amina.post(f"{address}problem/", {"text": "cut off"}).status_code == 302
    for text in (" ", "x" * 1001, "cut\0off"):
        refused = amina.post(f"{address}problem/", {"text": text})
        page = refused.content.decode()
        assert (refused.status_code, text.replace("\0", "") in page, "at most 1,000" in page) == (422, True, True)
    assert Problem.objects.get().text == "cut off"
    assert "No reply yet" in amina.get(address).content.decode()
    Problem.objects.update(reply="The whole page is there now", closed=timezone.now())
    page = amina.get(address).content.decode()
    assert "What you reported" in page
    assert "The whole page is there now" in page
    other = page_of_another(batch, region)
    assert ("Text 1" in other, "The whole page" in other) == (True, False)


def test_another_persons_task_is_not_found_by_any_method(amina, batch, region):
    other = Client()
    other.force_login(person("Rashid", region))
    address = start(amina, batch)
    assert other.get(address).status_code == 404
    for route in ("", "draft/", "renew/", "skip/", "problem/"):
        assert other.post(f"{address}{route}", {"text": "x"}).status_code == 404
    assert other.put(address).status_code == 405


def test_the_contribute_page_needs_few_queries(amina, batch, django_assert_max_num_queries):
    address = start(amina, batch)
    with django_assert_max_num_queries(12):
        amina.get(address)


ENDLESS = "9" * 5000


@pytest.mark.parametrize(
    "said",
    [{"choice": ENDLESS}, {"choice": "--5"}, {"choice": "1", "sure": "7"}, {"choice": "²"}, {"cannot": "\x00"}],
)
@pytest.mark.parametrize(("kind", "config"), [("choice", {"options": ["a", "b"]}), ("scale", {"low": 1, "high": 5})])
def test_an_answer_that_is_no_number_of_the_list_is_marked_and_nothing_is_stored(region, amina, kind, config, said):
    batch = open_batch(subject("Ida", region, Role.TASK_OWNER), region, task_type=kind, config=config)
    address = start(amina, batch)
    assert answer(amina, address, **said).status_code == 422
    assert not Answer.objects.exists()


def test_numbers_without_end_are_passed_over(amina, batch):
    address = amina.post(reverse("work", args=[batch.code]), {"task": ENDLESS})["Location"]
    assert answer(amina, address, sure=ENDLESS).status_code == 422
    assert answer(amina, address, next_task=ENDLESS).status_code == 302


def test_a_zero_byte_in_a_note_costs_neither_the_draft_nor_the_answer(amina, batch):
    address = start(amina, batch)
    kept = amina.post(f"{address}draft/", {"choice": "1\x00", "sure": "\x00", "cannot": "\x00", "note": "a\x00b"})
    assert kept.status_code == 200
    assert answer(amina, address, note="a\x00b").status_code == 302
    assert Answer.objects.get().note == "ab"


def test_a_page_of_htmx_with_an_address_nobody_can_read_still_comes_to_sign_in():
    moved = Client().get(reverse("board"), headers={"HX-Request": "true", "HX-Current-URL": "http://[x"})
    assert moved["HX-Redirect"].endswith("?next=%2F")


def test_a_batch_that_lets_people_choose_offers_its_numbers(amina, batch):
    address = reverse("work", args=[batch.code])
    assert 'name="task"' not in amina.get(address).content.decode()
    type(batch).objects.update(may_choose=True)
    assert 'name="task"' in amina.get(address).content.decode()
    assert "Letter 2" in amina.post(address, {"task": "2"}, follow=True).content.decode()


@pytest.mark.django_db(transaction=True)
def test_coming_back_to_a_task_in_hand_is_not_logged(amina, batch):
    start(amina, batch)
    start(amina, batch)
    assert Event.objects.filter(action="microtasks.task.taken").count() == 1


def test_confidential_items_are_closed_to_those_who_left_but_their_answers_are_kept(amina, batch):
    address = start(amina, batch)
    key_now = key(amina.get(address))
    elsewhere = organisation("Elsewhere")
    batch.audience.set([elsewhere])
    type(batch).objects.update(sensitivity=Sensitivity.CONFIDENTIAL, organisation=elsewhere)
    assert amina.get(address).status_code == 404
    code = address.rstrip("/").rpartition("/")[2]
    for name, said in (
        ("assignment_question", {"ask": ""}),
        ("assignment_question", {"ask": "Why?"}),
        ("assignment_aside", {}),
    ):
        shown = amina.post(reverse(name, args=[code]), said, headers={"HX-Request": "true"})
        assert (shown.status_code, "Text 1" in shown.content.decode()) == (404, False)
    assert amina.post(address, {"key": key_now, "choice": "99"}).status_code == 404
    assert amina.post(address, {"key": key_now, "choice": "1", "sure": "2"}).status_code == 302
    assert Answer.objects.count() == 1
