"""What is due is deleted by itself, in steps, and nothing else: not what is held, not what is not due, not by anybody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions import holds, retention
from talkoo.microtasks.actions.assignments import report_problem
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.due import forget_reliability
from talkoo.microtasks.actions.questions import ask_question, reply_to_questions
from talkoo.microtasks.models import (
    Answer,
    Assignment,
    Batch,
    BatchPerson,
    Cursor,
    Hold,
    Picture,
    Problem,
    Protection,
    Result,
    Upload,
)
from talkoo.microtasks.queries.protection import due_for_deletion
from talkoo.microtasks.queries.register import named, narrowed, registered_batches
from talkoo.people.models import Person
from tests.clocks import lived
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject, surely

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def owner(town):
    return subject("Jonas", town, Role.TASK_OWNER)


@pytest.fixture
def officer(town):
    return subject("Ingrid", town, Role.SECURITY_OFFICER)


@pytest.fixture
def people(town):
    return [subject("Anna", town), subject("Bo", town)]


def closed(owner, town, people, days=40, **stated):
    """Five items answered by two people, closed some days ago; kept for thirty."""
    batch = open_batch(owner, town, tasks=5, adaptive=False, least=2, most=2, sensitivity=1)
    for by in people:
        for _each in range(5):
            held = take(by, batch)
            report_problem(by=by, code=str(held.code), text="Upside down")
            asked = ask_question(by=by, code=str(held.code), text="Does the name count?")
            if held.task.number > 3:
                reply_to_questions(
                    by=owner, batch=batch, question=asked.pk, text="It does", shown="Does it?", everywhere=True
                )
            send(by, held, "a", note="private words")
    Protection.objects.create(batch=batch, **{"keep_days": 30, "afterwards": "delete", **stated})
    move_batch(by=owner, code=batch.code, verb="close")
    Batch.objects.filter(pk=batch.pk).update(closed=timezone.now() - timedelta(days=days))
    batch.refresh_from_db()
    return batch


def left(batch):
    return {
        "tasks": batch.tasks.count(),
        "answers": Answer.objects.filter(task__batch=batch).count(),
        "assignments": batch.assignments.count(),
        "results": Result.objects.filter(task__batch=batch).count(),
        "problems": Problem.objects.filter(task__batch=batch).count(),
        "questions": batch.questions.count(),
        "replies": batch.replies.count(),
        "cursors": Cursor.objects.filter(batch=batch).count(),
        "reliability": batch.reliabilities.count(),
    }


ALL = {
    "tasks": 5,
    "answers": 10,
    "assignments": 10,
    "results": 5,
    "problems": 10,
    "questions": 10,
    "replies": 4,
    "cursors": 2,
    "reliability": 2,
}
NONE = dict.fromkeys(ALL, 0)


# Refused


@pytest.mark.parametrize("table", ["microtasks_answer", "audit_event"])
def test_the_role_of_the_web_deletes_no_answer_and_no_event(owner, town, people, table):
    closed(owner, town, people)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute(f"DELETE FROM {table}")


def test_calling_the_functions_by_hand_deletes_nothing_that_is_not_due(owner, town, people):
    batch = closed(owner, town, people, days=29)
    with connection.cursor() as cursor:
        cursor.execute("SELECT due, items FROM microtasks_erase(%s, 1000)", [batch.pk])
        assert cursor.fetchone() == (False, 0)
    ids = list(batch.tasks.values_list("pk", flat=True))
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("SELECT microtasks_unhook('microtasks_task', %s::bigint[])", [ids])
    assert left(batch) == ALL


@pytest.mark.parametrize(
    "not_due",
    [{"days": 29}, {"keep_days": None}, {"afterwards": ""}, {"keep_days": 41}],
)
def test_what_is_not_due_stays(owner, town, people, not_due):
    batch = closed(owner, town, people, **not_due)
    assert retention.erase_due() == 0
    assert left(batch) == ALL


def test_an_open_batch_stays_however_long_ago_it_was_closed_once(owner, town, people):
    batch = closed(owner, town, people)
    Batch.objects.filter(pk=batch.pk).update(state="paused")
    assert retention.erase_due() == 0
    assert left(batch) == ALL


@pytest.mark.parametrize(
    "role", [Role.CONTRIBUTOR, Role.TASK_OWNER, Role.COORDINATOR, Role.AUDITOR, Role.ADMINISTRATOR]
)
def test_holding_is_for_security_officers(owner, town, people, role):
    batch = closed(owner, town, people)
    with pytest.raises((Denied, Missing)):
        holds.place_hold(by=subject("X", town, role), code=batch.code, reason="court", until=timezone.localdate())
    stranger = subject("Otto", organisation("Abroad"), Role.SECURITY_OFFICER)
    with pytest.raises(Missing):
        holds.place_hold(by=stranger, code=batch.code, reason="court", until=timezone.localdate())
    assert not Hold.objects.exists()


# Deleting


def test_what_is_due_goes_with_all_that_hangs_on_it_and_the_log_has_counts_alone(owner, town, people):
    batch, other = closed(owner, town, people), closed(owner, town, people, days=29)
    assert retention.erase_due() == 1
    assert (left(batch), left(other)) == (NONE, ALL)
    stated = Protection.objects.get(batch=batch)
    assert stated.erased_counts == {"items": 5, "answers": 10, "results": 5}
    assert stated.erased is not None
    event = Event.objects.get(action="microtasks.batch.erased")
    assert (event.code, event.facts["answers"], event.actor_id) == (batch.code, 10, None)
    assert "private" not in str(event.facts)
    assert retention.erase_due() == 0
    with pytest.raises(Conflict, match="are deleted"):
        move_batch(by=owner, code=batch.code, verb="reopen")


def test_results_stay_without_texts_answers_notes_or_names_where_that_was_stated(owner, town, people):
    batch = closed(owner, town, people, afterwards="results")
    Result.objects.update(note="Decided by hand", decided_by=owner.person_id)
    retention.erase_due()
    assert left(batch) == {**NONE, "tasks": 5, "results": 5}
    assert set(batch.tasks.values_list("payload__source", "name")) == {(None, f"Letter {n}") for n in range(1, 6)}
    kept = Result.objects.filter(task__batch=batch).values_list("value", "answer_ids", "note", "decided_by")
    assert set(map(str, kept)) == {"('a', [], '', None)"}


def test_it_goes_in_steps_and_goes_on_where_it_was_killed(owner, town, people):
    batch = closed(owner, town, people)
    assert retention._erase_some(batch, 2) is False
    assert left(batch)["tasks"] == 3
    with pytest.raises(Conflict, match="are deleted"):
        move_batch(by=owner, code=batch.code, verb="reopen")
    assert retention.erase_due(step=2) == 1
    assert left(batch) == NONE
    assert Protection.objects.get(batch=batch).erased_counts == {"items": 5, "answers": 10, "results": 5}
    verbs = (
        Event.objects.filter(code=batch.code, action__contains="eras").order_by("pk").values_list("action", flat=True)
    )
    assert [verb.rpartition(".")[2] for verb in verbs] == ["erasing", "erasing", "erased"]


def test_a_step_that_fails_leaves_nothing_half_done(owner, town, people, monkeypatch):
    batch = closed(owner, town, people)

    def broken(**_facts):
        raise RuntimeError("killed")

    monkeypatch.setattr(retention.audit, "record", broken)
    with pytest.raises(RuntimeError):
        retention.erase_due()
    assert left(batch) == ALL
    assert Protection.objects.get(batch=batch).reached == 0


# Holding


def test_while_a_hold_stands_nothing_goes_and_once_it_is_lifted_it_does(owner, officer, town, people):
    batch = closed(owner, town, people, days=400)
    holds.place_hold(by=officer, code=batch.code, reason="Case 12", until=timezone.localdate())
    assert not due_for_deletion().exists()
    assert (retention.erase_due(), forget_reliability()) == (0, 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT due FROM microtasks_erase(%s, 1000)", [batch.pk])
        assert cursor.fetchone() == (False,)
    assert left(batch) == ALL
    holds.lift_hold(by=officer, code=batch.code)
    assert retention.erase_due() == 1
    assert left(batch) == NONE
    with pytest.raises(Conflict, match="deleted already"):
        holds.place_hold(by=officer, code=batch.code, reason="Case 13", until=timezone.localdate())
    verbs = list(Event.objects.filter(code=batch.code, action__contains="h").values_list("action", flat=True))
    assert [verb for verb in verbs if "hold" in verb or "held" in verb] == [
        "microtasks.batch.held",
        "microtasks.batch.hold-lifted",
    ]


def test_a_hold_placed_between_two_steps_stops_the_next(owner, officer, town, people):
    batch = closed(owner, town, people)
    retention._erase_some(batch, 2)
    holds.place_hold(by=officer, code=batch.code, reason="Case 12", until=timezone.localdate())
    assert retention._erase_some(batch, 2) is None
    assert left(batch)["tasks"] == 3


def test_a_hold_ends_by_itself_after_its_day_and_another_replaces_it(owner, officer, town, people):
    batch, today = closed(owner, town, people), timezone.localdate()
    first = holds.place_hold(by=officer, code=batch.code, reason="Case 12", until=today)
    second = holds.place_hold(by=officer, code=batch.code, reason="Case 13", until=today + timedelta(days=9))
    first.refresh_from_db()
    assert (first.lifted_by_id, second.last_day) == (officer.person_id, today + timedelta(days=9))
    Hold.objects.filter(pk=second.pk).update(until=timezone.now() - timedelta(hours=1))
    assert retention.erase_due() == 1


@pytest.mark.parametrize("wrong", [{"reason": " "}, {"reason": "x" * 481}, {"days": -1}, {"days": 4000}])
def test_a_hold_needs_a_reason_and_a_day(owner, officer, town, people, wrong):
    batch = closed(owner, town, people)
    until = timezone.localdate() + timedelta(days=wrong.get("days", 1))
    with pytest.raises(Invalid):
        holds.place_hold(by=officer, code=batch.code, reason=wrong.get("reason", "Case"), until=until)


# Pages


def sign_in(client, by):
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def test_owners_read_when_it_goes_what_holds_it_and_that_it_is_gone(client, owner, officer, town, people):
    batch = closed(owner, town, people, days=25)
    here = reverse("batch", args=[batch.code])
    assert "Will be deleted on" in sign_in(client, owner).get(here).content.decode()
    hold = holds.place_hold(by=officer, code=batch.code, reason="Case 12", until=timezone.localdate())
    assert "Case 12" in client.get(here).content.decode()
    Hold.objects.filter(pk=hold.pk).delete()
    Batch.objects.filter(pk=batch.pk).update(closed=timezone.now() - timedelta(days=31))
    retention.erase_due()
    words = client.get(here).content.decode()
    assert "Items, answers and results are gone." in words
    assert "Take it up again" not in words


def test_the_register_shows_what_one_may_look_after_and_goes_into_a_file(client, officer, owner, town, people):
    batch = closed(owner, town, people, controller=town, contact="dpo@town.example", purpose="=Sorting", basis="public")
    elsewhere = organisation("Abroad")
    foreign = open_batch(subject("Otto", elsewhere), elsewhere, title="Foreign batch")
    sign_in(client, officer)
    words = client.get(reverse("register")).content.decode()
    assert ("Sort the letters" in words, "Foreign batch" in words) == (True, False)
    assert client.get(reverse("register"), {"show": "held"}).content.decode().count("<tbody") == 0
    holding = client.post(
        reverse("batch_hold", args=[batch.code]), {"reason": "Case 12", "until": timezone.localdate().isoformat()}
    )
    assert holding.url == reverse("register")
    assert "Case 12" in client.get(reverse("register"), {"show": "held", "q": "sort"}).content.decode()
    file = b"".join(client.get(reverse("register_csv"))).decode().splitlines()
    assert len(file) == 2
    assert all(part in file[1] for part in ("dpo@town.example", "'=Sorting", "Public task (e)", "Case 12", "30"))
    assert client.get(reverse("batch_hold", args=[foreign.code])).status_code == 404


@pytest.mark.parametrize("sure", [False, True])
def test_the_register_tells_no_title_of_work_that_is_not_for_whoever_reads_it(owner, town, sure):
    """On its list, in its file, and by no word that is searched for; owners read their own."""
    coordinator = subject("Kaisa", town, Role.COORDINATOR)
    mine = subject("Olga", town, Role.TASK_OWNER, Role.COORDINATOR)
    if sure:
        coordinator, mine = (replace(surely(by), clearance=3) for by in (coordinator, mine))
    open_batch(mine, town, title="Raid on the harbour", sensitivity=3)
    open_batch(mine, town, title="Sort the letters", sensitivity=0)
    for by, raid in (
        (coordinator, "A confidential batch"),
        (mine, "Raid on the harbour" if sure else "A confidential batch"),
    ):
        assert [named(each).title for each in registered_batches(by)] == ["Sort the letters", raid]
        found = [named(each).title for each in narrowed(registered_batches(by), "all", "raid")]
        assert found == ([raid] if by is mine and sure else [])
        assert [each.title for each in narrowed(registered_batches(by), "all", "letters")] == ["Sort the letters"]


def test_a_batch_belongs_to_the_register_of_a_coordinator_who_cannot_hold_it(client, owner, town, people):
    batch = closed(owner, town, people)
    sign_in(client, subject("Kaisa", town, Role.COORDINATOR))
    assert "Put on hold" not in client.get(reverse("register")).content.decode()
    assert client.get(reverse("batch_hold", args=[batch.code])).status_code == 403
    sign_in(client, subject("Anybody", town))
    assert client.get(reverse("register")).status_code == 403


def test_no_table_keeps_a_trace_of_an_erased_item(owner, town, people):
    """Whatever table comes to hang on tasks, assignments or answers: the erasure walks the foreign keys themselves."""
    batch = closed(owner, town, people, afterwards="results")
    kept = Upload.objects.create(batch=batch, filename="a.zip", stored_as="a.zip", sha256="0" * 64, size=1)
    Picture.objects.create(upload=kept, line=1, name="a.png", media="image/png", width=1, height=1, content=b"x")
    BatchPerson.objects.get_or_create(batch=batch, person_id=people[0].person_id, relation=Relation.REVIEWER)
    retention.erase_due()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert not Assignment.objects.exists()
    assert not Picture.objects.exists()
    assert not Upload.objects.exists()


def test_a_clock_that_was_set_ahead_deletes_nothing_that_is_not_due_without_it(owner, town, people):
    batch = closed(owner, town, people, days=31)
    hour, day = timedelta(hours=1), timedelta(days=1)
    lived((5 * day, 2 * day + 2 * hour), (2 * hour, timedelta(0)))
    assert retention.erase_due() == 0
    assert Answer.objects.filter(task__batch=batch).exists()
    lived((5 * day, timedelta(0)))
    assert retention.erase_due() == 1
