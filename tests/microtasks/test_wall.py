"""The second wall: what the database itself shows to the role of web and worker, whatever it is asked."""

import contextlib
import time
from types import SimpleNamespace

import psycopg
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from psycopg_pool import ConnectionPool

from talkoo.access.permissions import Role
from talkoo.config import condition
from talkoo.lib import postgres, wall
from talkoo.microtasks.models import (
    Assignment,
    Batch,
    Draft,
    FirstRows,
    KnownAnswer,
    Picture,
    Piece,
    PracticeAnswer,
    RejectedRow,
    Result,
    Seen,
    Task,
    Upload,
)
from talkoo.microtasks.queries.results import counted
from tests import databases, walls
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

TABLES = tuple(settings.WALLED_TABLES)
NOT_WALLED = {  # what else hangs on a batch or its tasks, and why no wall hides it
    "Emergency": "no words of an item: who may look at which batch, and why, read before it is let into",
    "Guest": "read before any batch is let into, to know what a guest may see; holds no word of an item",
    "GuestLink": "read by its hash by somebody who is not signed in yet",
    "Assignment": "who has which item: read over all batches by its person",
    "BatchPerson": "no words: who owns and reviews",
    "Cursor": "no words: how far somebody came",
    "DataCheck": "counts and masked examples, never the data itself",
    "DataStatement": "what an owner states of the data, not the data",
    "Hold": "why a batch is kept, not what is in it",
    "Instruction": "the question, which stands in the batch as well",
    "Model": "numbers over all answers of a batch",
    "Problem": "what contributors report of an item, counted over all batches of an owner",
    "Protection": "what is stated of the data, not the data",
    "Question": "what contributors ask about an item, counted over all batches of an owner",
    "Redaction": "what is redacted, by kind, and an owner's own words: read before any item is shown",
    "Reliability": "numbers of a person in a batch",
    "Reply": "what was replied to questions",
    "Standing": "the view that shows how tasks stand, without their words",
    "Tally": "counts",
    "Viewing": "who was shown which item, and no word of it: auditors ask over many batches, by person",
    "Upload": "names, sizes and columns of a file; its first rows are walled, the files themselves lie in a folder",
}


def fill(batch, owner, amina):
    """A row of the batch in each protected table."""
    send(amina, take(amina, batch))
    task = Task.objects.filter(batch=batch).order_by("number").last()
    Result.objects.get_or_create(
        task=task, defaults={"batch": batch, "method": "m", "method_version": "1", "reason": "r"}
    )
    KnownAnswer.objects.create(task=task, batch=batch, text="secret")
    Draft.objects.create(assignment=Assignment.objects.filter(batch=batch).first(), typed={"note": "secret"})
    PracticeAnswer.objects.create(task=task, batch=batch, person_id=amina.person_id, value="a", agrees=True)
    upload = Upload.objects.create(batch=batch, filename="f", stored_as="f", sha256="0", size=1)
    FirstRows.objects.create(upload=upload, rows=[["secret"]])
    RejectedRow.objects.create(upload=upload, line=1, reason="r", excerpt="secret")
    Piece.objects.create(task=task, batch=batch, record=1, part=1, label="secret")
    Seen.objects.create(task=task, batch=batch, record=1, person_id=amina.person_id, team=0)
    Picture.objects.create(upload=upload, line=1, name="p", media="image/png", width=1, height=1, content=b"x")


@pytest.fixture(scope="module")
def house(django_db_setup, django_db_blocker):
    """A database of two batches with the wall as it is shipped: where nothing is open, nothing is there."""
    with django_db_blocker.unblock(), databases.database() as name:
        held = dict(connection.settings_dict)
        databases.connect_to(name, postgres.APP)
        try:
            region = organisation("Region")
            owner, amina = subject("Jonas", region, Role.CONTRIBUTOR), subject("Amina", region)
            mine, other = (open_batch(owner, region, tasks=3) for _ in range(2))
            for batch in (mine, other):
                fill(batch, owner, amina)
            with psycopg.connect(**databases.place().dsn(postgres.OWNER, name)) as owned:
                walls.real(owned)
            databases.connect_to(held["NAME"], held["USER"])
            yield SimpleNamespace(name=name, mine=mine.pk, other=other.pk)
        finally:
            databases.connect_to(held["NAME"], held["USER"])


@pytest.fixture
def direct(house):
    """The role of web and worker as with psql: no application in between."""
    with psycopg.connect(**databases.place().dsn(postgres.APP, house.name), autocommit=True) as opened:
        yield opened


def say(direct, words):
    direct.execute("SELECT set_config('talkoo.scope', %s, false)", [words])


def rows(direct, table):
    return direct.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def signed(house, direct, *numbers, **named):
    return wall.words(numbers or [house.mine], direct.info.backend_pid, **named)


@pytest.mark.parametrize("table", TABLES)
def test_the_role_of_web_and_worker_reads_and_changes_only_rows_of_what_is_open(table, house, direct):
    with psycopg.connect(**databases.place().dsn(postgres.OWNER, house.name)) as owned:
        every = rows(owned, table)
    assert rows(direct, table) == 0
    if table != "microtasks_answer":  # of which nothing may be changed anyhow
        column = settings.WALLED_TABLES[table][0]
        assert direct.execute(f"UPDATE {table} SET {column} = {column}").rowcount == 0
        assert direct.execute(f"DELETE FROM {table}").rowcount == 0
    say(direct, signed(house, direct))
    assert 0 < rows(direct, table) < every
    say(direct, signed(house, direct, house.mine, house.other))
    assert rows(direct, table) == every


def test_nothing_is_written_into_what_is_not_open(house, direct):
    say(direct, signed(house, direct))
    task = direct.execute("SELECT id FROM microtasks_task LIMIT 1").fetchone()[0]
    for statement in (
        f"INSERT INTO microtasks_knownanswer (task_id, batch_id, text, why, practice, at) VALUES ({task + 1000}, {house.other}, '', '', false, now())",
        f"UPDATE microtasks_task SET batch_id = {house.other}, number = 99 WHERE id = {task}",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            direct.execute(statement)


def test_an_answer_cannot_name_another_batch_than_its_task(house):
    with psycopg.connect(**databases.place().dsn(postgres.OWNER, house.name)) as owned:
        owned.execute("UPDATE microtasks_answer SET batch_id = %s", [house.mine])
        found = owned.execute("SELECT count(*) FROM microtasks_answer a JOIN microtasks_task t ON t.id = a.task_id AND t.batch_id <> a.batch_id")  # fmt: skip
        assert found.fetchone() == (0,)


def test_what_is_forged_opens_nothing(house, direct):
    good = signed(house, direct)
    until, numbers, mac = good.split("|")
    forged = {
        "no signature": str(house.mine),
        "empty": "",
        "words": "a test",
        "not ours": signed(house, direct, secret="x" * 50),
        "of another backend": wall.words([house.mine], direct.info.backend_pid + 1),
        "run out": signed(house, direct, now=time.time() - wall.LIFE - 2),
        "longer": f"{until}|{numbers},{house.other}|{mac}",
        "another": f"{until}|{house.other}|{mac}",
        "later": f"{int(until) + 1}|{numbers}|{mac}",
        "odd": f"{until}|{numbers}, 1|{mac}",
        "endless": f"{'9' * 30}|{numbers}|{mac}",
        "more parts": f"{good}|",
    }
    found = {}
    for name, words in forged.items():
        say(direct, words)
        found[name] = rows(direct, "microtasks_task")
    assert found == dict.fromkeys(forged, 0)
    say(direct, good)
    assert rows(direct, "microtasks_task") == 3


@pytest.mark.parametrize("statement", ["SELECT * FROM wall_key", "UPDATE microtasks_standing SET state = 'open'", "UPDATE wall_key SET id = 1",
                                       "CREATE OR REPLACE FUNCTION wall_scope() RETURNS bigint[] LANGUAGE sql AS 'SELECT ARRAY[1]::bigint[]'",
                                       "ALTER TABLE microtasks_task DISABLE ROW LEVEL SECURITY", "DROP POLICY wall ON microtasks_task",
                                       "SET row_security = off; SELECT * FROM microtasks_task"])  # fmt: skip
def test_the_wall_itself_is_out_of_reach(statement, direct):
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        direct.execute(statement)


def test_whoever_gets_a_connection_of_the_pool_next_finds_nothing_open(house):
    place = databases.place().dsn(postgres.APP, house.name)
    assert settings_of_the_product()["OPTIONS"]["pool"]["reset"] is wall.forget
    with ConnectionPool(kwargs={**place, "autocommit": True}, min_size=1, max_size=1, reset=wall.forget) as pool:
        for plain in (True, False):
            with pool.connection() as used:
                used.set_autocommit(plain)
                used.talkoo_told = True
                say(used, signed(house, used))
                assert rows(used, "microtasks_task") == 3
                backend = used.info.backend_pid
            with pool.connection() as used:
                assert (used.info.backend_pid, rows(used, "microtasks_task")) == (backend, 0)


def settings_of_the_product():
    from talkoo.config.settings import database

    return database()


def test_check_and_readiness_tell_when_the_key_does_not_fit_or_a_wall_is_missing(
    house, settings, django_db_blocker, client
):
    held = dict(connection.settings_dict)
    with django_db_blocker.unblock():
        databases.connect_to(house.name, postgres.APP)
        try:
            assert list(condition.wall_findings()) == []
            settings.SECRET_KEY = "another key, and as long as it has to be: 50 of them"
            assert ["secret key" in each for each in condition.wall_findings()] == [True]
            ready = client.get("/readyz")
            assert (ready.status_code, ready.json()["wall"]) == (503, False)
            settings.WALLED_TABLES = {**settings.WALLED_TABLES, "microtasks_upload": ("batch_id",)}
            assert ["microtasks_upload" in each for each in condition.wall_findings()] == [True]
        finally:
            databases.connect_to(held["NAME"], held["USER"])


def test_every_table_that_hangs_on_a_batch_is_walled_or_says_why_not():
    found = set()
    models = [model for model in apps.get_models() if model._meta.app_label == "microtasks"]
    reached, grown = {Batch}, True
    while grown:
        more = {model for model in models for field in model._meta.concrete_fields if field.related_model in reached}
        grown, reached = not more <= reached, reached | more
    for model in reached - {Batch}:
        if model._meta.db_table not in TABLES:
            found.add(model.__name__)
    assert found == set(NOT_WALLED)


@pytest.fixture
def two(db):
    region = organisation("Region")
    owner = subject("Jonas", region)
    return open_batch(owner, region, tasks=3), open_batch(owner, region, tasks=4)


def tasks(batch):
    return counted(batch).counts.tasks


WHAT_SHOWS = [("inside", 3, 4), ("after its own block", 3, 0), ("rolled back", 3, 0), ("opened to stay", 3, 4), ("rolled back, it stays", 3, 4)]  # fmt: skip


def test_a_rollback_takes_nothing_back_that_is_open_and_leaves_nothing_open(two):
    assert list(_rolls_back(*two)) == WHAT_SHOWS
    with pytest.raises(Exception, match="no batch was opened"):
        tasks(two[0])


@pytest.mark.django_db(transaction=True)
def test_a_rollback_of_the_whole_transaction_does_neither():
    region = organisation("Region")
    owner = subject("Jonas", region)
    one, other = open_batch(owner, region, tasks=3), open_batch(owner, region, tasks=4)
    assert list(_rolls_back(one, other)) == WHAT_SHOWS
    with pytest.raises(Exception, match="no batch was opened"):
        tasks(one)


def _rolls_back(one, other):
    """How many tasks of each show, at every step."""

    def seen(when):
        return when, tasks(one), tasks(other)

    with wall.opened(one.pk):
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            with wall.opened(other.pk):
                yield seen("inside")
            yield seen("after its own block")
            raise ZeroDivisionError
        yield seen("rolled back")
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            wall.open(other.pk)
            yield seen("opened to stay")
            raise ZeroDivisionError
        yield seen("rolled back, it stays")


def test_what_is_open_is_signed_anew_before_it_runs_out(two, monkeypatch):
    one, _other = two
    with wall.opened(one.pk):
        assert tasks(one) == 3
        before = connection.scope.renew
        monkeypatch.setattr(connection.scope, "renew", time.monotonic() - 1)
        assert tasks(one) == 3
        assert connection.scope.renew > before


def test_a_job_leaves_nothing_open(two):
    one, _other = two

    @wall.closing
    def job():
        wall.open(one.pk)
        assert tasks(one) == 3
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        job()
    assert connection.scope.numbers == frozenset()
