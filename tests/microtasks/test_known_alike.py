"""Nothing that a contributor is shown or told differs between an item with a known answer and another."""

from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.lib.errors import Conflict
from talkoo.microtasks.actions.assignments import skip_task, take_task
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, Task, TaskState
from talkoo.microtasks.queries.instructions import my_answers
from talkoo.microtasks.queries.work import remaining, why_this
from tests.callers import Caller, token_of
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db
ORDINARY, KNOWN, PRACTICE = 1, 4, 5


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
    """Three ordinary items, the fourth with a known answer, the fifth for practice; people may choose."""
    made = open_batch(owner, region, tasks=5, least=1, most=3, may_choose=True, control_every=10)
    mark_known(by=owner, code=made.code, number=KNOWN, value="a")
    mark_known(by=owner, code=made.code, number=PRACTICE, value="a", practice=True)
    made.refresh_from_db()
    return made


def asks_three(batch):
    """One answer settles nothing."""
    Batch.objects.filter(pk=batch.pk).update(adaptive=False)
    Task.objects.filter(batch=batch).update(needed=3)


def take_and_send(by, batch) -> Assignment:
    held = take(by, batch)
    send(by, held)
    return held


def lapse(held):
    Assignment.objects.filter(pk=held.pk).update(state=AssignmentState.LAPSED)


def test_the_same_answer_sent_again_is_told_the_same_of_both(amina, batch):
    asks_three(batch)
    told = []
    for number in (ORDINARY, KNOWN):
        held, key = take(amina, batch, number), uuid4()
        told.append([(sent.counted, sent.settled) for sent in (send(amina, held, key=key), send(amina, held, key=key))])
    assert told == [[(True, False)] * 2] * 2


def test_every_item_is_given_the_same_reasons_also_the_last_one_needed(amina, batch, region):
    rashid = subject("Rashid", region)
    for number in (ORDINARY, KNOWN):
        Task.objects.filter(batch=batch, number=number).update(needed=3)
        send(rashid, take(rashid, batch, number))
    reasons = []
    for number in (ORDINARY, KNOWN):
        held = take(amina, batch, number)
        reasons.append(why_this(amina, held))
        lapse(held)
    assert reasons[0] == reasons[1]
    assert len(reasons[0]) == 1


def test_where_no_answer_is_known_the_number_and_the_forecast_are_told(owner, region, amina):
    plain = open_batch(owner, region, tasks=1, least=1, most=3)
    assert len(why_this(amina, take(amina, plain))) == 2


def test_an_answer_to_a_known_item_is_found_among_those_that_may_be_changed(amina, batch):
    asks_three(batch)
    for number in (ORDINARY, KNOWN):
        send(amina, take(amina, batch, number))
    assert {held.task.number for held in my_answers(amina, batch)} == {ORDINARY, KNOWN}


def test_a_known_item_is_handed_out_by_its_number_like_another(amina, batch, region):
    """Refused, it would be told by asking for every number of a batch that nobody has begun."""
    for by in (amina, subject("Rashid", region)):
        held = take(by, batch, KNOWN)
        assert held.task.number == KNOWN
        assert take(by, batch, KNOWN).pk == held.pk
    assert Task.objects.get(batch=batch, number=KNOWN).active == 0
    lapse(Assignment.objects.get(person=amina.person_id))
    again = take(amina, batch, KNOWN)
    skip_task(by=amina, code=str(again.code))
    assert take_task(by=amina, batch=batch, number=KNOWN) is None
    assert [take_and_send(amina, batch).task.state for _ in range(3)] == [TaskState.OPEN] * 3, "met once, not again"


def test_of_a_number_that_is_not_handed_out_no_reason_is_told(batch, region):
    browser = Client()
    browser.force_login(person("Amina", region))
    address = reverse("work", args=[batch.code])
    for number in (PRACTICE, ORDINARY):
        Task.objects.filter(batch=batch, number=ORDINARY).update(closed=True)
        page = browser.post(address, {"task": str(number)}, follow=True).content.decode()
        assert f"Item {number} is not handed out now" in page
        assert "Nothing left for you" not in page
    assert 'max="' not in browser.get(address).content.decode().split('class="pick-item"')[1].split("</form>")[0]


def test_programs_are_told_no_more_of_a_number_than_people(amina, batch):
    Task.objects.filter(batch=batch, number=ORDINARY).update(closed=True)
    caller = Caller(token_of(amina))
    for number in (PRACTICE, ORDINARY):
        assert caller.post(f"/offers/{batch.code}/next", {"number": number}).json() == {"task": None, "left": None}
    for number in (2, KNOWN):
        held = caller.post(f"/offers/{batch.code}/next", {"number": number}).json()["task"]
        assert held["number"] == number
        caller.post(f"/assignments/{held['code']}/skip")
    Task.objects.filter(batch=batch, number=3).update(closed=True)
    left = caller.post(f"/offers/{batch.code}/next").json()["left"]
    assert left == {"open": 0, "mine": 0, "skipped": 2, "in_other_hands": None, "beyond": 0, "settled": 2, "total": 3}


def test_what_is_left_counts_a_known_item_like_others_and_nothing_that_would_tell_it(amina, batch):
    asks_three(batch)
    seen = [remaining(amina, batch)]
    for number in (ORDINARY, KNOWN):
        send(amina, take(amina, batch, number))
        seen.append(remaining(amina, batch))
    skip_task(by=amina, code=str(take(amina, batch, 2).code))
    assert [left.mine for left in seen] == [0, 1, 2]
    assert {(left.in_other_hands, left.settled, left.total) for left in seen} == {(None, 0, 3)}
    assert remaining(amina, batch).skipped == 1


def test_an_answer_beside_the_result_is_refused_in_the_same_words_whatever_became_of_the_item(owner, amina, batch):
    said = set()
    for number in (ORDINARY, 2):
        held = take(amina, batch, number)
        Task.objects.filter(pk=held.task_id).update(closed=True, state=TaskState.CLOSED)
        assert not send(amina, held).counted
        if number == 2:
            mark_known(by=owner, code=batch.code, number=number, value="a")
        with pytest.raises(Conflict) as refused:
            send(amina, held, "b")
        said.add(str(refused.value))
    assert len(said) == 1
    assert "closed" not in said.pop()
