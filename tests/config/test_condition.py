"""What `talkoo check` finds wrong with a house at work, and that it finds nothing where nothing is."""

import psycopg
import pytest
from django.db import connection

from talkoo.config import condition
from talkoo.lib import postgres
from tests import databases

pytestmark = pytest.mark.django_db


def job(status, minutes, *, worker=None):
    """A job of one's own that was deferred some minutes ago."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, priority, status, worker_id)"
            " VALUES ('default', 'talkoo.tests.job', '{}', 0, %s, %s) RETURNING id",
            [status, worker],
        )
        (number,) = cursor.fetchone()
        cursor.execute(
            "UPDATE procrastinate_events SET at = now() - %s * interval '1 minute' WHERE job_id = %s AND type = 'deferred'",
            [minutes, number],
        )


def alive():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")


def test_a_house_in_which_all_is_well_has_no_findings():
    alive()
    job("todo", 1)
    found = [condition.rights_findings, condition.clock_findings, condition.job_findings]
    assert [list(findings()) for findings in found] == [[], [], []]


def test_a_job_that_waits_without_a_worker_asks_for_one():
    job("todo", 10)
    assert list(condition.job_findings()) == [
        "No worker is alive, and a job waits for 10 minutes. Start talkoo serve or talkoo worker."
    ]


def test_a_job_that_waits_although_workers_are_alive_asks_for_another_worker():
    alive()
    job("todo", 10)
    assert list(condition.job_findings()) == [
        "A job waits for 10 minutes; 1 workers are alive. Start another: talkoo worker"
    ]


def test_jobs_of_the_dead_and_jobs_given_up_are_named():
    job("doing", 1)
    job("failed", 1)
    orphaned, failed = condition.job_findings()
    assert orphaned.startswith("1 jobs are in the hands of workers that died.")
    assert "talkoo.tests.job" in failed


def test_a_clock_that_was_set_back_shows_by_the_log():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, action, kind, code, facts)"
            " VALUES (clock_timestamp() + interval '1 hour', 'test', 'clock', 'x', '{}')"
        )
    (found,) = condition.clock_findings()
    assert "in the future: a clock was set back" in found


def test_a_disk_with_little_room_is_named_with_what_is_free(monkeypatch):
    monkeypatch.setattr(condition, "ROOM", 10**18)
    found = list(condition.disk_findings())
    assert found
    assert all("MB are free for" in each and "Make room" in each for each in found)


@pytest.mark.parametrize(
    ("table", "wrong", "right", "said"),
    [
        ("people_skill", "REVOKE SELECT ON {} FROM {}", "GRANT SELECT ON {} TO {}", "may not use people_skill"),
        ("audit_event", "GRANT UPDATE ON {} TO {}", "REVOKE UPDATE ON {} FROM {}", "may change audit_event"),
    ],
)
def test_rights_that_are_too_few_or_too_many_are_named(table, wrong, right, said):
    owner = databases.place().dsn(postgres.OWNER, connection.settings_dict["NAME"])
    with psycopg.connect(**owner, autocommit=True) as server:
        server.execute(wrong.format(table, postgres.APP))
        try:
            found = list(condition.rights_findings())
        finally:
            server.execute(right.format(table, postgres.APP))
    assert any(said in each for each in found)
