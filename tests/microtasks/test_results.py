"""The result explorer: who may look, what it says of a batch in every state, and what it never says of a person."""

from datetime import date, timedelta

import numpy as np
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.microtasks.actions.assignments import report_problem
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.actions.results import review_task
from talkoo.microtasks.models import Batch, BatchPerson, BatchState, Result, Task
from talkoo.microtasks.queries import results
from talkoo.microtasks.queries.crowd import crowd, nameable
from talkoo.microtasks.queries.history import how_it_came_about, in_hundred
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views import pictures
from talkoo.microtasks.views.distribution import values_picture
from talkoo.microtasks.views.results import minutes_saved, time_words
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas Owner", region, Role.TASK_OWNER)


@pytest.fixture
def people(region):
    return [subject(f"Secret Person {n}", region) for n in range(5)]


@pytest.fixture
def client(owner):
    return client_of(owner)


@pytest.fixture
def batch(owner, region, people):
    """Twelve items: ten settled by two who agree, one on which people differ, one nobody has seen."""
    made = open_batch(owner, region, tasks=12, least=2, most=5, sure=75, may_choose=True)
    for by in people[:2]:
        for number in range(1, 11):
            send(by, take(by, made, number=number), "ab"[number % 2])
    for by, value in zip(people, "abc", strict=False):
        send(by, take(by, made, number=11), value, note="<b>hard to say</b>" if value == "b" else "")
    return made


def client_of(who):
    client = Client()
    client.force_login(Person.objects.get(pk=who.person_id))
    return client


def page(client, batch, query="", **headers):
    answer = client.get(f"/batches/{batch.code}/{query}", headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize("path", ["", "progress/", "tasks/1/"])
def test_results_are_for_owners_and_the_coordinators_of_their_organisation(batch, region, people, path):
    batch.audience.add(region)
    elsewhere = organisation("Elsewhere")
    reviewer = subject("Carla", region)
    BatchPerson.objects.create(batch=batch, person_id=reviewer.person_id, relation=Relation.REVIEWER)
    for who, status in (
        (people[0], 403),
        (reviewer, 403),
        (subject("Mei", elsewhere, Role.TASK_OWNER), 404),
        (subject("Ole", elsewhere, Role.COORDINATOR), 404),
        (subject("Lotta", region, Role.COORDINATOR), 200),
    ):
        assert client_of(who).get(f"/batches/{batch.code}/{path}").status_code == status


def test_a_visitor_is_asked_to_sign_in_and_comes_back(batch):
    answer = Client().get(f"/batches/{batch.code}/")
    assert answer.status_code == 302
    assert f"/batches/{batch.code}/" in answer.url


def test_a_coordinator_looks_but_has_no_buttons(batch, region, client):
    shown = page(client_of(subject("Lotta", region, Role.COORDINATOR)), batch)
    assert "Ask one more person" not in shown
    assert "Export" not in shown
    assert "Ask one more person" in page(client, batch)


def test_no_name_of_a_contributor_is_anywhere(batch, client, people):
    shown = page(client, batch, "?show=all&task=11") + client.get(f"/batches/{batch.code}/tasks/11/").content.decode()
    assert not any(person.name in shown for person in people)
    assert "hard to say" in shown


def test_an_organisation_is_named_from_five_people_on_and_never_by_subtraction():
    assert nameable([(1, "Norrby", 9), (2, "Ekhamn", 6), (3, "Roads", 5)]) == {1: "Norrby", 2: "Ekhamn", 3: "Roads"}
    assert nameable([(1, "Norrby", 9), (2, "Ekhamn", 6), (3, "Roads", 4)]) == {1: "Norrby"}
    assert nameable([(1, "Norrby", 9), (2, "Ekhamn", 3), (3, "Roads", 2)]) == {1: "Norrby"}
    assert nameable([(1, "Norrby", 4)]) == {}
    assert nameable([(None, "", 7), (1, "Norrby", 5)]) == {1: "Norrby"}


def test_an_organisation_with_few_people_is_shown_among_the_others(owner, region):
    batch = open_batch(owner, region, tasks=1, least=6, most=6, adaptive=False)
    norrby, ekhamn = organisation("City of Norrby", region), organisation("Ekhamn", region)
    for n in range(6):
        by = subject(f"P{n}", norrby if n < 5 else ekhamn)
        send(by, take(by, batch), "a")
    assert (crowd(batch).people, crowd(batch).organisations) == (6, 2)
    shown = page(client_of(owner), batch, "?show=all&task=1")
    assert "Ekhamn" not in shown
    assert "Other organisations" in shown


def test_what_people_wrote_is_shown_as_text(owner, region, people):
    nasty = "<script>alert(1)</script>"
    batch = open_batch(
        owner, region, tasks=1, title=nasty, question=nasty, config={"options": [nasty, "b"]}, least=2, most=2, sure=99
    )
    Task.objects.update(name=nasty, payload={"source": nasty})
    for by, value in zip(people, (nasty, "b"), strict=False):
        held = take(by, batch)
        report_problem(by=by, code=str(held.code), text=nasty)
        send(by, held, value, note=nasty)
    client = client_of(owner)
    review_task(by=owner, batch=batch, number=1, value=nasty, note=nasty)
    for address in (f"/batches/{batch.code}/?show=all", f"/batches/{batch.code}/tasks/1/", f"/reviews/{batch.code}/1/"):
        shown = client.get(address).content.decode()
        assert "<script>alert" not in shown
        assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize("state", list(BatchState))
def test_the_page_stands_in_every_state(batch, client, state):
    Batch.objects.update(state=state, closed=timezone.now(), deadline=timezone.localdate())
    shown = page(client, batch)
    assert "Sort the letters" in shown
    assert ("every 10s" in shown) == (state in {BatchState.OPEN, BatchState.PAUSED})


def test_a_batch_without_items_and_one_without_answers_say_what_comes_next(owner, region, client):
    assert "Nothing is settled yet" in page(client, open_batch(owner, region))
    shown = page(client, open_batch(owner, region, tasks=0, state=BatchState.DRAFT))
    assert "Not open yet" in shown


def test_the_page_takes_at_most_twelve_queries(batch, client, owner):
    refit_batch(batch)
    for query in ("", "?show=all&task=12", "?q=letter&sort=newest&page=2"):
        with CaptureQueriesContext(connection) as asked:
            page(client, batch, query)
        assert len(asked) <= 12, [entry["sql"][:90] for entry in asked]


@pytest.mark.parametrize(
    "query",
    [
        "?show=nonsense&sort=x&page=x&task=x",
        "?page=999999999999",
        "?q=%00%25_'",
        "?task=99999999999999999999",
        "?task=-1&page=0",
    ],
)
def test_an_address_that_makes_no_sense_shows_what_is_most_useful(batch, client, query):
    assert "Letter" in page(client, batch, query) or "Nothing found" in page(client, batch, query)


def test_a_task_that_is_not_there_is_missing(batch, client):
    assert client.get(f"/batches/{batch.code}/tasks/99/").status_code == 404
    assert client.get(f"/batches/{batch.code}/?task=99").status_code == 404


def test_disagreements_come_first_and_filters_say_how_many_they_hold(batch, client):
    shown = page(client, batch)
    assert "Disagreements 1" in shown
    assert "Settled 10" in shown
    assert "Letter 11" in shown
    assert "Letter 12" not in shown
    assert "Letter 12" in page(client, batch, "?show=open")
    assert "Nothing found" in page(client, batch, "?q=nowhere")


def test_htmx_gets_the_list_alone_and_going_back_the_whole_page(batch, client):
    part = page(client, batch, "?show=all", **{"HX-Request": "true"})
    assert "<html" not in part
    assert 'id="explorer"' in part
    assert "<html" in page(client, batch, "?show=all", **{"HX-Request": "true", "HX-History-Restore-Request": "true"})


def test_moving_figures_are_sent_again_only_when_they_moved(batch, client, people):
    address = f"/batches/{batch.code}/progress/"
    first = client.get(address)
    assert first.status_code == 200
    with CaptureQueriesContext(connection) as asked:
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 304
    assert len(asked) <= 7
    by = people[4]
    send(by, take(by, batch, number=12), "a")
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_result_tells_every_answer_and_why_it_closed(batch):
    steps = how_it_came_about(Task.objects.select_related("batch").get(number=1))
    assert [step.label for step in steps] == ["Answer 1", "Answer 2", "Closed by the rule"]
    assert steps[1].text.startswith("b: probability ")
    result = Result.objects.get(task__number=1)
    assert in_hundred(result.probability) in steps[1].text
    assert f"sure enough here: {batch.sure} in 100" in steps[2].text
    waiting = how_it_came_about(Task.objects.select_related("batch").get(number=11))
    assert waiting[-1].state == "now"


def test_a_late_opinion_and_a_reviewer_are_part_of_the_story(owner, region, people):
    batch = open_batch(owner, region, tasks=1, least=2, most=2, sure=99)
    for by, value in zip(people, "ab", strict=False):
        send(by, take(by, batch), value)
    review_task(by=owner, batch=batch, number=1, value="b")
    labels = [step.label for step in how_it_came_about(Task.objects.select_related("batch").get())]
    assert labels == ["Answer 1", "Answer 2", "A reviewer decided"]


def test_certainty_is_never_rounded_up_to_a_hundred():
    assert [in_hundred(p) for p in (0.5, 0.994, 0.9999, 1)] == ["50", "99", "99", "100"]


def seen(days, tasks=100, settled=None, values=(), units=()):
    done = settled if settled is not None else sum(n for _day, n in days)
    counts = results.Counts(tasks, done, 0, tasks - done, 0, done * 3, 0, done * 3)
    return results.Overview(counts, 0, 0, days, values, units, {})


def test_the_forecast_says_a_day_and_its_range_and_warns_when_that_is_late():
    batch = Batch(pk=1, state=BatchState.OPEN, deadline=TODAY + timedelta(days=2))
    known = seen([(TODAY - timedelta(days=n), 10) for n in range(5, 0, -1)])
    ahead = pictures.look_ahead(batch, known, TODAY)
    words = pictures.outlook(batch, known, ahead, TODAY)
    assert words.day == "Wednesday 25 November"
    assert words.late
    assert "You need it by Sunday 22 November" in words.text
    assert pictures.look_ahead(batch, known, TODAY) == ahead


def test_without_settled_tasks_or_after_the_end_there_is_no_forecast():
    batch = Batch(pk=1, state=BatchState.OPEN)
    assert (
        pictures.outlook(batch, seen([]), pictures.look_ahead(batch, seen([]), TODAY), TODAY).day == "Too early to say"
    )
    two_days = seen([(TODAY - timedelta(days=2), 10), (TODAY - timedelta(days=1), 10), (TODAY, 10)])
    assert pictures.look_ahead(batch, two_days, TODAY) is None
    done = seen([(TODAY, 100)])
    assert pictures.look_ahead(batch, done, TODAY) is None
    assert pictures.outlook(batch, done, None, TODAY).label == "Finished"
    batch.state = BatchState.CLOSED
    assert "60 are not settled" in pictures.outlook(batch, seen([(TODAY, 40)]), None, TODAY).text


@pytest.mark.parametrize("days", [1, 3, 40, 400])
def test_the_picture_of_progress_ends_today_whatever_the_length(days):
    batch = Batch(pk=1, state=BatchState.OPEN)
    known = seen([(TODAY - timedelta(days=n), 1) for n in range(days - 1, -1, -1)], tasks=days * 2)
    ahead = pictures.look_ahead(batch, known, TODAY)
    chart = pictures.progress_picture(batch, known, ahead, pictures.outlook(batch, known, ahead, TODAY), TODAY)
    assert len(chart.table.rows) <= 60
    assert ["Today", str(days)] in [list(row)[:2] for row in chart.table.rows]


def test_every_bar_lies_within_its_interval_and_sure_results_leave_none():
    batch = Batch(task_type="choice", config={"options": ["a", "b", "c"]}, question="Which?")
    unsure = values_picture(batch, seen([(TODAY, 10)], values=[("a", 6, 4.8, 3.9), ("b", 4, 2.4, 1.5)]))
    assert [(row.label, row.text) for row in unsure.rows] == [("a", "6"), ("b", "4"), ("c", "0")]
    for row in unsure.rows:
        assert float(row.low) <= float(row.width) <= float(row.high)
    certain = values_picture(batch, seen([(TODAY, 10)], values=[("a", 6, 6.0, 6.0), ("b", 4, 4.0, 4.0)]))
    assert all(row.low == row.width == row.high for row in certain.rows)


def test_many_answers_are_shown_as_the_most_frequent_and_the_rest():
    batch = Batch(task_type="choice", config={"options": [f"o{n}" for n in range(40)]})
    chart = values_picture(batch, seen([(TODAY, 40)], values=[[f"o{n}", 1, 0.9, 0.81] for n in range(40)]))
    assert len(chart.rows) == 12
    assert chart.rows[-1].label == "29 other answers"


def test_agreement_is_said_in_words_and_names_what_people_read_differently():
    found = {"alpha": 0.7, "low": 0.6, "high": 0.8, "units": [
        {"name": "light", "alpha": 0.4, "low": 0.3, "high": 0.5}, {"name": "noise", "alpha": 0.9, "low": 0.8, "high": 1.0},
    ]}  # fmt: skip
    assert "Well enough" in pictures.agreement_words(found)
    assert pictures.agreement_care(found) == ["light"]
    assert pictures.agreement_words({}) == ""
    assert pictures.agreement_picture({"alpha": None}) is None


def test_time_saved_is_counted_against_the_most_answers_each():
    batch = Batch(adaptive=True, most=5, minutes=6)
    assert minutes_saved(batch, seen([(TODAY, 50)]).counts) == 600
    batch.adaptive = False
    assert minutes_saved(batch, seen([(TODAY, 50)]).counts) == 0
    assert [time_words(n) for n in (1, 45, 600, 90_000)] == ["1 minute", "45 minutes", "10 hours", "1,500 hours"]


def test_an_answer_of_several_labels_is_counted_by_label(owner, region, people, client):
    config = {"options": ["light", "noise", "trees"], "several": True}
    batch = open_batch(owner, region, tasks=2, config=config, least=2, most=2, adaptive=False)
    for by in people[:2]:
        send(by, take(by, batch), ["light", "noise"])
        send(by, take(by, batch), ["light"])
    counted = results.overview(batch)
    assert sorted(map(tuple, counted.values)) == [("light", 2), ("noise", 1)]
    chart = values_picture(batch, counted)
    assert [(row.label, row.text) for row in chart.rows] == [("light", "2"), ("noise", "1"), ("trees", "0")]
    assert "light, noise" in page(client, batch, "?show=all&task=1")


def test_a_result_in_which_nothing_was_chosen_says_so():
    config = {"options": ["Roads", "Parks"], "several": True}
    nothing = task_type("choice").aggregation.decode(config, np.array([[0.9, 0.1], [0.8, 0.2]]))
    assert task_type("choice").words(config, nothing) == "None of these"
