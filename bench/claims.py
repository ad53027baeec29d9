"""Claims under load: the last-slot storm, the cost of a claim, the plan of the picking statement, pieces under caps.

    python bench/claims.py [--rounds 200] [--tasks 1000000]

Starts an embedded PostgreSQL of its own in a temporary folder, as the application's role, and prints one table.
Every round of the storm: 32 people at once, 5 tasks with one slot each.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import django
import psycopg

from talkoo.lib import postgres, wall

LEASE = "30 minutes"
CLAIM = "SELECT microtasks_claim(%s, %s, NULL, %s)"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talkoo-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {"TALKOO_VAR": folder, "TALKOO_DEMO": "1", "DJANGO_SETTINGS_MODULE": "talkoo.config.settings"}
        place = postgres.cluster(Path(folder) / "postgres")
        with postgres.attach(place):
            subprocess.run(
                [sys.executable, "-m", "talkoo.config.cli", "migrate"], check=True, stdout=subprocess.DEVNULL
            )
            django.setup()
            for name, figure in measure(place, args.rounds, args.tasks):
                print(f"{name:58} {figure}", flush=True)
        postgres.remove(place)
    return 0


def measure(place: postgres.Cluster, rounds: int, tasks: int):
    dsn = place.dsn(postgres.APP, postgres.DATABASE)
    with psycopg.connect(**dsn, autocommit=True) as db:
        people = cast()
        yield from storm(db, dsn, people, rounds)
        for size in (1000, tasks):
            yield from cost(db, people[0], size)
        yield from plan(db, people[0], tasks)
        yield from cost_with_known(db, people[0], tasks)
        for size in (1000, tasks):
            yield from cost_of_pieces(db, people[0], size)
        yield from collusion(db, dsn, people)


def show(db, number: int) -> None:
    """What the application does once it has let somebody in (lib.wall)."""
    (backend,) = db.execute("SELECT pg_backend_pid()").fetchone()
    db.execute(wall.SAY, [wall.words([number], backend)])


def cast() -> list[int]:
    from talkoo.people.models import Organisation, Person

    Organisation.objects.create(name="Bench")
    made = [Person(email=f"p{n}@bench.example", name=f"Person {n}") for n in range(50)]
    return [person.pk for person in Person.objects.bulk_create(made)]


def batch(db, tasks: int, needed: int) -> int:
    from talkoo.microtasks.models import Batch
    from talkoo.people.models import Organisation

    new = Batch.objects.create(
        title="Bench", organisation=Organisation.objects.get(), state="open", adaptive=False, most=9
    )
    show(db, new.pk)
    db.execute(
        'INSERT INTO microtasks_task (batch_id, number, pos, name, payload, "group", state, needed, active, done, surplus,'
        " closed, differ, estimate) SELECT %s, i, i, '', '{}', '', 'open', %s, 0, 0, 0, false, false, '[]'"
        " FROM generate_series(1, %s) i",
        [new.pk, needed, tasks],
    )
    return new.pk


def storm(db, dsn, people, rounds: int):
    connections = [psycopg.connect(**dsn, autocommit=True) for _ in people[:32]]
    over = short = double = 0
    started = time.perf_counter()
    for _ in range(rounds):
        number = batch(db, 5, 1)
        gate, won = threading.Barrier(32), []

        def claim(at: int, number=number, gate=gate, won=won) -> None:
            show(connections[at], number)
            gate.wait(30)
            row = connections[at].execute(CLAIM, [number, people[at], LEASE]).fetchone()
            won.append(row[0])

        threads = [threading.Thread(target=claim, args=(at,)) for at in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        given = [assignment for assignment in won if assignment]
        tasks = db.execute(
            "SELECT count(*), count(DISTINCT task_id) FROM microtasks_assignment WHERE batch_id = %s", [number]
        ).fetchone()
        over, short, double = over + (len(given) > 5), short + (len(given) < 5), double + (tasks[0] != tasks[1])
    for connection in connections:
        connection.close()
    yield f"storm: 32 people, 5 last slots, {rounds} rounds", f"{time.perf_counter() - started:.1f} s"
    yield "  rounds with a slot given twice / too many / unserved", f"{double} / {over} / {short}"


def cost(db, person: int, tasks: int):
    number = batch(db, tasks, 9)
    db.execute("ANALYZE microtasks_task")
    for done in (0, 5000):
        if done >= tasks:
            continue
        give(db, number, person, done)
        count, started = min(500, tasks - done - 1), time.perf_counter()
        for _ in range(count):
            claimed = db.execute(CLAIM, [number, person, LEASE]).fetchone()[0]
            db.execute("UPDATE microtasks_assignment SET state = 'answered' WHERE id = %s", [claimed])
        yield (
            f"claim + answer, {tasks:,} tasks, {done:,} answered before",
            f"{1e3 * (time.perf_counter() - started) / count:.2f} ms",
        )


def cost_with_known(db, person: int, tasks: int, known: int = 500):
    """One hand-out in ten is an item with a known answer."""
    number = batch(db, tasks, 9)
    db.execute(
        "UPDATE microtasks_task SET state = 'control', closed = true, spot = random() WHERE batch_id = %s AND number <= %s",
        [number, known],
    )
    db.execute("UPDATE microtasks_batch SET controls_added = %s WHERE id = %s", [known, number])
    db.execute("ANALYZE microtasks_task")
    count, started = 500, time.perf_counter()
    for _ in range(count):
        claimed = db.execute(CLAIM, [number, person, LEASE]).fetchone()[0]
        db.execute("UPDATE microtasks_assignment SET state = 'answered' WHERE id = %s", [claimed])
    yield (
        f"claim + answer, {tasks:,} tasks, one in ten has a known answer",
        f"{1e3 * (time.perf_counter() - started) / count:.2f} ms",
    )


PIECES = """
INSERT INTO microtasks_piece (task_id, batch_id, record, part, label, name)
SELECT id, batch_id, (n - 1) / %s + 1, (n - 1) %% %s + 1, 'Column', ''
FROM (SELECT id, batch_id, row_number() OVER (ORDER BY random()) AS n FROM microtasks_task WHERE batch_id = %s) t
"""
OF_A_RECORD, CAP_PERSON, CAP_TEAM = 10, 2, 5


def pieced(db, tasks: int, needed: int, each: int = OF_A_RECORD, cap_team: int = CAP_TEAM) -> int:
    number = batch(db, tasks, needed)
    db.execute(PIECES, [each, each, number])
    db.execute(
        "UPDATE microtasks_batch SET records = %s, cap_person = %s, cap_team = %s WHERE id = %s",
        [tasks // each, CAP_PERSON, cap_team, number],
    )
    return number


def cost_of_pieces(db, person: int, tasks: int):
    """Whole items and pieces under caps in turn, ten claims each, so that both meet the same machine."""
    whole, pieces = batch(db, tasks, 9), pieced(db, tasks, 9)
    db.execute("ANALYZE microtasks_task, microtasks_piece")
    took = dict.fromkeys((whole, pieces), 0.0)
    count = min(500, tasks // OF_A_RECORD)
    for _ in range(count // 10):
        for number in took:
            show(db, number)
            started = time.perf_counter()
            for _ in range(10):
                claimed = db.execute(CLAIM, [number, person, LEASE]).fetchone()[0]
                db.execute("UPDATE microtasks_assignment SET state = 'answered' WHERE id = %s", [claimed])
            took[number] += time.perf_counter() - started
    for number, name in ((whole, "whole items"), (pieces, "pieces under caps")):
        yield f"claim + answer, {tasks:,} tasks, {name}", f"{1e3 * took[number] / count:.2f} ms"
    yield "  pieces / whole", f"{took[pieces] / took[whole]:.2f}"


def collusion(db, dsn, people, pieces: int = 40):
    """Everybody takes what can be had of one record, and keeps nothing: each piece is given back at once."""
    number = pieced(db, pieces, 99, pieces, 7)
    teams = [at % 5 + 1 for at in range(len(people))]
    for team in set(teams):
        db.execute("INSERT INTO people_organisation (id, code, name, starts) VALUES (%s, %s, '', now())", [9000 + team, f"t{team}"])  # fmt: skip
    gate = threading.Barrier(len(people))

    def collude(person: int, team: int) -> None:
        with psycopg.connect(**dsn, autocommit=True) as own:
            show(own, number)
            gate.wait(30)
            for _ in range(8):
                (claimed,) = own.execute(
                    "SELECT microtasks_claim(%s, %s, %s, %s)", [number, person, 9000 + team, LEASE]
                ).fetchone()
                own.execute("UPDATE microtasks_assignment SET state = 'skipped' WHERE id = %s", [claimed])

    threads = [threading.Thread(target=collude, args=pair) for pair in zip(people, teams, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for who in ("person_id", "organisation_id"):
        (most,) = db.execute(
            f"SELECT max(n) FROM (SELECT count(DISTINCT task_id) AS n FROM microtasks_assignment WHERE batch_id = %s GROUP BY {who}) x",  # noqa: S608 - two names
            [number],
        ).fetchone()
        yield f"{len(people)} people collude on {pieces} pieces: most for one {who.removesuffix('_id')}", str(most)


def give(db, number: int, person: int, done: int) -> None:
    """The person has answered the next `done` tasks already."""
    if not done:
        return
    db.execute(
        "INSERT INTO microtasks_assignment (task_id, batch_id, person_id, state, lease_until, taken)"
        " SELECT id, batch_id, %s, 'answered', now(), now() FROM microtasks_task WHERE batch_id = %s AND pos <= %s ON CONFLICT DO NOTHING",
        [person, number, done + 500],
    )
    db.execute(
        "UPDATE microtasks_cursor SET pos = %s WHERE person_id = %s AND batch_id = %s", [done + 500, person, number]
    )


def plan(db, person: int, tasks: int):
    number, after = db.execute(
        "SELECT batch_id, pos FROM microtasks_cursor WHERE person_id = %s ORDER BY batch_id DESC LIMIT 1", [person]
    ).fetchone()
    show(db, number)
    source = db.execute("SELECT prosrc FROM pg_proc WHERE proname = 'microtasks_pick'").fetchone()[0]
    for name, value in (("= b ", number), ("= p ", person)):
        source = source.replace(name, f"= {value} ")
    source = source.replace("> after\n", f"> {after}\n")
    found = db.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + source).fetchone()[0][0]["Plan"]
    yield (
        f"plan at {tasks:,} tasks, 5,000 answered: pages touched",
        str(found["Shared Hit Blocks"] + found["Shared Read Blocks"]),
    )
    yield "  rows the index scan reads", str(scanned(found))


def scanned(node) -> int:
    own = node["Actual Rows"] + node.get("Rows Removed by Filter", 0) if node.get("Index Name") == "task_open" else 0
    return int(own + sum(scanned(child) for child in node.get("Plans", [])))


if __name__ == "__main__":
    sys.exit(main())
