"""A reviewer decides what people could not settle; an owner asks once more. Whoever may not is refused first."""

import threading

import pytest
from django.db import connection
from django.test import Client

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions.assignments import report_problem
from talkoo.microtasks.actions.results import ask_one_more, reply_to_problem, review_task, send_to_review
from talkoo.microtasks.models import BatchPerson, BatchState, Problem, Result, Tally, Task, TaskState
from talkoo.microtasks.queries.reviews import waiting_reviews
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def carla(region):
    return subject("Carla", region)


@pytest.fixture
def people(region):
    return [subject(f"Person {n}", region) for n in range(4)]


@pytest.fixture
def batch(owner, region, carla, people):
    """One task that four people could not settle, and a named reviewer."""
    made = open_batch(owner, region, tasks=1, least=2, most=4, sure=95)
    for by, value in zip(people, "abab", strict=True):
        send(by, take(by, made), value, note="Could be either." if value == "b" else "")
    BatchPerson.objects.create(batch=made, person_id=carla.person_id, relation=Relation.REVIEWER)
    return made


def client_of(who):
    client = Client()
    client.force_login(Person.objects.get(pk=who.person_id))
    return client


def test_neither_contributor_nor_coordinator_nor_owner_beside_a_reviewer_may_decide(batch, owner, region, people):
    coordinator = subject("Lotta", region, Role.COORDINATOR)
    for who in (people[0], coordinator, owner):
        with pytest.raises(Denied):
            review_task(by=who, batch=batch, number=1, value="a")
    assert not Result.objects.exists()


def test_a_reviewer_who_answered_it_does_not_decide_it(batch, people):
    BatchPerson.objects.create(batch=batch, person_id=people[0].person_id, relation=Relation.REVIEWER)
    with pytest.raises(Denied, match="did themselves"):
        review_task(by=people[0], batch=batch, number=1, value="a")
    assert not waiting_reviews(people[0]).exists()
    page = client_of(people[0]).get(f"/reviews/{batch.code}/1/")
    assert b"You answered this one yourself" in page.content
    assert b"<textarea" not in page.content


def test_a_contributor_may_not_ask_again_send_to_review_or_answer_a_report(batch, people):
    for refused in (
        lambda: ask_one_more(by=people[0], batch=batch, number=1),
        lambda: send_to_review(by=people[0], batch=batch, number=1),
    ):
        with pytest.raises(Denied):
            refused()


def test_a_decision_settles_the_task_with_its_note_and_is_on_record(batch, carla):
    assert [task.number for task in waiting_reviews(carla)] == [1]
    result = review_task(by=carla, batch=batch, number=1, value="b", note="It names the road.")
    task = Task.objects.get()
    assert (task.state, task.result_id) == (TaskState.CLOSED, result.pk)
    assert (result.value, result.reason, result.method, result.probability) == ("b", "review", "reviewer", None)
    assert (result.decided_by_id, result.note, len(result.answer_ids)) == (carla.person_id, "It names the road.", 4)
    assert Tally.total(batch) == {"answers": 4, "surplus": 0, "closed": 1, "review": 0}
    event = Event.objects.get(action="microtasks.task.reviewed")
    assert event.actor_id == carla.person_id
    assert "road" not in str(event.facts)
    assert not waiting_reviews(carla).exists()


@pytest.mark.parametrize(
    ("value", "note", "field"), [(None, "", "choice"), ("z", "", "choice"), ("a", "x" * 2001, "note")]
)
def test_a_decision_that_does_not_fit_is_refused_by_field(batch, carla, value, note, field):
    with pytest.raises(Invalid) as refused:
        review_task(by=carla, batch=batch, number=1, value=value, note=note)
    assert field in refused.value.fields
    assert Task.objects.get().state == TaskState.REVIEW


def test_owners_review_where_nobody_is_named(batch, owner):
    BatchPerson.objects.filter(relation=Relation.REVIEWER).delete()
    assert waiting_reviews(owner).count() == 1
    assert review_task(by=owner, batch=batch, number=1, value="a").value == "a"


def test_the_second_of_two_reviewers_is_told_and_keeps_the_words(batch, carla, region):
    anton = subject("Anton", region)
    BatchPerson.objects.create(batch=batch, person_id=anton.person_id, relation=Relation.REVIEWER)
    client = client_of(anton)
    assert client.get(f"/reviews/{batch.code}/1/").status_code == 200
    review_task(by=carla, batch=batch, number=1, value="b")
    late = client.post(f"/reviews/{batch.code}/1/", {"choice": "1", "note": "My reasons"})
    assert late.status_code == 409
    assert "Somebody else decided this one" in late.content.decode()
    assert "My reasons" in late.content.decode()
    assert Result.objects.get().value == "b"


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_at_the_same_moment_one_decides(batch, carla, region):
    anton = subject("Anton", region)
    BatchPerson.objects.create(batch=batch, person_id=anton.person_id, relation=Relation.REVIEWER)
    together, outcomes = threading.Barrier(2), []

    def decide(who, value):
        together.wait()
        try:
            outcomes.append(review_task(by=who, batch=batch, number=1, value=value).value)
        except Conflict:
            outcomes.append("told")
        finally:
            connection.close()

    threads = [threading.Thread(target=decide, args=pair) for pair in ((carla, "a"), (anton, "b"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("told") == 1
    assert Result.objects.get().value in outcomes
    assert Tally.total(batch)["closed"] == 1


def test_the_page_of_a_review_shows_counts_and_notes_but_no_names(batch, carla, people):
    shown = client_of(carla).get(f"/reviews/{batch.code}/1/").content.decode()
    assert "Could be either." in shown
    assert "Other organisations" in shown
    assert not any(person.name in shown for person in people)


def test_deciding_leads_to_the_next_one_and_then_to_the_list(batch, carla, owner, region, people):
    second = open_batch(owner, region, tasks=1, least=2, most=2, sure=99)
    BatchPerson.objects.create(batch=second, person_id=carla.person_id, relation=Relation.REVIEWER)
    for by, value in zip(people, "ab", strict=False):
        send(by, take(by, second), value)
    client = client_of(carla)
    assert client.post(f"/reviews/{batch.code}/1/", {"choice": "1"}).url == f"/reviews/{second.code}/1/"
    assert client.post(f"/reviews/{second.code}/1/", {"choice": "1"}).url == "/reviews/"
    assert "Nothing waits for you" in client.get("/reviews/").content.decode()


def test_an_empty_decision_is_shown_again_with_what_was_typed(batch, carla):
    page = client_of(carla).post(f"/reviews/{batch.code}/1/", {"note": "kept \x00 words"})
    assert page.status_code == 422
    assert "Choose what the result should be." in page.content.decode()
    assert "kept  words" in page.content.decode()


def test_one_more_person_reopens_a_settled_task_and_the_next_result_is_a_new_version(batch, owner, carla, region):
    review_task(by=carla, batch=batch, number=1, value="b")
    ask_one_more(by=owner, batch=batch, number=1)
    task = Task.objects.get()
    assert (task.state, task.is_open, task.needed, task.result_id) == (TaskState.OPEN, True, 5, None)
    assert Tally.total(batch)["closed"] == 0
    late = subject("Late", region)
    send(late, take(late, batch), "b")
    task.refresh_from_db()
    assert task.state == TaskState.REVIEW
    review_task(by=carla, batch=batch, number=1, value="b")
    assert [result.version for result in Result.objects.order_by("version")] == [1, 2]
    assert Tally.total(batch) == {"answers": 5, "surplus": 0, "closed": 1, "review": 0}


def test_a_closed_batch_asks_nobody_any_more(batch, owner):
    batch.state = BatchState.CLOSED
    batch.save()
    with pytest.raises(Conflict):
        ask_one_more(by=owner, batch=batch, number=1)


def test_a_settled_task_may_be_sent_to_a_reviewer_and_counts_as_settled_no_more(owner, region, people, carla):
    batch = open_batch(owner, region, tasks=1, least=1, most=1, adaptive=False)
    send(people[0], take(people[0], batch), "a")
    assert Tally.total(batch)["closed"] == 1
    send_to_review(by=owner, batch=batch, number=1)
    task = Task.objects.get()
    assert (task.state, task.result_id, task.is_open) == (TaskState.REVIEW, None, False)
    assert Tally.total(batch) == {"answers": 1, "surplus": 0, "closed": 0, "review": 1}
    with pytest.raises(Conflict):
        send_to_review(by=owner, batch=batch, number=1)
    assert Result.objects.count() == 1


def test_what_nobody_answered_is_not_sent_to_a_reviewer(owner, region):
    with pytest.raises(Conflict):
        send_to_review(by=owner, batch=open_batch(owner, region), number=1)


def test_a_report_is_answered_by_the_owner_of_its_batch_alone(owner, region, people, carla):
    batch, other = open_batch(owner, region), open_batch(owner, region)
    held = take(people[0], batch)
    problem = report_problem(by=people[0], code=str(held.code), text="The page is blank.")
    with pytest.raises(Denied):
        reply_to_problem(by=people[0], batch=batch, problem=problem.pk, reply="No.")
    with pytest.raises(Missing):
        reply_to_problem(by=owner, batch=other, problem=problem.pk, reply="No.")
    with pytest.raises(Invalid):
        reply_to_problem(by=owner, batch=batch, problem=problem.pk, reply=" ")
    assert Problem.objects.get().closed is None
    answered = client_of(owner).post(
        f"/batches/{batch.code}/problems/{problem.pk}/", {"reply": "It is replaced.", "query": "show=all"}
    )
    assert answered.url.endswith("show=all&task=1#opened")
    assert Problem.objects.get().reply == "It is replaced."


def test_what_others_said_is_not_shown_to_a_reviewer_while_the_item_is_open(batch, owner, carla):
    page, address = client_of(carla), f"/reviews/{batch.code}/1/"
    assert "Could be either." in page.get(address).content.decode()
    ask_one_more(by=owner, batch=batch, number=1)
    assert "Could be either." not in page.get(address).content.decode()
