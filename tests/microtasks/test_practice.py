"""Practice: feedback after each answer, nothing that counts, and a door where an owner asks for it."""

from functools import partial

import pytest
from django.db import transaction
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions.assignments import take_task
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.due import forget_reliability
from talkoo.microtasks.actions.known import edit_control, mark_known, take_back_known
from talkoo.microtasks.actions.practice import practise
from talkoo.microtasks.models import Batch, PracticeAnswer, Reliability, Tally, Task, TaskState
from talkoo.microtasks.queries.control import batch_accuracy
from talkoo.microtasks.queries.practice import lacking_practice, practice_of
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import finds_locked
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db
FIRST, SECOND = 9, 10


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def amina(region):
    return subject("Amina", region)


@pytest.fixture
def batch(owner, region) -> Batch:
    """Ten items, of which the last two are for practice; one right answer there comes first."""
    found = open_batch(owner, region, tasks=10)
    for number, value in ((FIRST, "a"), (SECOND, "b")):
        mark_known(by=owner, code=found.code, number=number, value=value, why="See line two", practice=True)
    edit_control(by=owner, code=found.code, every=10, practice_right=1)
    found.refresh_from_db()
    return found


def test_only_those_to_whom_a_batch_is_offered_practise_on_it_and_only_on_what_is_for_practice(owner, region, batch):
    elsewhere = subject("Mei", organisation("Elsewhere"))
    batch.audience.set([region])
    with pytest.raises(Denied):
        practise(by=elsewhere, batch=batch, number=FIRST, value="a")
    amina = subject("Amina", region)
    mark_known(by=owner, code=batch.code, number=1, value="a")
    for number in (1, 2, 99):
        with pytest.raises(Missing):
            practise(by=amina, batch=batch, number=number, value="a")
    for said, field in (
        ({"value": "z"}, "choice"),
        ({"value": None}, "choice"),
        ({"value": None, "cannot": "x"}, "cannot"),
    ):
        with pytest.raises(Invalid) as refused:
            practise(by=amina, batch=batch, number=FIRST, **said)
        assert field in refused.value.fields
    assert not PracticeAnswer.objects.exists()


def test_practice_that_is_asked_for_comes_before_the_first_item_and_may_be_tried_until_it_is_right(owner, amina, batch):
    with pytest.raises(Conflict, match="1 right answer is missing"):
        take_task(by=amina, batch=batch)
    practise(by=amina, batch=batch, number=FIRST, value="c")
    with pytest.raises(Conflict):
        take_task(by=amina, batch=batch)
    practise(by=amina, batch=batch, number=FIRST, value=None, cannot="unreadable")
    assert practice_of(amina, batch).lacking == 1
    assert practise(by=amina, batch=batch, number=FIRST, value="a").agrees
    assert practise(by=amina, batch=batch, number=FIRST, value="c").agrees, "what is right stays"
    mine = practice_of(amina, batch)
    assert (mine.right, mine.tried, mine.lacking, mine.after(FIRST)) == (1, 1, 0, SECOND)
    assert take_task(by=amina, batch=batch) is not None
    edit_control(by=owner, code=batch.code, every=10, practice_right=2)
    batch.refresh_from_db()
    send(amina, take(amina, batch))
    assert take_task(by=amina, batch=batch) is not None, "whoever has begun goes on"


def test_practice_counts_for_nothing_and_is_kept_for_one_person_alone(owner, region, amina, batch):
    before = Tally.total(batch)
    practise(by=amina, batch=batch, number=FIRST, value="c")
    practise(by=amina, batch=batch, number=SECOND, value="b")
    assert Tally.total(batch) == before
    assert not Reliability.objects.filter(batch=batch).exists()
    assert batch_accuracy(batch) is None
    assert set(Task.objects.filter(number__in=(FIRST, SECOND)).values_list("state", "done", "active")) == {
        (TaskState.CONTROL, 0, 0)
    }
    assert practice_of(subject("Rashid", region), batch).tried == 0
    logged = Event.objects.filter(action="microtasks.practice.tried")
    assert logged.count() == 2
    assert not {"value", "number", "task", "agrees"} & set().union(*(event.facts for event in logged))


def test_practice_items_are_handed_out_to_nobody_and_are_forgotten_with_the_rest(owner, amina, batch):
    practise(by=amina, batch=batch, number=FIRST, value="a")
    met = set()
    while (held := take_task(by=amina, batch=batch)) is not None:
        met.add(held.task.number)
        send(amina, held)
    assert met == set(range(1, FIRST))
    move_batch(by=owner, code=batch.code, verb="close")
    with pytest.raises(Denied):
        practise(by=amina, batch=batch, number=SECOND, value="b")
    Batch.objects.filter(pk=batch.pk).update(closed="2025-01-01T00:00Z")
    forget_reliability()
    assert not PracticeAnswer.objects.exists()


def test_an_item_whose_answer_was_shown_in_practice_measures_nobody_and_is_no_work_again(owner, amina, batch):
    practise(by=amina, batch=batch, number=FIRST, value="c")
    with pytest.raises(Conflict, match="were shown its answer"):
        mark_known(by=owner, code=batch.code, number=FIRST, value="a")
    with pytest.raises(Conflict, match="were shown its answer"):
        take_back_known(by=owner, code=batch.code, number=FIRST)
    mark_known(by=owner, code=batch.code, number=FIRST, value="b", practice=True)
    mark_known(by=owner, code=batch.code, number=SECOND, value="b")
    assert take_back_known(by=owner, code=batch.code, number=SECOND).state == TaskState.OPEN, "nobody tried that one"


def test_another_answer_marks_anew_what_was_tried_before(owner, amina, batch):
    practise(by=amina, batch=batch, number=FIRST, value="c")
    mark_known(by=owner, code=batch.code, number=FIRST, value="c", practice=True)
    assert PracticeAnswer.objects.get(task__number=FIRST).agrees
    mark_known(by=owner, code=batch.code, number=FIRST, value="a", practice=True)
    assert not PracticeAnswer.objects.get(task__number=FIRST).agrees


def test_the_page_of_a_practised_item_offers_no_other_use_and_says_so_of_one_that_was_sent(owner, amina, batch, client):
    client.force_login(Person.objects.get(pk=owner.person_id))
    page = reverse("task_known", args=[batch.code, FIRST])
    before = client.get(page)
    assert "To measure certainty" in before.text
    practise(by=amina, batch=batch, number=FIRST, value="c")
    offered = client.get(page).text
    assert "To measure certainty" not in offered
    assert "take_back" not in offered
    for sent in ({"choice": "1", "use": "control", "why": "Line two"}, {"take_back": "1"}):
        answer = client.post(page, sent)
        assert answer.status_code == 409
        assert "were shown its answer" in answer.text
        assert sent.get("why", "") in answer.text


@pytest.mark.django_db(transaction=True)
def test_an_owner_waits_for_who_practises_at_this_moment():
    region = organisation("Region")
    owner, amina = subject("Jonas", region, Role.TASK_OWNER), subject("Amina", region)
    batch = open_batch(owner, region, tasks=2)
    mark_known(by=owner, code=batch.code, number=1, value="a", practice=True)
    again = partial(take_back_known, by=owner, code=batch.code, number=1)
    with transaction.atomic():
        practise(by=amina, batch=batch, number=1, value="c")
        assert finds_locked(again)
    with pytest.raises(Conflict, match="were shown its answer"):
        again()


def test_of_whoever_has_begun_a_claim_reads_no_practice_item(amina, batch, django_assert_num_queries):
    practise(by=amina, batch=batch, number=FIRST, value="a")
    take(amina, batch)
    with django_assert_num_queries(1):
        assert lacking_practice(amina, batch) == 0


def test_more_right_answers_than_there_are_items_are_never_asked_for(owner, region, amina, batch):
    with pytest.raises(Invalid) as refused:
        edit_control(by=owner, code=batch.code, every=10, practice_right=3)
    assert "practice_right" in refused.value.fields
    Batch.objects.filter(pk=batch.pk).update(practice_right=9)
    batch.refresh_from_db()
    for number, value in ((FIRST, "a"), (SECOND, "b")):
        practise(by=amina, batch=batch, number=number, value=value)
    assert take_task(by=amina, batch=batch) is not None


# The pages


def test_the_page_says_after_each_answer_whether_it_is_right_and_why(client, amina, batch):
    client.force_login(Person.objects.get(pk=amina.person_id))
    start = client.get(f"/work/{batch.code}/").content.decode()
    assert "Practice comes first: 1 right answer" in start
    assert client.post(f"/work/{batch.code}/").url == f"/work/{batch.code}/practice/"
    page = f"/work/{batch.code}/practice/{FIRST}/"
    assert client.get(f"/work/{batch.code}/practice/").url == page
    assert "See line two" not in client.get(page).content.decode(), "nothing is told before"
    assert client.post(page, {}).status_code == 422
    assert client.post(page, {"choice": "2"}).url == page
    wrong = client.get(page).content.decode()
    assert "The known answer is another one." in wrong
    assert "See line two" in wrong
    assert "1 more right answer" in wrong
    client.post(page, {"choice": "1"})
    assert "That is right." in client.get(page).content.decode()
    assert client.get(f"/work/{batch.code}/practice/1/").status_code == 404
    assert client.post(f"/work/{batch.code}/").url.startswith("/assignments/")
