"""Nobody gets a task twice, no slot is given twice, and nothing is lost when time runs out."""

from datetime import timedelta
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions.assignments import renew_lease, report_problem, save_draft, skip_task, take_task
from talkoo.microtasks.models import Assignment, AssignmentState, BatchState, Cursor, Sensitivity, Task
from talkoo.microtasks.queries.work import typed
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import storm
from tests.people import organisation, person, subject, surely

pytestmark = pytest.mark.django_db


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
def rashid(region):
    return subject("Rashid", region)


def lapse(assignment):
    Assignment.objects.filter(pk=assignment.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_work_of_another_organisation_is_not_handed_out(owner, region, amina):
    batch = open_batch(owner, region)
    batch.audience.add(organisation("Elsewhere"))
    with pytest.raises(Denied):
        take_task(by=amina, batch=batch)


def test_confidential_work_stays_in_its_organisation_and_restricted_work_is_never_handed_out(owner, region, amina):
    outsider, amina = surely(subject("Mei", organisation("Elsewhere"))), surely(amina)
    batch = open_batch(owner, region, sensitivity=Sensitivity.CONFIDENTIAL)
    assert take(amina, batch)
    with pytest.raises(Denied):
        take_task(by=outsider, batch=batch)
    with pytest.raises(Denied):
        take_task(by=amina, batch=open_batch(owner, region, sensitivity=Sensitivity.RESTRICTED))


def test_who_holds_no_role_any_more_is_offered_nothing(owner, region):
    leaver = person("Leaver", region)
    batch = open_batch(owner, region, sensitivity=Sensitivity.OPEN)
    assert take(subject_of(leaver), batch)
    leaver.memberships.update(ends=timezone.localdate())
    with pytest.raises(Denied):
        take_task(by=subject_of(leaver), batch=batch)


@pytest.mark.parametrize("state", [BatchState.DRAFT, BatchState.PAUSED, BatchState.CLOSED])
def test_only_an_open_batch_hands_out_tasks(owner, region, amina, state):
    with pytest.raises(Denied):
        take_task(by=amina, batch=open_batch(owner, region, state=state))


def test_a_person_gets_each_task_once_and_then_nothing(owner, region, amina):
    batch = open_batch(owner, region, tasks=4)
    numbers = []
    for _ in range(4):
        assignment = take(amina, batch)
        numbers.append(assignment.task.number)
        send(amina, assignment)
    assert numbers == [1, 2, 3, 4]
    assert take_task(by=amina, batch=batch) is None


def test_who_holds_a_task_gets_it_back_with_a_longer_lease(owner, region, amina):
    batch = open_batch(owner, region)
    first = take(amina, batch)
    lapse(first)
    again = take(amina, batch)
    assert again.pk == first.pk
    assert again.lease_until > timezone.now()
    assert Task.objects.get(pk=first.task_id).active == 1


def test_a_lapsed_task_goes_to_somebody_else_and_may_come_back_to_the_same_person(owner, region, amina, rashid):
    batch = open_batch(owner, region, tasks=1, least=1, most=1, adaptive=False)
    held = take(amina, batch)
    assert take_task(by=rashid, batch=batch) is None
    lapse(held)
    assert take(rashid, batch).task_id == held.task_id
    held.refresh_from_db()
    assert held.state == AssignmentState.LAPSED
    lapse(Assignment.objects.get(person_id=rashid.person_id))
    Cursor.objects.update(swept=None)
    assert take(amina, batch).pk == held.pk


def test_a_named_task_is_handed_out_where_the_batch_lets_people_choose(owner, region, amina):
    batch = open_batch(owner, region, may_choose=True)
    assert take(amina, batch, number=3).task.number == 3
    with pytest.raises(Missing):
        take_task(by=amina, batch=batch, number=99)
    with pytest.raises(Invalid):
        take_task(by=amina, batch=open_batch(owner, region), number=3)


def test_a_skipped_task_is_offered_to_others_but_not_again_to_the_same_person(owner, region, amina, rashid):
    batch = open_batch(owner, region, tasks=1)
    held = take(amina, batch)
    skip_task(by=amina, code=held.code)
    skip_task(by=amina, code=held.code)
    assert Task.objects.get().active == 0
    Cursor.objects.update(swept=None)
    assert take_task(by=amina, batch=batch) is None
    assert take(rashid, batch).task_id == held.task_id


def test_another_persons_task_is_not_there(owner, region, amina, rashid):
    held = take(amina, open_batch(owner, region))
    for attempt in (
        lambda: renew_lease(by=rashid, code=held.code),
        lambda: save_draft(by=rashid, code=held.code, draft={"note": "x"}),
        lambda: skip_task(by=rashid, code=held.code),
        lambda: report_problem(by=rashid, code=held.code, text="x"),
    ):
        with pytest.raises(Missing):
            attempt()


def test_a_draft_is_kept_even_when_the_lease_ran_out_and_too_long_a_draft_is_refused(owner, region, amina):
    held = take(amina, open_batch(owner, region))
    Assignment.objects.filter(pk=held.pk).update(state=AssignmentState.LAPSED)
    assert typed(save_draft(by=amina, code=held.code, draft={"note": "kept"})) == {"note": "kept"}
    with pytest.raises(Invalid):
        save_draft(by=amina, code=held.code, draft={"note": "x" * 30_000})
    with pytest.raises(Conflict):
        renew_lease(by=amina, code=held.code)


def test_the_claim_touches_a_handful_of_rows_however_much_is_done(owner, region, amina):
    """EXPLAIN of the picking statement: an index scan from the cursor on, whatever lies behind it."""
    batch = open_batch(owner, region, tasks=3000)
    for n in range(3):
        send(amina, take(amina, batch), "abc"[n])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE microtasks_task")
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'microtasks_pick'")
        source = cursor.fetchone()[0]
        for name, value in (("b", batch.pk), ("p", amina.person_id), ("after", 2000)):
            source = source.replace(f"= {name} ", f"= {value} ").replace(f"> {name}\n", f"> {value}\n")
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + source)
        plan = cursor.fetchone()[0][0]["Plan"]
    assert "task_open" in str(plan)
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 40


@pytest.mark.django_db(transaction=True)
def test_a_storm_on_the_last_slots_gives_each_slot_once():
    """32 people at once, 5 tasks with one slot each: five get one, nobody else, again and again."""
    region = organisation("Region")
    owner = subject("Jonas", region, Role.TASK_OWNER)
    people = [subject(f"Person {n}", region) for n in range(32)]
    for _ in range(3):
        batch = open_batch(owner, region, tasks=5, least=1, most=1, adaptive=False)
        won = storm([partial(take_task, by=by, batch=batch) for by in people])
        tasks = [assignment.task_id for assignment in won if assignment]
        assert len(tasks) == 5
        assert len(set(tasks)) == 5
        assert list(Task.objects.filter(batch=batch).values_list("active", flat=True)) == [1] * 5


@pytest.mark.django_db(transaction=True)
def test_one_person_with_eight_tabs_holds_one_task():
    region = organisation("Region")
    owner, amina = subject("Jonas", region, Role.TASK_OWNER), subject("Amina", region)
    batch = open_batch(owner, region, tasks=8)
    held = {assignment.pk for assignment in storm([lambda: take_task(by=amina, batch=batch)] * 8)}
    assert len(held) == 1
    assert sum(Task.objects.values_list("active", flat=True)) == 1
