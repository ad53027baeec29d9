"""`talkoo restore FILE`: database and uploads as they were in a backup. Wholly or not at all, and checked before it counts.

Emptying, filling and comparing every table with the manifest are one transaction: until the last of them is well,
everybody sees what was there before.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psycopg
from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from talkoo.config.backup import archive as form
from talkoo.config.backup.archive import Manifest
from talkoo.config.backup.contents import differences, measure
from talkoo.config.backup.making import stopped
from talkoo.config.backup.programs import Connection, connect, start
from talkoo.config.backup.progress import Progress
from talkoo.config.backup.script import run_script
from talkoo.config.migrate import app_role, grant_rights
from talkoo.lib import postgres
from talkoo.lib.errors import Conflict, Invalid
from talkoo.lib.room import no_room

EMPTY = """
DO $$
DECLARE
    every text[];
    one text;
BEGIN
    SELECT array_agg(statement ORDER BY turn) INTO every FROM (
        SELECT CASE c.relkind WHEN 'S' THEN 2 ELSE 1 END AS turn, format('DROP %s IF EXISTS public.%I CASCADE',
               CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                              WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, c.relname) AS statement, 'pg_class'::regclass, c.oid
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'c')
        UNION ALL
        SELECT 3, format('DROP ROUTINE IF EXISTS public.%I(%s) CASCADE', p.proname, pg_get_function_identity_arguments(p.oid)),
               'pg_proc'::regclass, p.oid
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
        UNION ALL
        SELECT 4, format('DROP TYPE IF EXISTS public.%I CASCADE', t.typname), 'pg_type'::regclass, t.oid
        FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
    ) found (turn, statement, class, id)
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = class AND d.objid = id AND d.deptype = 'e');
    FOREACH one IN ARRAY coalesce(every, '{}') LOOP EXECUTE one; END LOOP;
END $$
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `talkoo backup` wrote")
    parser.add_argument("--replace", action="store_true", help="replace the people, work and files that are here")
    parser.add_argument("--with-secrets", action="store_true", help="put the secret key of the file in place as well")
    parser.add_argument("--quiet", action="store_true", help="say nothing when all goes well")


def run(arguments: argparse.Namespace) -> int:
    """Look at the file first, then at the database, and only then change anything. Stopped at any point, it may be run again."""
    signal.signal(signal.SIGTERM, stopped)
    progress = Progress(quiet=arguments.quiet)
    with form.open_archive(arguments.file) as archive:
        manifest = form.read_manifest(archive)
        check_age(manifest)
        form.check(archive, manifest, progress.step)
        with connect() as connection, _files(archive, manifest) as put_in_place:
            if not arguments.replace:
                _check_empty(connection)
            _fill(archive, manifest, connection, progress)
            put_in_place()
        _forget_notes()
        grant_rights(app_role())
        _key(archive, manifest, progress, wanted=arguments.with_secrets)
    progress.say(
        f"Restored and compared: {manifest.rows:,} rows of {len(manifest.tables)} tables, as on {manifest.made}."
    )
    progress.say("Now run: talkoo migrate")
    return 0


def check_age(manifest: Manifest) -> None:
    """Raise Conflict for a backup of a later version: this one does not know what its tables mean."""
    known = set(MigrationLoader(None).disk_migrations)
    later = [f"{app} {name}" for app, name in manifest.migrations if (app, name) not in known]
    if later:
        raise Conflict(
            f"This backup was made by Talkoo {manifest.version}, which is newer than what is installed here ({later[0]}).",
            f"Install Talkoo {manifest.version} or newer, then restore. Nothing was changed.",
        )


def _check_empty(connection: Connection) -> None:
    there = connection.execute("SELECT to_regclass('public.people_person')").fetchone()
    if there and there[0] and connection.execute("SELECT FROM people_person LIMIT 1").rowcount:
        raise Conflict(
            "There are people in this database already. Nothing was changed.",
            "To replace all of it by the backup, add --replace (and make a backup of it first).",
        )


def _fill(archive: zipfile.ZipFile, manifest: Manifest, connection: Connection, progress: Progress) -> None:
    try:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '10s'")
            cursor.execute(EMPTY)
            with _script(archive) as lines:
                run_script(cursor, lines, progress.step)
            then = manifest.tables
            now = dict(measure(cursor, {name: table.columns for name, table in then.items()}, progress.step))
            wrong = differences(then, now)
            if wrong:
                raise Invalid(f"What was restored is not what was backed up: {'; '.join(wrong)}. Nothing was changed.")
    except psycopg.errors.LockNotAvailable:
        raise Conflict("Somebody works with this database.", "Stop `talkoo serve` and every worker first.") from None
    except psycopg.Error as error:
        raise Conflict(
            f"The database refused the backup: {str(error).strip()} Nothing was changed.",
            "Is its PostgreSQL at least as new as the one of the backup, with room on its disk?",
        ) from None


@contextlib.contextmanager
def _script(archive: zipfile.ZipFile) -> Iterator[IO[bytes]]:
    """The lines of the dump as SQL: one thread feeds pg_restore, which never needs the dump as a file."""
    words = ("--file=-", "--no-owner", "--no-privileges")
    with start("pg_restore", *words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        feeder = threading.Thread(target=_feed, args=(archive, process.stdin), daemon=True)
        feeder.start()
        try:
            yield process.stdout  # type: ignore[misc]
        except BaseException:
            process.kill()
            raise
        finally:
            feeder.join(10)
    if process.returncode:
        raise Conflict("pg_restore failed; its own words stand above. Nothing was changed.")


def _feed(archive: zipfile.ZipFile, target: IO[bytes]) -> None:
    with contextlib.suppress(BrokenPipeError, ValueError), target, archive.open(form.DUMP) as source:
        shutil.copyfileobj(source, target, form.BLOCK)


@contextlib.contextmanager
def _files(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[Callable[[], None]]:
    """Unpack the uploads beside their place; what is yielded puts them there. Otherwise they are taken away again."""
    place = Path(settings.MEDIA_ROOT)
    fresh, older = place.with_name("uploads.restored"), place.with_name("uploads.replaced")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(older, ignore_errors=True)

    def put_in_place() -> None:
        if place.exists():
            place.rename(older)
        fresh.rename(place)
        shutil.rmtree(older, ignore_errors=True)

    try:
        fresh.mkdir(parents=True)
        for name in manifest.files:
            if name.startswith(form.UPLOADS):
                target = fresh / name.removeprefix(form.UPLOADS)
                target.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as source, target.open("xb") as file:
                    shutil.copyfileobj(source, file, form.BLOCK)
        yield put_in_place
    except OSError as error:
        room = "Make room" if no_room(error) else "Look at the folder"
        raise Conflict(
            f"The uploads could not be written: {error.strerror}.", f"{room}, then run it once more."
        ) from None
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _forget_notes() -> None:
    """The embedded server has notes that it was migrated and filled; they spoke of another database."""
    if settings.EMBEDDED:
        home = postgres.cluster(Path(settings.VAR) / "postgres").home
        for note in ("migrated", "demo"):
            (home / note).unlink(missing_ok=True)


def _key(archive: zipfile.ZipFile, manifest: Manifest, progress: Progress, *, wanted: bool) -> None:
    kept = Path(settings.VAR) / "secret-key"
    if form.KEY not in manifest.files:
        progress.say(
            f"The secret key is not in this file: put the old one to {kept}, or sessions and second factors end."
        )
    elif wanted:
        with open(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(archive.read(form.KEY))
    else:
        progress.say(f"The secret key is in this file; --with-secrets would have put it to {kept}.")
