"""Take → submit cycles over HTTP: sign-in, authorisation, audit and consensus on; one request sends and takes the next.

    python bench/claim.py [--seconds 10] [--clients 1,8,16,32] [--pools 1000,100000,1000000] [--fragment]

Starts a Talkoo of its own (embedded PostgreSQL, two web processes) in a temporary folder. The clients are processes of
their own on the same machine, so their time is in the figures. Without --fragment a client follows no redirect, as the
replay does; with it the answer is the next task's part of the page, as htmx gets it in a browser. Pools are visited in
turn, round after round, so that a machine that is busy for a while is unfair to all of them alike.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg

from talkoo.desk.replay.clients import Client, Place
from talkoo.lib import postgres

PEOPLE = 32
WARM = 2  # seconds for the clients to begin
TALKOO = [sys.executable, "-m", "talkoo.config.cli"]
READY = re.compile(r"ready: (http://\S+?)/? ")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10, help="for one measurement, over all rounds")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", default="1,8,16,32")
    parser.add_argument("--pools", default="1000,100000,1000000")
    parser.add_argument("--fragment", action="store_true", help="ask as htmx does")
    args = parser.parse_args()
    numbers = [int(each) for each in args.clients.split(",")], [int(each) for each in args.pools.split(",")]
    with tempfile.TemporaryDirectory(prefix="talkoo-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "TALKOO_VAR": folder,
            "TALKOO_INSECURE_HTTP": "1",
            "DJANGO_SETTINGS_MODULE": "talkoo.config.settings",
        }
        os.environ["TALKOO_WEB_WORKERS"] = "2"
        place = postgres.cluster(Path(folder) / "postgres")
        with postgres.attach(place):
            serve = subprocess.Popen([*TALKOO, "serve", "--port", "0", "--migrate"], stdout=subprocess.PIPE, text=True)
            try:
                address = next(found.group(1) for line in serve.stdout or () if (found := READY.search(line)))
                table(address, place.dsn(postgres.OWNER, postgres.DATABASE), numbers, args)
            finally:
                serve.terminate()
                serve.wait(30)
        postgres.remove(place)
    return 0


def table(address: str, owner: dict[str, Any], numbers: tuple[list[int], list[int]], args: argparse.Namespace) -> None:
    clients, pools = numbers
    batches, sessions = prepared(owner, pools)
    found: dict[tuple[int, int], list[list[float]]] = {}
    for _ in range(args.rounds):
        for count in clients:
            for pool in pools:
                took = measured(address, batches[pool], sessions[:count], args.seconds / args.rounds, args.fragment)
                found.setdefault((count, pool), []).append(took)
    print(f"{'clients':>8} {'tasks':>10} {'cycles/s':>10} {'p50 ms':>8} {'p95 ms':>8}")
    for (count, pool), rounds in sorted(found.items()):
        every = sorted(value for took in rounds for value in took)
        rate = len(every) / args.seconds
        p50, p95 = statistics.median(every), every[int(0.95 * len(every))]
        print(f"{count:>8} {pool:>10,} {rate:>10.1f} {1e3 * p50:>8.1f} {1e3 * p95:>8.1f}")


def prepared(owner: dict[str, Any], pools: list[int]) -> tuple[dict[int, str], list[str]]:
    """One open batch a pool, and people with sessions, by the actions of the replay; the pools are filled by one statement."""
    import django

    django.setup()
    from django.db import connection, connections

    from talkoo.desk.replay import stage
    from talkoo.desk.replay.recording import Recording

    found: dict[int, str] = {}
    sessions: list[str] = []
    for pool in pools:
        sent = [("first", f"p{number}", "ab"[number % 2]) for number in range(PEOPLE)]
        set_up = stage.build(Recording(f"pool {pool}", sent, {}, ["a", "b"]), lambda *_: None)
        found[pool] = set_up.batch.code
        with connection.cursor() as cursor:
            cursor.execute(FILL, [pool, set_up.batch.pk])
            cursor.execute(OPEN, [pool, set_up.batch.pk])
            cursor.execute("DELETE FROM microtasks_batch_audience WHERE batch_id = %s", [set_up.batch.pk])
        sessions = sessions or list(set_up.sessions.values())
    with psycopg.connect(**owner, autocommit=True) as database:
        database.execute("ANALYZE")
    connections["default"].close_pool()
    return found, sessions


OPEN = """
UPDATE microtasks_batch SET tasks_total = %s, adaptive = true, least = 2, most = 5, sensitivity = 0 WHERE id = %s
"""
FILL = """
INSERT INTO microtasks_task (batch_id, number, pos, name, payload, "group", state, needed, active, done, surplus, closed,
                             differ, estimate)
SELECT t.batch_id, i, nextval('microtasks_task_pos'), 'Item ' || i, t.payload, '', 'open', 2, 0, 0, 0, false, false, '[]'
FROM microtasks_task t, generate_series(2, %s) i WHERE t.batch_id = %s AND t.number = 1
"""


def measured(address: str, code: str, sessions: list[str], seconds: float, fragment: bool) -> list[float]:
    place = Place(address, code, "talkoo_session", "talkoo_csrf")
    end = time.time() + WARM + seconds
    with ProcessPoolExecutor(len(sessions)) as workers:
        jobs = [workers.submit(one_person, place, session, end, seconds, fragment) for session in sessions]
        return [value for job in jobs for value in job.result()]


def one_person(place: Place, session: str, end: float, seconds: float, fragment: bool) -> list[float]:
    """Seconds of each cycle within the time; whoever has ended the batch stops."""
    client = Client(place, session)
    client.ask("GET", f"/work/{place.batch}/")
    here, took = client.move(f"/work/{place.batch}/", {}), []
    time.sleep(max(0, end - seconds - time.time()))
    while time.time() < end and here.startswith("/assignments/"):
        begun = time.perf_counter()
        before, here = here, send(client, here, fragment)
        if not here or here == before:  # it was settled meanwhile: kept as one more opinion, and shown as that
            here = client.move(f"/work/{place.batch}/", {})
        took.append(time.perf_counter() - begun)
    client.connection.close()
    return took


def send(client: Client, place: str, fragment: bool) -> str:
    fields = {"key": uuid4(), "choice": 1, "sure": 2}
    if not fragment:
        return client.move(place, fields)
    response = client.ask("POST", place, fields, {"HX-Request": "true"})
    return response.headers.get("HX-Push-Url", "")


if __name__ == "__main__":
    sys.exit(main())
