"""Items with a known answer: mixed in at the stated rate, never twice for a person, and no part of the results."""

from functools import partial

import pytest
from django.db import connection, transaction

from talkoo.access.permissions import Role
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions.assignments import skip_task, take_task
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.due import forget_reliability
from talkoo.microtasks.actions.known import edit_control, mark_known, settle_known, take_back_known
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.actions.results import ask_one_more, send_to_review
from talkoo.microtasks.export import chunks
from talkoo.microtasks.models import (
    Assignment,
    AssignmentState,
    Batch,
    BatchState,
    Cursor,
    KnownAnswer,
    Reliability,
    Result,
    Tally,
    Task,
    TaskState,
)
from talkoo.microtasks.queries.control import batch_accuracy, my_controls
from talkoo.microtasks.queries.estimates import estimate
from talkoo.microtasks.queries.readiness import hindrances
from talkoo.microtasks.queries.results import overview
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.task_types.knowing import agrees, known_value
from tests.microtasks import drafts
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import finds_locked, overtaken, storm
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db
FILE = "no,text,right,because\nL1,The bus is late,,\nL2,It is dark,light,A lamp is out\nL3,Trees please,,\nL4,More buses,Traffic,\n"
USED = {"no": "name", "text": "source", "right": "known", "because": "why"}


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def amina(region):
    return subject("Amina", region)


def known_batch(owner, region, *, tasks=30, controls=5, **more) -> Batch:
    """The last `controls` of the tasks have the known answer a."""
    batch = open_batch(owner, region, tasks=tasks + controls, adaptive=False, least=3, most=3, **more)
    for number in range(tasks + 1, tasks + controls + 1):
        mark_known(by=owner, code=batch.code, number=number, value="a", why="It says so")
    batch.refresh_from_db()
    return batch


def work_through(by, batch) -> list[Task]:
    """Everything the batch hands out to one person, in order."""
    seen = []
    while (held := take_task(by=by, batch=batch)) is not None:
        seen.append(held.task)
        send(by, held)
    return seen


# Who may


def test_only_owners_state_what_is_known(owner, region, amina):
    batch = open_batch(owner, region)
    with pytest.raises(Denied):
        mark_known(by=amina, code=batch.code, number=1, value="a")
    with pytest.raises(Denied):
        edit_control(by=amina, code=batch.code, every=10, practice_right=0)
    mark_known(by=owner, code=batch.code, number=1, value="a")
    with pytest.raises(Denied):
        take_back_known(by=amina, code=batch.code, number=1)
    stranger = subject("Mei", organisation("Elsewhere"), Role.TASK_OWNER)
    batch.audience.set([region])
    with pytest.raises(Missing):
        mark_known(by=stranger, code=batch.code, number=1, value="a")


def test_what_cannot_be_known_is_refused_by_field(owner, region):
    batch = open_batch(owner, region)
    for value, why, field in ((None, "", "choice"), ("z", "", "choice"), ("a", "x" * 1001, "why")):
        with pytest.raises(Invalid) as refused:
            mark_known(by=owner, code=batch.code, number=1, value=value, why=why)
        assert field in refused.value.fields
    with pytest.raises(Missing):
        mark_known(by=owner, code=batch.code, number=99, value="a")
    with pytest.raises(Conflict):
        take_back_known(by=owner, code=batch.code, number=1)
    for every, right, field in ((1, 0, "every"), (10, 1, "practice_right"), (10, -1, "practice_right")):
        with pytest.raises(Invalid) as refused:
            edit_control(by=owner, code=batch.code, every=every, practice_right=right)
        assert field in refused.value.fields
    batch.state = BatchState.CLOSED
    batch.save()
    with pytest.raises(Conflict):
        mark_known(by=owner, code=batch.code, number=1, value="a")


# How they are handed out


def test_about_one_in_ten_is_a_control_the_first_soon_and_none_comes_twice(owner, region):
    batch = known_batch(owner, region, tasks=45, controls=20)
    places, kinds = set(), []
    for n in range(6):
        seen = work_through(subject(f"Person {n}", region), batch) if n < 3 else []
        if not seen:
            continue
        at = [place for place, task in enumerate(seen) if task.state == TaskState.CONTROL]
        assert len({task.pk for task in seen}) == len(seen)
        assert len(seen) // 10 <= len(at) <= len(seen) // 10 + 1
        assert at[0] < 5
        assert all(place // 10 == block for block, place in enumerate(at)), "one in each block of ten"
        places.add(tuple(at))
        kinds.append({task.pk for task in seen if task.state == TaskState.CONTROL})
    assert len(places) > 1, "not at the same places for everybody"
    assert kinds[0] != kinds[1] or kinds[1] != kinds[2], "not the same ones for everybody"


def test_controls_take_no_more_than_their_share_and_nobody_is_kept_busy_with_them_alone(owner, region, amina):
    batch = known_batch(owner, region, tasks=2, controls=8)
    seen = work_through(amina, batch)
    assert sum(task.state == TaskState.CONTROL for task in seen) <= 1
    assert take_task(by=amina, batch=batch) is None
    edit_control(by=owner, code=batch.code, every=0, practice_right=0)
    batch.refresh_from_db()
    rashid = subject("Rashid", region)
    assert not [task for task in work_through(rashid, batch) if task.state == TaskState.CONTROL]


def test_a_skipped_or_lapsed_control_is_not_met_again_and_frees_no_slot(owner, region, amina):
    batch = known_batch(owner, region, tasks=40, controls=2, control_every=3)
    met = []
    for _ in range(20):
        held = take(amina, batch)
        if held.task.state != TaskState.CONTROL:
            send(amina, held)
            continue
        met.append(held.task_id)
        if len(met) == 1:
            skip_task(by=amina, code=str(held.code))
            continue
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE microtasks_assignment SET lease_until = now() - interval '1 s' WHERE id = %s", [held.pk]
            )
            cursor.execute("SELECT microtasks_release(%s, 3)", [batch.pk])
    assert len(met) == len(set(met)) == 2
    assert set(Task.objects.filter(state=TaskState.CONTROL).values_list("active", "done")) == {(0, 0)}


@pytest.mark.django_db(transaction=True)
def test_a_storm_of_people_gets_each_control_once_at_the_stated_rate_and_every_slot_once():
    region = organisation("Region")
    owner = subject("Jonas", region, Role.TASK_OWNER)
    people = [subject(f"Person {n}", region) for n in range(12)]
    batch = known_batch(owner, region, tasks=80, controls=6, control_every=5)
    storm([partial(work_through, by, batch) for by in people])
    Cursor.objects.update(swept=None)
    for by in people:  # the last items may have been at others' claim when somebody was told that nothing is left
        work_through(by, batch)
    for by in people:
        tasks = list(Assignment.objects.filter(person=by.person_id).values_list("task", "task__state"))
        controls = [task for task, state in tasks if state == TaskState.CONTROL]
        assert len(set(tasks)) == len(tasks)
        assert len(controls) <= min(6, len(tasks) // 5 + 1)
        assert len(controls) >= min(6, len(tasks) // 5)
    assert set(Task.objects.exclude(state=TaskState.CONTROL).values_list("done", "active")) == {(3, 0)}
    counted = Reliability.objects.filter(batch=batch, controls__gt=0)
    given = Assignment.objects.filter(batch=batch, task__state=TaskState.CONTROL, state=AssignmentState.ANSWERED)
    assert (
        sum(counted.values_list("controls", flat=True))
        == sum(counted.values_list("agreed", flat=True))
        == given.count()
    )


def test_the_claim_of_a_control_reads_a_handful_of_rows_however_many_there_are(owner, region, amina):
    batch = open_batch(owner, region, tasks=3000)
    for n in range(3):
        send(amina, take(amina, batch), "abc"[n])
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE microtasks_task SET state = 'control', closed = true, spot = number / 3001.0 WHERE number > 1000"
        )
        cursor.execute("ANALYZE microtasks_task, microtasks_assignment")
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'microtasks_pick_control'")
        source = cursor.fetchone()[0].replace("= b ", f"= {batch.pk} ").replace("= p ", f"= {amina.person_id} ")
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + source.replace("> after\n", "> 0.5\n"))
        plan = cursor.fetchone()[0][0]["Plan"]
    assert "task_control" in str(plan), plan
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 40


# What an answer to one does


def test_answers_to_controls_change_no_result_no_count_and_no_export(owner, region, amina):
    batch = known_batch(owner, region, tasks=6, controls=3, control_every=3)
    work_through(amina, batch)
    refit_batch(batch)
    control = Task.objects.filter(batch=batch, state=TaskState.CONTROL)
    assert not Result.objects.filter(task__in=control).exists()
    assert Tally.total(batch)["answers"] == Assignment.objects.filter(batch=batch).exclude(task__in=control).count()
    rows = b"".join(chunks(batch, "jsonl", by="Jonas")).decode().splitlines()
    assert len(rows) == 1 + 6
    seen = overview(batch)
    assert (seen.counts.tasks, seen.known, batch.tasks_total) == (6, 3, 6)


def counted(by, batch) -> tuple[int, int]:
    row = Reliability.objects.get(batch=batch, person=by.person_id)
    return row.agreed, row.controls


def test_a_person_learns_how_often_they_agreed_once_the_batch_is_closed_and_a_changed_answer_changes_that(
    owner, region, amina
):
    batch = known_batch(owner, region, tasks=20, controls=4, control_every=4)
    answers = iter("bcaa")
    held, met = None, 0
    while met < 4:
        current = take(amina, batch)
        control = current.task.state == TaskState.CONTROL
        met += control
        held = current if control and held is None else held
        send(amina, current, next(answers) if control else "a")
    assert counted(amina, batch) == (2, 4)
    held.refresh_from_db()
    send(amina, held, "a")
    assert counted(amina, batch) == (3, 4)
    mark_known(by=owner, code=batch.code, number=held.task.number, value="b")
    assert counted(amina, batch) == (2, 4)
    assert my_controls(amina, batch) is None, "a count that moves would give them away"
    move_batch(by=owner, code=batch.code, verb="close")
    batch.refresh_from_db()
    assert (my_controls(amina, batch).agreed, my_controls(amina, batch).answered) == (2, 4)
    assert my_controls(subject("Rashid", region), batch) is None


def test_the_owner_sees_an_interval_for_all_from_five_people_on_and_it_outlives_what_is_known_of_single_people(
    owner, region
):
    batch = known_batch(owner, region, tasks=30, controls=6, control_every=3)
    for n in range(5):
        assert batch_accuracy(batch) is None
        by, wrong = subject(f"Person {n}", region), iter([True, *[False] * 50])
        for _ in range(9):
            held = take(by, batch)
            send(by, held, "b" if held.task.state == TaskState.CONTROL and next(wrong) else "a")
    found = batch_accuracy(batch)
    assert found.people == 5
    assert found.low < found.share < found.high
    assert found.share == pytest.approx(1 - 5 / found.answers)
    move_batch(by=owner, code=batch.code, verb="close")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE microtasks_batch SET closed = now() - interval '91 days' WHERE id = %s", [batch.pk])
    forget_reliability()
    assert not Reliability.objects.filter(batch=batch).exists()
    assert not KnownAnswer.objects.filter(batch=batch).exists()


# Stating and taking back


def test_an_item_with_answers_becomes_a_control_with_those_answers_and_ordinary_work_again(owner, region, amina):
    batch = open_batch(owner, region, tasks=3, adaptive=False, least=1, most=1, may_choose=True)
    send(amina, take(amina, batch, 1), "b")
    send(amina, take(amina, batch, 2), "a")
    send_to_review(by=owner, batch=batch, number=2)
    assert Tally.total(batch) == {"answers": 2, "surplus": 0, "closed": 1, "review": 1}
    for number in (1, 2):
        mark_known(by=owner, code=batch.code, number=number, value="a")
    batch.refresh_from_db()
    assert (batch.tasks_total, batch.controls_added) == (1, 2)
    assert Tally.total(batch) == {"answers": 0, "surplus": 0, "closed": 0, "review": 0}
    assert counted(amina, batch) == (1, 2)
    for action in (ask_one_more, send_to_review):
        with pytest.raises(Conflict):
            action(by=owner, batch=batch, number=1)
    take_back_known(by=owner, code=batch.code, number=1)
    batch.refresh_from_db()
    task = Task.objects.get(batch=batch, number=1)
    assert (batch.tasks_total, task.state, task.result.value) == (2, TaskState.CLOSED, "b")
    assert Tally.total(batch) == {"answers": 1, "surplus": 0, "closed": 1, "review": 0}
    assert counted(amina, batch)[1] == 1


def test_who_holds_an_item_while_it_becomes_a_control_may_answer_and_then_it_counts_as_one(owner, region, amina):
    batch = open_batch(owner, region, tasks=2)
    held = take(amina, batch)
    mark_known(by=owner, code=batch.code, number=held.task.number, value="a")
    assert send(amina, held, "a").counted
    assert counted(amina, batch) == (1, 1)
    back = take_back_known(by=owner, code=batch.code, number=held.task.number)
    assert (back.active, back.done) == (0, 1)


@pytest.mark.django_db(transaction=True)
def test_an_owner_waits_for_who_is_handed_a_control_at_this_moment():
    region = organisation("Region")
    owner, amina = subject("Jonas", region, Role.TASK_OWNER), subject("Amina", region)
    batch = known_batch(owner, region, tasks=9, controls=1, control_every=3)
    while True:
        with transaction.atomic():
            held = take(amina, batch)
            again = partial(take_back_known, by=owner, code=batch.code, number=held.task.number)
            if held.task.state == TaskState.CONTROL:
                assert finds_locked(again)
                break
            send(amina, held)
    assert again().active == 1


@pytest.mark.django_db(transaction=True)
def test_a_recount_loses_no_answer_sent_at_this_moment_and_touches_nobody_who_did_not_answer_the_item():
    region = organisation("Region")
    owner, amina, rashid = (subject(name, region, Role.TASK_OWNER) for name in ("Jonas", "Amina", "Rashid"))
    batch = open_batch(owner, region, tasks=3, adaptive=False, least=3, most=3, may_choose=True)
    send(amina, take(amina, batch, 1), "a")
    hers, his = take(amina, batch, 2), take(rashid, batch, 2)
    send(rashid, his, "a")
    for number in (1, 2):
        mark_known(by=owner, code=batch.code, number=number, value="a")
    with transaction.atomic():
        mark_known(by=owner, code=batch.code, number=1, value="b")
        assert not finds_locked(partial(send, rashid, his, "b"))
    with overtaken(partial(mark_known, by=owner, code=batch.code, number=1, value="a")):
        send(amina, hers, "a")
    assert (counted(amina, batch), counted(rashid, batch)) == ((2, 2), (0, 1))


# From a file


def test_a_column_of_the_file_makes_controls_when_the_batch_opens(owner, region):
    batch = drafts.draft(owner, region.pk)
    drafts.upload(owner, batch, FILE)
    drafts.read(owner, batch, USED)
    batch.refresh_from_db()
    assert (batch.tasks_total, batch.controls_added) == (2, 2)
    assert "known" not in str(list(batch.tasks.values_list("payload", flat=True)))
    from talkoo.microtasks.actions.batches import edit_question

    def asks(*options):
        said = {"kind": "choice", "question": "About?", "help": "", "ask_sure": False}
        return edit_question(by=owner, code=batch.code, config={"options": list(options)}, **said)

    missing = hindrances(asks("Traffic", "Noise"), batch.uploads.get())
    assert [point.step for point in missing] == ["known"]
    assert "“light” of L2" in missing[0].text
    asks("Traffic", "Light")
    edit_control(by=owner, code=batch.code, every=5, practice_right=0, practice_items=1)
    move_batch(by=owner, code=batch.code, verb="open")
    batch.refresh_from_db()
    assert batch.controls_added == 1
    assert {(known.text, known.value, known.why) for known in KnownAnswer.objects.all()} == {
        ("light", "Light", "A lamp is out"), ("Traffic", "Traffic", ""),
    }  # fmt: skip
    assert Task.objects.filter(state=TaskState.CONTROL, spot__isnull=False).count() == 1


def test_however_many_answers_are_known_opening_settles_them_in_few_statements(
    owner, region, django_assert_max_num_queries
):
    batch = open_batch(owner, region, tasks=600, state=BatchState.DRAFT)
    KnownAnswer.objects.bulk_create(KnownAnswer(batch=batch, task=task, text="B") for task in batch.tasks.all())
    batch.tasks.update(state=TaskState.CONTROL, closed=True)
    with wall.opened(batch.pk), django_assert_max_num_queries(10):
        settle_known(batch)
    assert set(KnownAnswer.objects.values_list("value", flat=True)) == {"b"}
    assert batch.controls_added == 600


def test_the_estimate_accounts_for_the_share_of_known_answers(owner, region):
    plain = open_batch(owner, region, tasks=1000, adaptive=False, least=3, most=3)
    hours = estimate(plain).hours
    plain.controls_added, plain.control_every = 50, 5
    assert estimate(plain).hours == pytest.approx(hours / 0.8, rel=0.02)
    assert estimate(plain).control == pytest.approx(hours / 4, rel=0.05)


@pytest.mark.parametrize(
    ("kind", "config", "text", "value"),
    [
        ("choice", {"options": ["Light", "Trees and nature"]}, " trees  and Nature", "Trees and nature"),
        ("choice", {"options": ["a", "b, c"], "several": True}, "b, c", ["b, c"]),
        ("choice", {"options": ["a", "b", "c"], "several": True}, "c; A", ["a", "c"]),
        ("choice", {"options": ["a", "b"]}, "z", None),
        ("yes_no", {}, "Yes", "yes"),
        ("scale", {"low": 1, "high": 5, "low_word": "", "high_word": ""}, "4", 4),
        ("scale", {"low": 1, "high": 5, "low_word": "", "high_word": ""}, "9", None),
    ],
)
def test_words_of_a_file_become_an_answer_of_the_type(kind, config, text, value):
    assert known_value(task_type(kind), config, text) == value


def test_an_answer_agrees_by_the_sense_of_its_type():
    several = task_type("choice"), {"options": ["a", "b"], "several": True}
    assert agrees(*several, ["a", "b"], ["a", "b"])
    assert not agrees(*several, ["a"], ["a", "b"])
    assert not agrees(*several, None, ["a"])
