"""How the database of a release is kept, so that every later version can show that it loses nothing of it.

    git checkout v0.1.0 && python tests/releases/make.py 0.1.0

Run once, by the code of that release and before the next migration: it fills an embedded PostgreSQL of its own with
the demonstration, adds by the release's own actions what the demonstration leaves empty, and writes the whole
database as plain SQL, without owners and rights, so that PostgreSQL 15 and newer restore it.
"""

import lzma
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from uuid import uuid4

from talkoo.lib import postgres

KEY = "the key of the kept releases opens nothing but their second factors"
LATER_THAN_15 = (b"SET transaction_timeout", b"\\restrict", b"\\unrestrict")


def main(version: str) -> None:
    with tempfile.TemporaryDirectory(prefix="talkoo-release-") as folder:
        Path(folder).chmod(0o755)
        os.environ |= {
            "TALKOO_VAR": folder, "TALKOO_DEMO": "1", "TALKOO_SECRET_KEY": KEY,
            "DJANGO_SETTINGS_MODULE": "talkoo.config.settings",
        }  # fmt: skip
        place = postgres.cluster(Path(folder) / "postgres")
        with postgres.attach(place):
            for command in ("migrate", "demo"):
                subprocess.run([sys.executable, "-m", "talkoo.config.cli", command, "--quiet"], check=True)
            fill()
            dump(place, Path(__file__).with_name(f"{version}.sql.xz"))
        postgres.remove(place)


def fill() -> None:
    """What a house in use has besides the demonstration: sessions, second factors, invitations, drafts, files, jobs."""
    import django

    django.setup()
    from django.db import connections

    people()
    files()
    work()
    connections["default"].close_pool()


def people() -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.core.cache import cache

    from talkoo.access.sessions import SessionStore
    from talkoo.people.actions.invitations import invite_person, withdraw_invitation
    from talkoo.people.models import Organisation, Person
    from talkoo.people.queries import subject_of

    yusuf = Person.objects.get(email="yusuf.demir@norrby.example")
    norrby = Organisation.objects.get(code="norrby")
    for name in ("lena", "marek", "aino"):
        site, email = "https://talkoo.example", f"{name}@norrby.example"
        kept = invite_person(by=subject_of(yusuf), email=email, organisation=norrby, site=site, name=name.title())
    withdraw_invitation(by=subject_of(yusuf), invitation=kept)
    TOTP.activate(yusuf, generate_totp_secret())
    RecoveryCodes.activate(yusuf)
    session = SessionStore()
    session[SESSION_KEY], session[BACKEND_SESSION_KEY] = (
        str(yusuf.pk),
        "allauth.account.auth_backends.AuthenticationBackend",
    )
    session[HASH_SESSION_KEY] = yusuf.get_session_auth_hash()
    session.create()
    cache.set("attempts", 3, 10**9)


def files() -> None:
    from talkoo.microtasks.actions import batches, reading, uploads
    from talkoo.people.actions.files import read_people_file
    from talkoo.people.models import Organisation, Person
    from talkoo.people.queries import subject_of

    jonas = subject_of(Person.objects.get(email="jonas.lindqvist@housing.example"))
    housing = Organisation.objects.get(code="housing")
    draft = batches.create_draft(by=jonas, organisation_id=housing.pk, title="Rent letters", summary="Åäö ✓ “quoted”")
    table = (
        "name,letter\n" + "".join(f"Letter {n},Räntan är {n}\\t€\n" for n in range(1, 21)) + 'Last,"one,two",three\n'
    )
    uploads.receive_upload(by=jonas, code=draft.code, filename="letters.csv", chunks=[table.encode()])
    started = uploads.start_reading(by=jonas, code=draft.code, mapping={"name": "name", "letter": "source"}, defer=True)
    reading.read_upload(upload=started.pk, run=started.run)
    path = Path(os.environ["TALKOO_VAR"]) / "people.csv"
    path.write_text("name,email\nEva Holm,eva.holm@norrby.example\nNobody,not an address\n")
    samuel = subject_of(Person.objects.get(email="samuel.okoro@norrby.example"))
    read_people_file(by=samuel, organisation=Organisation.objects.get(code="norrby"), path=path, filename="people.csv")


def work() -> None:
    """Answers, a changed answer, one that cannot be given, a draft, a task given back, a problem, a paused batch."""
    from talkoo.microtasks.actions import answers, assignments, batch_states
    from talkoo.microtasks.models import Batch
    from talkoo.microtasks.queries.work import access_assignment
    from talkoo.microtasks.task_types import task_type
    from talkoo.people.models import Person
    from talkoo.people.queries import subject_of

    ingrid = subject_of(Person.objects.get(email="ingrid.solheim@flood.example"))
    for batch in Batch.objects.filter(state="open").order_by("pk"):
        declared = task_type(batch.task_type)
        for turn in range(6):
            try:
                taken = assignments.take_task(by=ingrid, batch=batch)
            except Exception as error:  # noqa: BLE001 - a batch that is not for her is no fault here
                print(f"{batch.title}: {error}")
                break
            if taken is None:
                break
            code = str(taken.code)
            values = [value for value, _label in declared.choices(batch.config)]
            picked = declared.read(batch.config, _posted(str(values[turn % len(values)])))
            if turn < 3:
                answers.submit_answer(by=ingrid, code=code, key=uuid4(), value=picked, sure=2, note=f"Note {turn} ✓")
                if not access_assignment(ingrid, code).task.closed:
                    answers.submit_answer(by=ingrid, code=code, key=uuid4(), value=picked, sure=3, note="Changed")
            elif turn == 3:
                answers.submit_answer(by=ingrid, code=code, key=uuid4(), cannot="unreadable")
            elif turn == 4:
                assignments.skip_task(by=ingrid, code=code)
            else:
                assignments.report_problem(by=ingrid, code=code, text="The text ends in the middle of a word.")
                assignments.save_draft(by=ingrid, code=code, draft={"choice": [], "note": "half a thought"})
    tomas = subject_of(Person.objects.get(email="tomas.reyes@roads.example"))
    roads = Batch.objects.filter(ties__person_id=tomas.person_id, state="open").first()
    if roads:
        batch_states.move_batch(by=tomas, code=roads.code, verb="pause")


def _posted(value: str):
    from django.http import QueryDict

    return QueryDict(f"choice={value}")


def dump(place: postgres.Cluster, target: Path) -> None:
    dsn = place.dsn(postgres.OWNER, postgres.DATABASE)
    env = os.environ | {"PGPASSWORD": dsn["password"]}
    words = ["-h", dsn["host"], "-U", dsn["user"], "--no-owner", "--no-privileges", dsn["dbname"]]
    said = subprocess.run([postgres.programs() / "pg_dump", *words], env=env, check=True, capture_output=True).stdout
    kept = b"".join(line for line in said.splitlines(keepends=True) if not line.startswith(LATER_THAN_15))
    target.write_bytes(lzma.compress(kept, preset=9 | lzma.PRESET_EXTREME))
    print(f"{target}: {target.stat().st_size:,} bytes of {len(kept):,}")


if __name__ == "__main__":
    main(sys.argv[1])
