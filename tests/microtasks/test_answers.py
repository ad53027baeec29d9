"""An answer is stored once, counted once, never dropped; and a task closes for a reason it can state."""

import threading
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions import refit
from talkoo.microtasks.actions.assignments import skip_task, take_task
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.aggregation import class_fit
from talkoo.microtasks.models import (
    Answer,
    Assignment,
    AssignmentState,
    Batch,
    BatchState,
    Model,
    Reliability,
    Result,
    Tally,
    Task,
    TaskState,
)  # fmt: skip
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import storm
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def people(region):
    return [subject(f"Person {n}", region) for n in range(9)]


def test_somebody_elses_lease_cannot_be_answered(owner, region, people):
    held = take(people[0], open_batch(owner, region))
    with pytest.raises(Missing):
        send(people[1], held)
    assert not Answer.objects.exists()


def test_sending_the_same_answer_twice_stores_it_once(owner, region, people):
    held, key = take(people[0], open_batch(owner, region)), uuid4()
    first = send(people[0], held, "a", key=key)
    again = send(people[0], held, "b", key=key)
    assert again.answer.pk == first.answer.pk
    assert Answer.objects.count() == 1
    assert Tally.total(held.batch)["answers"] == 1


def test_an_answer_may_be_changed_while_its_task_is_open_and_every_version_stays(owner, region, people):
    held = take(people[0], open_batch(owner, region))
    send(people[0], held, "a")
    changed = send(people[0], held, "b")
    assert changed.answer.version == 2
    assert Answer.objects.count() == 2
    task = Task.objects.get(pk=held.task_id)
    assert (task.active, task.done) == (0, 1)
    assert Tally.total(held.batch)["answers"] == 1


def test_a_settled_answer_cannot_be_changed(owner, region, people):
    batch = open_batch(owner, region, tasks=1, least=1, most=1, adaptive=False)
    held = take(people[0], batch)
    assert send(people[0], held).settled
    with pytest.raises(Conflict):
        send(people[0], held, "b")


def test_a_late_answer_counts_while_there_is_room(owner, region, people):
    batch = open_batch(owner, region, tasks=1, least=2, most=2, adaptive=False)
    held = take(people[0], batch)
    Assignment.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    take(people[1], batch)
    assert Assignment.objects.get(pk=held.pk).state == AssignmentState.LAPSED
    assert send(people[0], held).counted


def test_a_late_answer_without_room_is_kept_as_surplus(owner, region, people):
    batch = open_batch(owner, region, tasks=1, least=1, most=1, adaptive=False)
    held = take(people[0], batch)
    Assignment.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    send(people[1], take(people[1], batch), "b")
    late = send(people[0], held, "a")
    assert not late.counted
    assert Assignment.objects.get(pk=held.pk).state == AssignmentState.SURPLUS
    assert Answer.objects.get(assignment=held).value == "a"
    assert Result.objects.get().value == "b"
    assert Tally.total(batch) == {"answers": 2, "surplus": 1, "closed": 1, "review": 0}


def test_an_answer_to_a_batch_that_closed_meanwhile_is_kept(owner, region, people):
    batch = open_batch(owner, region)
    held = take(people[0], batch)
    Batch.objects.update(state=BatchState.CLOSED)
    assert not send(people[0], held).counted
    assert Answer.objects.get().surplus


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"value": None}, "choice"),
        ({"value": "z"}, "choice"),
        ({"value": ["a"]}, "choice"),
        ({"value": None, "cannot": "made-up"}, "cannot"),
        ({"value": "a", "sure": 7}, "sure"),
        ({"value": "a", "note": "x" * 4001}, "note"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_field_and_nothing_is_stored(owner, region, people, said, field):
    held = take(people[0], open_batch(owner, region))
    with pytest.raises(Invalid) as refused:
        send(people[0], held, **said)
    assert field in refused.value.fields
    assert not Answer.objects.exists()
    assert Assignment.objects.get().state == AssignmentState.LEASED


def test_a_skipped_task_takes_no_answer(owner, region, people):
    held = take(people[0], open_batch(owner, region))
    skip_task(by=people[0], code=held.code)
    with pytest.raises(Conflict):
        send(people[0], held)


def test_people_who_agree_close_a_task_and_people_who_differ_are_joined_by_one_more(owner, region, people):
    batch = open_batch(owner, region, tasks=2, least=2, most=5, sure=75, may_choose=True)
    for by in people[:2]:
        send(by, take(by, batch, number=1), "a")
    for by, value in zip(people[:2], "ab", strict=True):
        send(by, take(by, batch, number=2), value)
    agreed, differing = Task.objects.filter(batch=batch).order_by("number")
    assert agreed.state == TaskState.CLOSED
    assert agreed.result.value == "a"
    assert agreed.result.reason == "sure"
    assert len(agreed.result.answer_ids) == 2
    assert agreed.result.low < agreed.result.probability < agreed.result.high
    assert differing.state == TaskState.OPEN
    assert differing.differ
    assert differing.needed == 3


def test_a_task_people_cannot_settle_goes_to_a_reviewer(owner, region, people):
    batch = open_batch(owner, region, tasks=1, least=2, most=4, sure=95)
    for by, value in zip(people[:4], "abab", strict=True):
        send(by, take(by, batch), value)
    task = Task.objects.get()
    assert task.state == TaskState.REVIEW
    assert not task.is_open
    assert take_task(by=people[5], batch=batch) is None
    assert Tally.total(batch)["review"] == 1


def test_a_task_nobody_can_answer_goes_to_a_reviewer(owner, region, people):
    batch = open_batch(owner, region, tasks=1, least=2, most=3)
    for by in people[:3]:
        send(by, take(by, batch), cannot="unreadable")
    assert Task.objects.get().state == TaskState.REVIEW
    assert not Result.objects.exists()


def test_the_options_of_a_multiple_choice_are_decided_one_by_one(owner, region, people):
    config = {"options": ["a", "b", "c"], "several": True}
    batch = open_batch(owner, region, tasks=1, config=config, least=3, most=3, adaptive=False)
    for by, value in zip(people, [["a", "b"], ["a"], ["a", "b"]], strict=False):
        send(by, take(by, batch), value)
    assert Result.objects.get().value == ["a", "b"]
    assert len(Task.objects.get().estimate) == 3


def test_a_refit_learns_who_is_reliable_and_repeating_it_changes_nothing(owner, region, people):
    batch = open_batch(owner, region, tasks=30, least=3, most=3, adaptive=False)
    for n, by in enumerate(people[:3]):
        for task in range(30):
            send(by, take(by, batch), "abc"[task % 3] if n or task % 2 else "c")
    assert refit_batch(batch) == "dawid-skene"
    results = Result.objects.count()
    refit_batch(batch)
    assert Result.objects.count() == results
    assert Reliability.objects.filter(batch=batch).count() == 3
    settled = Task.objects.filter(batch=batch).select_related("result").order_by("number")
    assert [task.result.value for task in settled] == ["abc"[n % 3] for n in range(30)]
    assert Model.objects.get(batch=batch).alpha["alpha"] is not None


def test_every_write_is_logged_and_the_log_and_the_answers_cannot_be_edited(owner, region, people):
    held = take(people[0], open_batch(owner, region))
    send(people[0], held, "a", note="a secret")
    logged = list(Event.objects.values_list("action", "actor_id"))
    assert logged == [("microtasks.task.taken", people[0].person_id), ("microtasks.answer.sent", people[0].person_id)]
    assert "secret" not in str(list(Event.objects.values_list("payload", flat=True)))
    for statement in (
        "UPDATE audit_event SET action = 'x'",
        "DELETE FROM audit_event",
        "UPDATE microtasks_answer SET value = 'null'",
        "DELETE FROM microtasks_answer",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_an_answer_that_counts_still_counts_when_its_giver_comes_back_after_the_batch_closed(owner, region):
    batch, amina = open_batch(owner, region, least=2, most=2), subject("Amina", region)
    held = take(amina, batch)
    send(amina, held, "a")
    Batch.objects.filter(pk=batch.pk).update(state=BatchState.CLOSED)
    with pytest.raises(Conflict, match="batch is closed"):
        send(amina, held, "b")
    held.refresh_from_db()
    assert (held.state, held.answer.value, held.answer.surplus) == (AssignmentState.ANSWERED, "a", False)


def test_an_answer_that_is_changed_while_a_refit_thinks_keeps_its_newer_estimate(owner, region, people, monkeypatch):
    batch = open_batch(owner, region, tasks=3, least=3, most=5)
    held = [take(by, batch) for by in people[:2]]
    for by, assignment in zip(people, held, strict=False):
        send(by, assignment, "a")
    think, newer = class_fit.combine, []

    def slowly(answers):
        send(people[1], held[1], "c")
        newer.append(Task.objects.get(pk=held[0].task_id).estimate)
        return think(answers)

    monkeypatch.setattr(class_fit, "combine", slowly)
    refit.refit_batch(batch)
    task = Task.objects.get(pk=held[0].task_id)
    assert task.differ
    assert task.estimate == newer[0]


@pytest.mark.django_db(transaction=True)
def test_people_answer_at_once_while_the_batch_is_refitted_and_nobody_waits_in_a_circle():
    region = organisation("Region")
    owner = subject("Jonas", region, Role.TASK_OWNER)
    batch = open_batch(owner, region, tasks=24, least=2, most=5, sure=85)

    def work(by, seed):
        taken = 0
        while (held := take_task(by=by, batch=Batch.objects.get(pk=batch.pk))) is not None:
            send(by, held, "abc"[held.task.number % 3] if (held.task.number + seed) % 4 else "a")
            taken += 1
        return taken

    crowd = [partial(work, subject(f"Person {n}", region), n) for n in range(8)]
    sent = storm([*crowd, *[lambda: [refit_batch(batch) for _ in range(6)]] * 2])
    tally = Tally.total(batch)
    assert sum(done for done in sent if isinstance(done, int)) == tally["answers"] == Answer.objects.count()
    assert tally["closed"] == Task.objects.filter(state=TaskState.CLOSED).count()
    assert tally["review"] == Task.objects.filter(state=TaskState.REVIEW).count()
    assert not Task.objects.filter(active__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_two_answers_to_one_task_sent_at_once_from_two_pages_become_two_versions():
    region = organisation("Region")
    owner, amina = subject("Jonas", region, Role.TASK_OWNER), subject("Amina", region)
    batch = open_batch(owner, region, tasks=10)
    for _ in range(10):
        held = take(amina, batch)
        storm([partial(send, amina, held, value) for value in "abc"])
        assert sorted(held.answers.values_list("version", flat=True)) == [1, 2, 3]
        assert Task.objects.get(pk=held.task_id).done == 1


@pytest.mark.django_db(transaction=True)
def test_a_batch_closes_while_people_take_and_answer_and_nobody_waits_in_a_circle():
    region = organisation("Region")
    owner = subject("Jonas", region, Role.TASK_OWNER)
    people = [subject(f"Person {n}", region) for n in range(8)]

    def work(by, batch):
        try:
            while (held := take_task(by=by, batch=Batch.objects.get(pk=batch.pk))) is not None:
                send(by, held, "abc"[by.person_id % 3])
        except (Conflict, Denied):
            return

    for _ in range(6):
        batch = open_batch(owner, region, tasks=40, least=4, most=5)
        storm(
            [*(partial(work, by, batch) for by in people), partial(move_batch, by=owner, code=batch.code, verb="close")]
        )
        assert Batch.objects.get(pk=batch.pk).state == BatchState.CLOSED


@pytest.mark.django_db(transaction=True)
def test_an_answer_that_waited_for_the_batch_to_close_is_kept_as_surplus():
    region = organisation("Region")
    owner, amina = subject("Jonas", region, Role.TASK_OWNER), subject("Amina", region)
    batch = open_batch(owner, region)
    held, sent = take(amina, batch), []
    with transaction.atomic():
        move_batch(by=owner, code=batch.code, verb="close")
        late = threading.Thread(target=lambda: (sent.append(send(amina, held)), connection.close()))
        late.start()
        late.join(0.5)
        assert not sent
    late.join()
    assert not sent[0].counted
