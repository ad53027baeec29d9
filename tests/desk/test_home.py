"""The start page: what one began, what fits, what waits, what became of it. For one's own eyes only."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from talkoo.access.permissions import Relation
from talkoo.desk.queries.home import HAVE, home
from talkoo.microtasks.actions.assignments import report_problem, save_draft, skip_task
from talkoo.microtasks.actions.results import reply_to_problem, send_to_review
from talkoo.microtasks.models import Batch, BatchPerson, BatchState, Sensitivity
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.people import subject, surely

pytestmark = pytest.mark.django_db


def page_of(by, have="10"):
    return home(by, have, timezone.now())


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def test_visitors_go_to_the_sign_in_page(amina):
    assert "/accounts/login/" in Client().get("/")["Location"]


def test_an_empty_house_leads_to_the_first_run_page():
    assert Client().get("/")["Location"] == "/first-run/"


def test_work_for_other_organisations_is_neither_shown_nor_counted(amina, owner, ekhamn):
    open_batch(owner, ekhamn, title="Herring").audience.add(ekhamn)
    seen = page_of(amina)
    assert (seen.fits, seen.offered) == ([], 0)
    assert "Herring" not in client_of(amina).get("/").content.decode()


def test_another_persons_work_in_hand_and_replies_stay_theirs(amina, owner, norrby, ekhamn):
    other = subject("Petra", norrby)
    batch = open_batch(owner, ekhamn)
    held = take(other, batch)
    problem = report_problem(by=other, code=held.code, text="A name is legible")
    reply_to_problem(by=owner, batch=batch, problem=problem.pk, reply="Covered now")
    send(other, held)
    seen = page_of(amina)
    assert (seen.begun, seen.waiting, seen.became, seen.growth) == ([], [], [], None)


def test_what_is_in_hand_shows_the_item_and_what_was_chosen(amina, owner, ekhamn):
    held = take(amina, open_batch(owner, ekhamn, item_word="letter"))
    save_draft(by=amina, code=held.code, draft={"choice": ["2"], "sure": "", "cannot": "", "note": ""})
    begun = page_of(amina).begun[0]
    assert (begun.item, begun.excerpt, begun.chosen) == ("Letter 1", "Text 1", ["b"])
    assert "one answer chosen" in begun.kept


@pytest.mark.parametrize("level", [Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED])
def test_nothing_of_sensitive_work_is_quoted_where_it_is_neither_marked_nor_noted(owner, ekhamn, level):
    clara = surely(replace(subject("Clara", ekhamn), clearance=level))
    batch = open_batch(owner, ekhamn, sensitivity=Sensitivity.CONFIDENTIAL)
    held = take(clara, batch)
    save_draft(by=clara, code=held.code, draft={"choice": ["2"], "sure": "", "cannot": "", "note": ""})
    problem = report_problem(by=clara, code=held.code, text="A name is legible")
    reply_to_problem(by=surely(owner), batch=batch, problem=problem.pk, reply="Text 1 stays")
    Batch.objects.update(sensitivity=level)
    page = page_of(clara)
    (begun,), (replied,) = page.begun, page.waiting
    assert (begun.excerpt, begun.chosen, begun.veiled) == ("", [], True)
    assert "one answer chosen" in begun.kept
    assert (replied.text, replied.note) == ("Shown when you open it.", batch.title)


def test_a_task_given_back_is_not_continued(amina, owner, ekhamn):
    held = take(amina, open_batch(owner, ekhamn))
    skip_task(by=amina, code=held.code)
    assert page_of(amina).begun == []


def test_the_give_back_button_works_from_home(amina, owner, ekhamn):
    take(amina, open_batch(owner, ekhamn))
    client = client_of(amina)
    page = client.get("/").content.decode()
    address = page.split('action="/assignments/')[1].split('"')[0]
    assert client.post(f"/assignments/{address}")["Location"] == "/"
    assert page_of(amina).begun == []


def test_the_time_at_hand_filters_and_says_how_many_fit(amina, owner, ekhamn):
    open_batch(owner, ekhamn, title="Short", minutes=2)
    open_batch(owner, ekhamn, title="Long", minutes=25)
    assert [(row.title, row.effort) for row in page_of(amina).fits] == [("Short", "2 min each, about 5 in your time")]
    assert {row.title for row in page_of(amina, "30").fits} == {"Short", "Long"}
    assert [row.title for row in page_of(amina, "week").fits] == ["Long", "Short"]
    assert [chip.current for chip in page_of(amina, "60").chips] == [code == "60" for code in HAVE]


def test_an_unknown_time_falls_back_to_the_first(amina):
    assert client_of(amina).get("/?have=%00x").status_code == 200


def test_a_reviewer_hears_of_decisions_that_wait_but_not_of_those_they_answered(amina, owner, norrby, ekhamn):
    batch = open_batch(owner, ekhamn, tasks=1)
    send(amina, take(amina, batch))
    carla = subject("Carla", norrby)
    for person in (amina, carla):
        BatchPerson.objects.create(batch=batch, person_id=person.person_id, relation=Relation.REVIEWER)
    send_to_review(by=owner, batch=batch, number=1)
    assert [item.title for item in page_of(carla).waiting] == ["One result needs your decision"]
    assert page_of(amina).waiting == []


def test_an_owner_sees_own_batches_and_reported_problems(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn)
    held = take(amina, batch)
    report_problem(by=amina, code=held.code, text="A name is legible")
    seen = page_of(owner)
    assert [item.title for item in seen.waiting] == ["One problem was reported"]
    assert [item.title for item in seen.owned] == [batch.title]
    assert page_of(amina).owned == []


def test_the_reply_to_a_problem_reaches_its_author_with_a_link_that_opens(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn)
    held = take(amina, batch)
    problem = report_problem(by=amina, code=held.code, text="A name is legible")
    reply_to_problem(by=owner, batch=batch, problem=problem.pk, reply="Covered now")
    reply = page_of(amina).waiting[0]
    assert "Covered now" in reply.text
    assert client_of(amina).get(reply.href).status_code == 200
    assert home(amina, "10", timezone.now() + timedelta(days=15)).waiting == []


def test_what_became_of_it_counts_ones_own_share_and_tells_of_the_close(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn, tasks=2, adaptive=False, least=1, most=1)
    send(amina, take(amina, batch))
    seen = page_of(amina).became[0]
    assert (seen.done, seen.total) == (1, 2)
    assert seen.mine == "You gave 1 of 1 answers; all of yours are settled."
    batch.state = BatchState.CLOSED
    batch.save()
    assert "The result is out" in page_of(amina).became[0].says


def test_growth_counts_what_was_given_and_newcomers_are_led_to_their_first(amina, owner, ekhamn):
    assert page_of(amina).newcomer
    assert "Your first minute" in client_of(amina).get("/").content.decode()
    send(amina, take(amina, open_batch(owner, ekhamn, minutes=2)))
    seen = page_of(amina)
    assert not seen.newcomer
    assert seen.growth is not None
    assert "one answer, about 2 min" in seen.growth.week


def test_nothing_left_says_so_instead_of_offering_it(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn, tasks=1)
    send(amina, take(amina, batch))
    seen = page_of(amina)
    assert (seen.fits, seen.offered) == ([], 1)
    assert "been through everything" in seen.lead


@pytest.mark.parametrize(
    ("hour", "words"), [(5, "Good morning"), (13, "Good afternoon"), (19, "Good evening"), (2, "Good evening")]
)
def test_the_greeting_knows_the_time_of_day(amina, hour, words):
    now = datetime(2026, 11, 23, hour, tzinfo=timezone.get_current_timezone())
    assert home(amina, "10", now).greeting == f"{words}, Amina"


def test_home_costs_twelve_queries_with_everything_on_it(amina, owner, ekhamn):
    for n in range(6):
        batch = open_batch(owner, ekhamn, title=f"Batch {n}", least=1, adaptive=False, most=1)
        send(amina, take(amina, batch))
        held = take(amina, batch)
        problem = report_problem(by=amina, code=held.code, text="A name is legible")
        reply_to_problem(by=owner, batch=batch, problem=problem.pk, reply="Covered now")
        BatchPerson.objects.create(batch=batch, person_id=amina.person_id, relation=Relation.OWNER)
    open_batch(owner, ekhamn)
    client = client_of(amina)
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/").status_code == 200
    assert 0 < len(queries) <= 12, "\n".join(query["sql"][:200] for query in queries)
