"""A job survives the worker that was doing it."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import connection

from talkoo.microtasks.jobs import refit
from talkoo.notify.jobs import mail
from tests import servers

DEFER = """
INSERT INTO procrastinate_jobs (queue_name, task_name, args, status)
VALUES ('default', %s, '{"timestamp": 0}', 'todo') RETURNING id
"""


def ask(env, statement, *values):
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"]) as connection:
        return connection.execute(statement, values).fetchone()


def eventually(condition, seconds=100):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def test_a_worker_does_what_was_deferred_and_ends_when_told(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database)
    with subprocess.Popen([*servers.TALKOO, "worker"], env=env) as worker:
        try:
            (job,) = ask(env, DEFER, "talkoo.config.jobs.forget_sessions")
            assert eventually(
                lambda: ask(env, "SELECT status FROM procrastinate_jobs WHERE id = %s", job) == ("succeeded",)
            )
        finally:
            os.kill(worker.pid, signal.SIGTERM)
        assert worker.wait(15) == 0


LOCKED = "UPDATE procrastinate_jobs SET lock = 'a', queueing_lock = 'a' WHERE id = %s RETURNING id"
LEFT = """
WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '5 min') RETURNING id)
UPDATE procrastinate_jobs SET status = 'doing', worker_id = (SELECT id FROM dead) WHERE id = %s RETURNING id
"""


def test_the_job_of_a_worker_that_died_is_done_by_another_once_though_the_same_waits_already(own_database, tmp_path):
    env = servers.environment(tmp_path, own_database)
    (began,) = ask(env, DEFER, "talkoo.config.jobs.forget_sessions")
    ask(env, LOCKED, began)
    ask(env, LEFT, began)
    (twin,) = ask(env, DEFER, "talkoo.config.jobs.forget_sessions")
    ask(env, LOCKED, twin)
    (job,) = ask(env, DEFER, "talkoo.config.jobs.forget_sessions")
    ask(env, LEFT, job)
    ask(env, DEFER, "talkoo.config.jobs.retry_stalled")  # now, not at the next full minute
    with subprocess.Popen([*servers.TALKOO, "worker"], env=env) as worker:
        try:
            assert eventually(
                lambda: ask(env, "SELECT status FROM procrastinate_jobs WHERE id = %s", job) == ("succeeded",)
            )
            assert eventually(
                lambda: ask(env, "SELECT array_agg(id) FROM procrastinate_jobs WHERE lock = 'a'") == ([twin],)
            )
            assert eventually(
                lambda: ask(env, "SELECT status FROM procrastinate_jobs WHERE id = %s", twin) == ("succeeded",)
            )
        finally:
            os.kill(worker.pid, signal.SIGTERM)


@pytest.mark.django_db
def test_what_people_wait_for_goes_before_what_waits_longer():
    refit.defer(batch=0)
    mail.defer(timestamp=0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, %s)", cursor.fetchone())
        assert cursor.fetchone() == (mail.name,)


SET_BACK = """
import os, sys, time
real = time.time
time.time = lambda: real() - (3600 if os.path.exists(sys.argv[1]) else 0)
from talkoo.lib.clock import Watch
Watch.__init__.__kwdefaults__["every"] = 0.1
from talkoo.config.cli import main
sys.exit(main(["worker"]))
"""


def test_a_worker_whose_clock_is_set_begins_anew_and_works_on(own_database, tmp_path):
    env, flag = servers.environment(tmp_path, own_database), tmp_path / "set-back"
    with (tmp_path / "worker.log").open("w+") as log:
        worker = subprocess.Popen([sys.executable, "-c", SET_BACK, str(flag)], env=env, stderr=log)
        try:
            workers = "SELECT coalesce(max(id), 0) FROM procrastinate_workers"
            assert eventually(lambda: ask(env, workers)[0])
            (before,) = ask(env, workers)
            flag.touch()
            assert eventually(lambda: ask(env, workers)[0] > before)
            (job,) = ask(env, DEFER, "talkoo.config.jobs.forget_sessions")
            assert eventually(
                lambda: ask(env, "SELECT status FROM procrastinate_jobs WHERE id = %s", job) == ("succeeded",)
            )
        finally:
            worker.terminate()
        assert worker.wait(15) == 0
        log.seek(0)
        assert "The clock was set by -3600 seconds" in log.read()
