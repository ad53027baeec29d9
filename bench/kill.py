"""kill -9 of everything in turn, under load: is every acknowledged answer there, exactly once?

    python bench/kill.py [--kills 10] [--clients 8]

A Talkoo of its own (embedded PostgreSQL with full durability, two web processes, a worker) in a temporary folder. Clients
answer all the time and note a key only when its answer was acknowledged; one that got no reply sends the same key again,
as a browser does. Meanwhile web process, web server, worker, database and the supervisor of all are killed in turn; the
supervisor mends what is below it, the bench starts the supervisor. In the end the database is read, not the clients.
"""

import argparse
import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import psycopg

from talkoo.desk.replay.clients import REDIRECTS, Client, Place
from talkoo.lib import postgres

TALKOO = [sys.executable, "-m", "talkoo.config.cli"]
READY = re.compile(r"ready: (http://\S+?)/? ")
VICTIMS = ("web process", "worker", "database", "web server", "supervisor")
TASKS, PAUSE = 3000, 4.0


@dataclass
class Seen:
    """What the clients saw: keys that were acknowledged, and what they met otherwise."""

    stop: threading.Event = field(default_factory=threading.Event)
    acknowledged: list[UUID] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)


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
        worker = next(pid for pid in direct if command(pid)[-1:] == ["worker"])
        web = next(pid for pid in direct if "granian" in command(pid))
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
            "DJANGO_SETTINGS_MODULE": "talkoo.config.settings",
        }
        place = postgres.cluster(Path(folder) / "postgres")
        house = House(place)
        try:
            well = storm(house, args.kills, args.clients)
        finally:
            house.serve.terminate()
            house.serve.wait(60)
        postgres.remove(place)
    return 0 if well else 1


def storm(house: House, kills: int, clients: int) -> bool:
    code, sessions = staged(clients)
    seen = Seen()
    threads = [threading.Thread(target=answer, args=(house, code, session, seen)) for session in sessions]
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
    return told(house.place, seen)


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


def staged(people: int) -> tuple[str, list[str]]:
    """One batch that asks every item of everybody, made by the replay's own stage."""
    import django

    django.setup()
    from django.conf import settings
    from django.db import connections

    from talkoo.config.settings import database
    from talkoo.desk.replay import stage
    from talkoo.desk.replay.recording import Recording

    settings.DATABASES["default"] |= {"PASSWORD": database()["PASSWORD"]}
    sent = [(f"t{task}", f"p{person}", "ab"[person % 2]) for task in range(TASKS) for person in range(people)]
    set_up = stage.build(Recording("kill", sent, {}, ["a", "b"]), lambda *_: None)
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
    "notices told twice": "SELECT count(*) FROM (SELECT FROM notify_notice GROUP BY person_id, kind, once, channel"
    " HAVING count(*) > 1) x",
}


def told(place: postgres.Cluster, seen: Seen) -> bool:
    with psycopg.connect(**place.dsn(postgres.OWNER, postgres.DATABASE)) as database:
        kept = Counter(key for (key,) in database.execute("SELECT key FROM microtasks_answer"))
        wrong = {
            "acknowledged answers that are not there": sum(key not in kept for key in seen.acknowledged),
            "keys that are there twice": sum(count > 1 for count in kept.values()),
            **{words: int(row[0]) for words, text in CHECKS.items() if (row := database.execute(text).fetchone())},
        }
    print(f"acknowledged {len(seen.acknowledged)}, kept {len(kept)}; the clients met {dict(seen.tries)}")
    for words, count in wrong.items():
        print(f"{words:48} {count}")
    return not any(wrong.values())


if __name__ == "__main__":
    sys.exit(main())
