"""What the log costs whoever answers: whole cycles of answer and next task, with every event written and without, in turn.

    python bench/audit.py [--pairs 20] [--cycles 40]

One process asks itself (Django's own client, no network) on an embedded PostgreSQL in a temporary folder. A pair is so many
cycles with the log and as many without, first the one, then the other, and in the next pair the other way round; numbering
the events is in the time of the side with the log. Time of processor tells more where others use the machine. At last: how many events a second get a number, and what a proof costs.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock
from uuid import uuid4

from claim import TALKOO, prepared

from talkoo.lib import postgres

Spent = tuple[float, float]
Side = Callable[["Person", int], None]
POOL = 20_000
EVENTS = 100_000
FILL = """
INSERT INTO audit_event (at, action, kind, code, facts) SELECT now(), 'bench.done', 'thing', i::text, '{"n": 1}'
FROM generate_series(1, %s) i
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--cycles", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talkoo-bench-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "TALKOO_VAR": folder,
            "TALKOO_INSECURE_HTTP": "1",
            "DJANGO_SETTINGS_MODULE": "talkoo.config.settings",
        }
        place = postgres.cluster(Path(folder) / "postgres")
        with postgres.attach(place):
            subprocess.run([*TALKOO, "migrate", "--quiet"], check=True)
            batches, sessions = prepared(place.dsn(postgres.OWNER, postgres.DATABASE), [POOL])
            answering(batches[POOL], sessions[0], args)
            numbering()
        postgres.remove(place)
    return 0


def answering(code: str, session: str, args: argparse.Namespace) -> None:
    person = Person(code, session)
    person.cycles(args.cycles)
    pairs: list[dict[Side, Spent]] = []
    for number in range(args.pairs):
        sides = [with_log, without_log] if number % 2 else [without_log, with_log]
        pairs.append({side: spent(side, person, args.cycles) for side in sides})
    print(f"{'a cycle takes':24} {'with the log':>14} {'without':>10}   without / with: median and quartiles of pairs")
    for name, of in (("ms by the clock", 0), ("ms of processor", 1)):
        on, off = ([1e3 * pair[side][of] / args.cycles for pair in pairs] for side in (with_log, without_log))
        ratios = [without / with_ for with_, without in zip(on, off, strict=True)]
        middle = f"{statistics.median(ratios):.3f} ({quartiles(ratios)})"
        print(f"{name:24} {statistics.median(on):14.1f} {statistics.median(off):10.1f}   {middle}")


def spent(side: Side, person: "Person", cycles: int) -> Spent:
    """Seconds by the clock and of processor, ours and the database server's."""
    begun, used = time.perf_counter(), processor()
    side(person, cycles)
    return time.perf_counter() - begun, processor() - used


def processor() -> float:
    """Seconds of processor that this process and the processes of the server have used; on Linux."""
    ours = Path(os.environ["TALKOO_VAR"], "postgres", "data", "postmaster.pid").read_text().split()[0]
    ticks = 0
    for place in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = place.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        if fields[1] == ours:
            ticks += int(fields[11]) + int(fields[12])
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


def quartiles(values: list[float]) -> str:
    low, _middle, high = statistics.quantiles(values, n=4)
    return f"{low:.3f} to {high:.3f}"


class Person:
    """Somebody who answers and gets the next task in the same request, as htmx asks."""

    def __init__(self, code: str, session: str) -> None:
        from django.test import Client

        self.client, self.code = Client(), code
        self.client.cookies["talkoo_session"] = session
        self.here = self.client.post(f"/work/{code}/", headers={"Host": "localhost"})["Location"]

    def cycles(self, number: int) -> None:
        for _ in range(number):
            fields = {"key": uuid4(), "choice": 1, "sure": 2}
            answer = self.client.post(self.here, fields, headers={"Host": "localhost", "HX-Request": "true"})
            self.here = answer["HX-Push-Url"]


def with_log(person: Person, number: int) -> None:
    from talkoo.audit.actions.sequencing import sequence_all

    person.cycles(number)
    sequence_all()


def without_log(person: Person, number: int) -> None:
    with mock.patch("talkoo.audit.actions.record"):
        person.cycles(number)


def numbering() -> None:
    from django.db import connection

    from talkoo.audit.actions.sequencing import sequence_all
    from talkoo.audit.queries import tree

    with connection.cursor() as cursor:
        cursor.execute(FILL, [EVENTS])
    begun = time.perf_counter()
    done = sequence_all()
    print(f"numbering       {done / (time.perf_counter() - begun):8,.0f} events/s ({done:,} events)")
    size = tree.size()
    took = []
    for at in range(0, size, size // 50):
        begun = time.perf_counter()
        tree.inclusion_proof(at, size)
        took.append(time.perf_counter() - begun)
    print(f"a proof         {1e3 * statistics.median(took):8.1f} ms among {size:,} entries")


if __name__ == "__main__":
    sys.exit(main())
