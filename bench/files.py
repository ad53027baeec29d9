"""A large file in and its results out again: rows per second, and memory above that of an idle process.

    python bench/files.py [--rows 100000] [--kinds csv,jsonl,xlsx]

Starts an embedded PostgreSQL of its own in a temporary folder, as the application's role, and prints one table. Every
step runs as an operator or a worker would run it, in a process of its own; its memory is the most it and what it starts
were seen to hold, less that of a process that has set everything up and made one query. On a machine that others use,
rows per second say little: the work of a row is the time of processors that it took, ours and the database's.
"""

import argparse
import csv
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import django
import psycopg

from talkoo.lib import postgres

PAGE = os.sysconf("SC_PAGE_SIZE")
OWNER = "owner@bench.example"
WORDS = "The lamp at the corner of Harbour Street has been dark for a week; please look at it, it is “not” safe. "
TALKOO = [sys.executable, "-m", "talkoo.config.cli"]
ANSWERED = """
WITH given AS (
    INSERT INTO microtasks_assignment (task_id, batch_id, person_id, organisation_id, state, lease_until, taken)
    SELECT id, batch_id, {person}, {organisation}, 'answered', now(), now() FROM microtasks_task WHERE batch_id = {batch}
    RETURNING id, task_id),
answers AS (
    INSERT INTO microtasks_answer (assignment_id, task_id, version, key, value, cannot, note, surplus, at)
    SELECT id, task_id, 1, gen_random_uuid(), '"Light"', '', '', false, now() FROM given RETURNING id, task_id, assignment_id)
INSERT INTO microtasks_result (task_id, version, value, probability, low, high, method, method_version, reason, answer_ids, at, note)
SELECT task_id, 1, '"Light"', 0.93, 0.88, 0.97, 'dawid-skene', '1', 'enough', ARRAY[id], now(), '' FROM answers;
UPDATE microtasks_assignment a SET answer_id = n.id, answered = now() FROM microtasks_answer n
WHERE n.assignment_id = a.id AND a.batch_id = {batch};
UPDATE microtasks_task t SET state = 'closed', closed = true, done = 1, result_id = r.id, probability = r.probability
FROM microtasks_result r WHERE r.task_id = t.id AND t.batch_id = {batch};
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--kinds", default="csv,jsonl,xlsx")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="talkoo-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        os.environ |= {
            "TALKOO_VAR": name,
            "TALKOO_DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "talkoo.config.settings",
            "TALKOO_UPLOAD_MEGABYTES": "1000",
        }
        place = postgres.cluster(folder / "postgres")
        with postgres.attach(place):
            subprocess.run([*TALKOO, "migrate", "--quiet"], check=True)
            django.setup()
            show(folder, place, args.rows, args.kinds.split(","))
        postgres.remove(place)
    return 0


def show(folder: Path, place: postgres.Cluster, rows: int, kinds: list[str]) -> None:
    print(f"{'':44}{'rows/s':>10}{'seconds':>10}{'µs of work':>12}{'MB above idle':>16}{'load':>7}", flush=True)
    for name, ran, above in measured(folder, place, rows, kinds):
        speed, work, load = rows / ran.seconds, 1e6 * ran.work / rows, os.getloadavg()[0]
        print(f"{name:44}{speed:10,.0f}{ran.seconds:10.1f}{work:12.1f}{above:16,.0f}{load:7.1f}", flush=True)


def measured(folder: Path, place: postgres.Cluster, rows: int, kinds: list[str]) -> Iterator[tuple[str, "Ran", float]]:
    setting_up = "import django; django.setup(); from talkoo.microtasks import jobs, models; list(models.Batch.objects.all()[:1])"
    idle = run(place, [sys.executable, "-c", setting_up]).memory
    person, organisation = somebody()
    batch = ""
    for kind in kinds:
        path = folder / f"items.{kind}"
        MAKERS[kind](path, rows)
        words = [
            "--owner",
            OWNER,
            "--organisation",
            "bench",
            "--title",
            f"As {kind}",
            "--question",
            "What is it about?",
        ]
        columns = ["--source", "text", "--name", "number", "--group", "area", "--option", "Light", "--option", "Road"]
        ran = run(place, [*TALKOO, "import", str(path), *words, *columns])
        yield f"talkoo import, {kind}, {path.stat().st_size / 1e6:,.0f} MB", ran, ran.memory - idle
        batch = ran.said.strip().splitlines()[-1]
        queued(path, f"By the page, {kind}")
        ran = run(place, [*TALKOO, "manage", "procrastinate", "worker", "--one-shot"])
        yield f"job of the page, {kind}", ran, ran.memory - idle
    answer(place, batch, person, organisation)
    for form in ("csv", "jsonl", "zip"):
        ran = run(place, [*TALKOO, "export", batch, "--format", form, "-o", str(folder / f"results.{form}")])
        size = (folder / f"results.{form}").stat().st_size
        yield f"talkoo export, {form}, {size / 1e6:,.0f} MB", ran, ran.memory - idle


class Ran(NamedTuple):
    """Seconds, seconds of processors (ours and the database's), most memory in MB, and what was said."""

    seconds: float
    work: float
    memory: float
    said: str


def worked(place: postgres.Cluster) -> float:
    """Seconds of processors that ended children of ours and ended connections of the database took so far."""
    ours = resource.getrusage(resource.RUSAGE_CHILDREN)
    server = (place.data / "postmaster.pid").read_text().split()[0]
    fields = Path(f"/proc/{server}/stat").read_text().rsplit(")", 1)[1].split()
    return ours.ru_utime + ours.ru_stime + (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def run(place: postgres.Cluster, command: list[str]) -> Ran:
    """What a command took. Processes that it starts are counted with it."""
    before = worked(place)
    started, most = time.perf_counter(), 0.0
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complaints:
        child = subprocess.Popen(command, stdout=said, stderr=complaints, text=True)
        while child.poll() is None:
            most = max(most, memory(child.pid))
            time.sleep(0.02)
        seconds = time.perf_counter() - started
        for file in (said, complaints):
            file.seek(0)
        if child.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{complaints.read()[-2000:]}")
        time.sleep(0.5)  # until the database has taken leave of it
        return Ran(seconds, worked(place) - before, most, said.read())


def memory(process: int) -> float:
    """Resident memory in MB of a process and of all that it started."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return pages * PAGE / 1e6 + sum(memory(int(child)) for child in children)


def somebody() -> tuple[int, int]:
    from talkoo.access.permissions import Role
    from talkoo.people.models import Membership, Organisation, Person

    place = Organisation.objects.create(name="Bench")
    person = Person.objects.create(email=OWNER, name="Olga Owner")
    Membership.objects.create(person=person, organisation=place, role=Role.TASK_OWNER)
    return person.pk, place.pk


def texts(rows: int) -> Iterator[tuple[str, str, str]]:
    for number in range(1, rows + 1):
        yield f"R-{number}", f"{WORDS}{number}", f"Area {number % 40}"


def make_csv(path: Path, rows: int) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerow(["number", "text", "area"])
        csv.writer(file).writerows(texts(rows))


def make_jsonl(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number, text, area in texts(rows):
            file.write(json.dumps({"number": number, "text": text, "area": area}, ensure_ascii=False) + "\n")


def make_xlsx(path: Path, rows: int) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Reports")
    sheet.append(["number", "text", "area"])
    for row in texts(rows):
        sheet.append(row)
    book.save(path)


MAKERS = {"csv": make_csv, "jsonl": make_jsonl, "xlsx": make_xlsx}


def queued(path: Path, title: str) -> None:
    """What the pages do: receive the file, say what its columns are, and leave the reading to a worker."""
    from talkoo.microtasks.actions.batches import create_draft
    from talkoo.microtasks.actions.uploads import accept_upload, receive_upload, start_reading
    from talkoo.people.models import Organisation, Person
    from talkoo.people.queries import subject_of

    by = subject_of(Person.objects.get(email=OWNER))
    batch = create_draft(by=by, organisation_id=Organisation.objects.get(name="Bench").pk, title=title)
    with path.open("rb") as file:
        receive_upload(by=by, code=batch.code, filename=path.name, chunks=iter(lambda: file.read(1 << 20), b""))
    accept_upload(by=by, code=batch.code)
    start_reading(by=by, code=batch.code, mapping={"number": "name", "text": "source", "area": "group"})


def answer(place: postgres.Cluster, code: str, person: int, organisation: int) -> None:
    """Every item of the batch gets one answer and a result."""
    from talkoo.microtasks.models import Batch

    batch = Batch.objects.get(code=code)
    with psycopg.connect(**place.dsn(postgres.APP, postgres.DATABASE), autocommit=True) as db:
        for statement in ANSWERED.format(batch=batch.pk, person=person, organisation=organisation).split(";"):
            db.execute(statement or "SELECT 1")
        db.execute("ANALYZE microtasks_task")


if __name__ == "__main__":
    sys.exit(main())
