"""Two servers and two workers on one PostgreSQL: one house, nothing done twice, nothing left when one of them dies."""

import contextlib
import os
import signal
import threading
import time
import uuid
from pathlib import Path

import psycopg
import pytest

from talkoo.config.worker import BEAT
from talkoo.desk.replay.clients import Client, Place
from tests import servers

PEOPLE, TASKS = 8, 6
TAKEN_OVER = 3 * BEAT + 60 + 30  # silent for three beats, then the next full minute's look, then time to do the work


@pytest.fixture
def houses(own_database, tmp_path):
    """Addresses of two servers, each with a worker, and the settings of the first."""
    envs = [servers.environment(tmp_path / name, own_database) for name in ("one", "two")]  # they share one key
    with servers.serving(envs[0]) as one, servers.serving(envs[1]) as two:
        yield [one, two], envs[0]


def ask(env, statement, *values):
    with psycopg.connect(env["TALKOO_OWNER_DATABASE_URL"], autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def eventually(condition, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return False


def answer(addresses, work, mistakes):
    """One person who meets the other server at each step: claim here, send there."""
    code, session = work
    try:
        clients = [Client(Place(address, code, "talkoo_session", "talkoo_csrf"), session) for address in addresses]
        with contextlib.ExitStack() as stack:
            for client in clients:
                stack.callback(client.connection.close)
                client.ask("GET", f"/work/{code}/")
            done = 0
            for _again in range(20):  # a task just in other hands is passed over, and shown again after two seconds
                place = clients[done % 2].move(f"/work/{code}/", {})
                while place.startswith("/assignments/"):
                    done += 1
                    place = clients[done % 2].move(place, {"key": uuid.uuid4(), "choice": 1, "sure": 2})
                if done == TASKS:
                    break
                time.sleep(0.5)
    except Exception as error:  # noqa: BLE001 - told by the test
        mistakes.append(error)


def test_people_who_meet_either_server_get_each_task_once_and_a_job_of_a_dead_worker_is_done_by_the_other(houses):
    addresses, env = houses
    code, sessions = staged(env)
    mistakes = []
    threads = [threading.Thread(target=answer, args=(addresses, (code, session), mistakes)) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert mistakes == []
    assert ask(env, "SELECT count(*), count(DISTINCT (task_id, person_id)) FROM microtasks_assignment") == [(48, 48)]
    assert ask(env, "SELECT count(*) FROM microtasks_answer") == [(PEOPLE * TASKS,)]
    assert ask(env, "SELECT count(*) FROM microtasks_task WHERE done + active > needed") == [(0,)]

    assert eventually(lambda: ask(env, "SELECT count(*) FROM procrastinate_workers") == [(2,)])
    for _ in range(20):
        ask(env, "INSERT INTO procrastinate_jobs (queue_name, task_name, args, priority) VALUES ('default', %s, %s, 0)",
            "talkoo.microtasks.jobs.close_due", '{"timestamp": 0}')  # fmt: skip
    worker = next(pid for pid in workers() if env["TALKOO_VAR"] in environ(pid))
    os.kill(worker, signal.SIGKILL)
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing') AND scheduled_at IS NULL"
    assert eventually(lambda: ask(env, waiting) == [(0,)], TAKEN_OVER)


def workers():
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if {b"talkoo.config.cli", b"worker"} <= set((path / "cmdline").read_bytes().split(b"\0")):
                yield int(path.name)


def environ(pid):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/environ").read_text(errors="replace")
    return ""


STAGE = """
import sys, django
django.setup()
from talkoo.desk.replay import stage
from talkoo.desk.replay.recording import Recording
people, tasks = int(sys.argv[1]), int(sys.argv[2])
sent = [(f"t{task}", f"p{person}", label) for task in range(tasks) for person, label in zip(range(people), "ab" * people)]
set_up = stage.build(Recording("two", sent, {}, ["a", "b"]), lambda *_: None)
print(set_up.batch.code, *set_up.sessions.values())
from django.db import connections
connections["default"].close_pool()
"""


def staged(env):
    """A batch and signed-in people, made by the product's own actions in a process with the settings of a house."""
    import subprocess
    import sys

    done = subprocess.run(
        [sys.executable, "-c", STAGE, str(PEOPLE), str(TASKS)], capture_output=True, text=True, timeout=120, check=True,
        env=env | {"DJANGO_SETTINGS_MODULE": "talkoo.config.settings"},
    )  # fmt: skip
    code, *sessions = done.stdout.split()
    return code, sessions
