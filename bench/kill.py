"""kill -9 of everything in turn, under load: is every acknowledged answer, notice and webhook there, as often as it must be?

    python bench/kill.py [--kills 10] [--clients 8]

A Talkoo of its own (embedded PostgreSQL with full durability, two web processes, a worker) in a temporary folder. Clients
answer all the time and note a key only when its answer was acknowledged; one that got no reply sends the same key again,
as a browser does. Meanwhile web process, web server, worker, database and the supervisor of all are killed in turn; the
supervisor mends what is below it, the bench starts the supervisor. In the end the database is read, not the clients.

Clients also report problems, of which the owner is told once each. A webhook hears of every settled item; its receiver
stays alive, takes one message in ten without answering, and knows by the id what it had already.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from talkoo.desk.replay.clients import REDIRECTS, Client, Place
from talkoo.lib import postgres

TALKOO = [sys.executable, "-m", "talkoo.config.cli"]
READY = re.compile(r"ready: (http://\S+?)/? ")
VICTIMS = ("web process", "worker", "database", "web server", "supervisor")
TASKS, ASKED, PAUSE = 3000, 2, 4.0
REPORT, MUTE = 4, 10  # a problem is reported with one answer in four; one message in ten gets no answer at first
PATIENCE = 300  # seconds until what is left in the outbox must have arrived


@dataclass
class Seen:
    """What the clients saw: keys that were acknowledged, and what they met otherwise."""

    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[UUID] = field(default_factory=list)
    reported: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)


class Receiver(ThreadingHTTPServer):
    """What came by webhook: bodies by id, and how often each came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Hook)
        self.bodies: dict[str, set[bytes]] = {}
        self.came: Counter[str] = Counter()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server_address[1]}/"

    def settled(self) -> Counter[int]:
        """How often each item was told of, where a message that came again counts once."""
        said = (json.loads(next(iter(bodies))) for bodies in self.bodies.values())
        return Counter(item["task"] for one in said for item in one["data"]["items"])


class Hook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body, name = self.rfile.read(int(self.headers["Content-Length"])), self.headers["webhook-id"]
        self.server.bodies.setdefault(name, set()).add(body)
        self.server.came[name] += 1
        if len(self.server.bodies) % MUTE == 0 and self.server.came[name] == 1:
            self.connection.close()
            return
        self.send_response(204)
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Nothing is written to the terminal."""


@contextlib.contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    try:
        yield receiver
    finally:
        receiver.shutdown()
        receiver.server_close()


class House:
    """The supervisor, started again on the same port whenever it was killed."""

    def __init__(self, place: postgres.Cluster) -> None:
        self.place, self.port = place, "0"
        self.start()

    def start(self) -> None:
        self.serve = subprocess.Popen(
            [*TALKOO, "serve", "--port", self.port, "--migrate"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.address = next(found.group(1) for line in self.serve.stdout or () if (found := READY.search(line)))
        self.port = self.address.rsplit(":", 1)[1]

    def kill(self, victim: str) -> None:
        os.kill(self._process(victim), signal.SIGKILL)
        if victim == "supervisor":
            self.serve.wait()
            time.sleep(1)
            self.start()

    def _process(self, victim: str) -> int:
        if victim == "database":
            return int((self.place.data / "postmaster.pid").read_text().split()[0])
        if victim == "supervisor":
            return self.serve.pid
        direct = below(self.serve.pid)
        worker = next(pid for pid in direct if "worker" in command(pid))
        web = next(pid for pid in direct if "talkoo.config.web" in command(pid))
        return {"worker": worker, "web server": web, "web process": (below(web) or [web])[-1]}[victim]


def below(process: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def command(process: int) -> list[str]:
    return Path(f"/proc/{process}/cmdline").read_text().rstrip("\0").split("\0")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--clients", type=int, default=8)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talkoo-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "TALKOO_VAR": folder,
            "TALKOO_INSECURE_HTTP": "1",
            "TALKOO_DEMO": "1",  # a webhook may go to this machine
            "DJANGO_SETTINGS_MODULE": "talkoo.config.settings",
        }
        place = postgres.cluster(Path(folder) / "postgres")
        house = House(place)
        try:
            with receiving() as receiver:
                well = storm(house, args.kills, args.clients, receiver)
        finally:
            house.serve.terminate()
            house.serve.wait(60)
        postgres.remove(place)
    return 0 if well else 1


def storm(house: House, kills: int, clients: int, receiver: Receiver) -> bool:
    code, sessions = staged(clients, receiver.url)
    seen = Seen()
    threads = [threading.Thread(target=answer, args=(house, code, session, seen)) for session in sessions]
    threads.append(threading.Thread(target=hurry, args=(house.place, seen)))
    for thread in threads:
        thread.start()
    for number in range(kills):
        time.sleep(PAUSE)
        victim, before = VICTIMS[number % len(VICTIMS)], len(seen.acknowledged)
        house.kill(victim)
        begun = time.monotonic()
        while len(seen.acknowledged) == before and time.monotonic() - begun < 60:
            time.sleep(0.02)
        print(
            f"{victim:12} killed after {before:5} answers; the next came {time.monotonic() - begun:5.1f} s later",
            flush=True,
        )
    time.sleep(PAUSE)
    seen.stop.set()
    for thread in threads:
        thread.join()
    emptied(house.place)
    return told(house.place, seen, receiver)


def answer(house: House, code: str, session: str, seen: Seen) -> None:
    place, key = "", uuid4()
    while not seen.stop.is_set():
        client = Client(Place(house.address, code, "talkoo_session", "talkoo_csrf"), session)
        with contextlib.suppress(OSError, http.client.HTTPException), contextlib.closing(client.connection):
            while not seen.stop.is_set():
                if not place:
                    client.ask("GET", f"/work/{code}/")
                    found = client.ask("POST", f"/work/{code}/", {}).headers.get("Location", "")
                    place, key = (found if found.startswith("/assignments/") else ""), uuid4()
                    if place and key.int % REPORT == 0:
                        report(client, place, seen)
                    continue
                if "talkoo_csrf" not in client.cookies:
                    client.ask("GET", place)
                seen.tries["sent"] += 1
                reply = client.ask("POST", place, {"key": key, "choice": 1, "sure": 2})
                if reply.status in REDIRECTS and "/accounts/" not in reply.headers["Location"]:
                    seen.acknowledged.append(key)
                    place = ""
                else:
                    seen.tries[str(reply.status)] += 1
                    place = place if reply.status >= 500 else ""
        seen.tries["cut off"] += 1
        time.sleep(0.1)


def report(client: Client, place: str, seen: Seen) -> None:
    """Say that something is wrong with the item; noted only when it was acknowledged, and never sent again."""
    text = str(uuid4())
    client.ask("GET", place)
    reply = client.ask("POST", f"{place}problem/", {"text": text})
    if reply.status in REDIRECTS and reply.headers["Location"].startswith("/assignments/"):
        seen.reported.append(text)


HURRY = """
INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)
VALUES ('default', 'talkoo.notify.jobs.webhooks', 'notify_webhooks', '{"timestamp": 0}') ON CONFLICT DO NOTHING
"""


def hurry(place: postgres.Cluster, seen: Seen) -> None:
    """Have the outbox looked at twice a second instead of each minute, so that kills meet messages on their way."""
    while not seen.stop.wait(0.5):
        with (
            contextlib.suppress(psycopg.Error),
            psycopg.connect(**place.dsn(postgres.OWNER, postgres.DATABASE)) as database,
        ):
            database.execute(HURRY)


LEFT = "SELECT (SELECT count(*) FROM notify_happening) + (SELECT count(*) FROM notify_delivery WHERE state = 'waiting')"


def emptied(place: postgres.Cluster) -> None:
    """Wait until every message has arrived."""
    begun = time.monotonic()
    with psycopg.connect(**place.dsn(postgres.OWNER, postgres.DATABASE), autocommit=True) as database:
        while (row := database.execute(LEFT).fetchone()) and row[0] and time.monotonic() - begun < PATIENCE:
            time.sleep(1)
    print(f"the outbox was empty {time.monotonic() - begun:.0f} s after the last answer", flush=True)


def staged(people: int, hook: str) -> tuple[str, list[str]]:
    """One batch that asks each item of two people, made by the replay's own stage; a webhook hears of its results."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from talkoo.config.settings import database
    from talkoo.desk.replay import stage
    from talkoo.desk.replay.recording import Recording
    from talkoo.notify.actions.webhooks import register_webhook

    settings.DATABASES["default"] |= {"PASSWORD": database()["PASSWORD"]}
    sent = [(f"t{task}", f"p{(task + other) % people}", "a") for task in range(TASKS) for other in range(ASKED)]
    set_up = stage.build(Recording("kill", sent, {}, ["a", "b"]), lambda *_: None)
    asks = set_up.batch.organisation_id
    register_webhook(by=set_up.owner, organisation_id=asks, url=hook, events=["task.settled"])
    connections["default"].close_pool()
    return set_up.batch.code, list(set_up.sessions.values())


CHECKS = {
    "assignments of one person to one task, twice": "SELECT count(*) FROM (SELECT FROM microtasks_assignment"
    " GROUP BY person_id, task_id HAVING count(*) > 1) x",
    "tasks that count more people than they have": "SELECT count(*) FROM microtasks_task t WHERE t.done <> (SELECT count(*)"
    " FROM microtasks_assignment a WHERE a.task_id = t.id AND a.state = 'answered') OR t.active <> (SELECT count(*)"
    " FROM microtasks_assignment a WHERE a.task_id = t.id AND a.state = 'leased')",
    "answers without their line in the log": "SELECT (SELECT count(*) FROM microtasks_answer) - (SELECT count(*)"
    " FROM audit_event WHERE action IN ('microtasks.answer.sent', 'microtasks.answer.changed'))",
    "batch counts that are off": "SELECT (SELECT sum(answers) FROM microtasks_tally) - (SELECT count(*) FROM microtasks_answer"
    " WHERE version = 1)",
    "problems of which the owner was not told once": "SELECT count(*) FROM microtasks_problem p WHERE 1 <> (SELECT count(*)"
    " FROM notify_notice n WHERE n.once = 'problem.reported:' || p.id)",
    "notices of problems that nobody reported": "SELECT count(*) FROM notify_notice n WHERE kind = 'problem.reported'"
    " AND NOT EXISTS (SELECT FROM microtasks_problem p WHERE n.once = 'problem.reported:' || p.id)",
    "messages that did not arrive": LEFT,
    "notices told twice": "SELECT count(*) FROM (SELECT FROM notify_notice GROUP BY person_id, kind, once, channel"
    " HAVING count(*) > 1) x",
}


def told(place: postgres.Cluster, seen: Seen, receiver: Receiver) -> bool:
    heard = receiver.settled()
    with psycopg.connect(**place.dsn(postgres.OWNER, postgres.DATABASE)) as database:
        kept = Counter(key for (key,) in database.execute("SELECT key FROM microtasks_answer"))
        problems = Counter(text for (text,) in database.execute("SELECT text FROM microtasks_problem"))
        settled = {
            number for (number,) in database.execute("SELECT number FROM microtasks_task WHERE state = 'closed'")
        }
        wrong = {
            "acknowledged answers that are not there": sum(key not in kept for key in seen.acknowledged),
            "keys that are there twice": sum(count > 1 for count in kept.values()),
            "acknowledged reports that are not there": sum(text not in problems for text in seen.reported),
            "settled items of which the webhook did not hear": len(settled - heard.keys()),
            "items of which it heard that are not settled": len(heard.keys() - settled),
            "items of which it heard under two ids": sum(count > 1 for count in heard.values()),
            "ids that came with two bodies": sum(len(bodies) > 1 for bodies in receiver.bodies.values()),
            **{words: int(row[0]) for words, text in CHECKS.items() if (row := database.execute(text).fetchone())},
        }
    again = sum(receiver.came.values()) - len(receiver.came)
    print(f"answers: {len(seen.acknowledged)} acknowledged, {len(kept)} kept; the clients met {dict(seen.tries)}")
    print(f"notices: {len(seen.reported)} reports acknowledged, {sum(problems.values())} kept")
    print(
        f"webhooks: {len(settled)} items settled, {len(heard)} told in {len(receiver.came)} messages, {again} sent again"
    )
    for words, count in wrong.items():
        print(f"{words:48} {count}")
    return not any(wrong.values())


if __name__ == "__main__":
    sys.exit(main())
