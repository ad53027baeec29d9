"""`talkoo backup FILE`: database, uploads and a manifest in one file, while everybody goes on working."""

import argparse
import contextlib
import fcntl
import os
import signal
import subprocess
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from django.conf import settings
from psycopg import Cursor
from psycopg.rows import TupleRow

from talkoo import __version__
from talkoo.config.backup import archive as form
from talkoo.config.backup.archive import Manifest
from talkoo.config.backup.contents import measure
from talkoo.config.backup.programs import Connection, connect, start
from talkoo.config.backup.progress import Progress
from talkoo.lib.errors import Conflict
from talkoo.lib.room import no_room
from talkoo.lib.walls import KEY_TABLE, walled_off


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="where to write; a file that is there is never overwritten")
    parser.add_argument("--with-secrets", action="store_true", help="put the secret key into the file as well")
    parser.add_argument("--quiet", action="store_true", help="say nothing when all goes well")


def run(arguments: argparse.Namespace) -> int:
    """Write beside the name first; only a whole backup gets it. What was stopped or failed leaves nothing behind."""
    signal.signal(signal.SIGTERM, stopped)
    target: Path = arguments.file
    progress = Progress(quiet=arguments.quiet)
    with _draft(target) as draft, connect() as connection:
        manifest = _write(draft, connection, progress, secrets=arguments.with_secrets)
    size = target.stat().st_size
    progress.say(f"{target}: {size:,} bytes, {manifest.rows:,} rows of {len(manifest.tables)} tables.")
    for name, words in manifest.secrets.items():
        progress.say(f"  {name}: {words}")
    return 0


def stopped(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[IO[bytes]]:
    if target.exists():
        raise Conflict(f"{target} is there already.", "Choose another name; a backup never overwrites one.")
    draft = target.with_name(target.name + ".part")
    try:
        with open(os.open(draft, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise Conflict(
                    f"Another backup is writing {draft} now.", "Wait for it, or choose another name."
                ) from None
            try:
                file.truncate()
                yield file
                file.flush()
                os.fsync(file.fileno())
                draft.rename(target)
            except BaseException:
                draft.unlink(missing_ok=True)
                raise
    except OSError as error:
        room = "Make room or choose another disk" if no_room(error) else "Look at the folder"
        raise Conflict(
            f"The backup could not be written to {draft}: {error.strerror}. It was taken away again.",
            f"{room}, then run it once more. Earlier backups are as they were.",
        ) from None


def _write(file: IO[bytes], connection: Connection, progress: Progress, *, secrets: bool) -> Manifest:
    """Counting, hashing and dumping see one moment of the database: the snapshot is handed from one to the other."""
    with zipfile.ZipFile(file, "w") as archive, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        _check_sees_all(cursor)
        snapshot = cursor.execute("SELECT pg_export_snapshot()").fetchone()
        migrations = cursor.execute("SELECT app, name FROM django_migrations ORDER BY id").fetchall()
        manifest = Manifest(
            version=__version__, made=datetime.now(UTC).isoformat(timespec="seconds"),
            postgresql=connection.info.server_version, migrations=[list(row) for row in migrations],
            tables=dict(measure(cursor, tell=progress.step)),
        )  # fmt: skip
        _dump(archive, manifest, str(snapshot[0]) if snapshot else "", progress)
        _uploads(archive, manifest, progress)
        _secrets(archive, manifest, wanted=secrets)
        archive.writestr(form.MANIFEST, manifest.as_json(), zipfile.ZIP_DEFLATED)
    return manifest


def _check_sees_all(cursor: Cursor[TupleRow]) -> None:
    """The wall lets the owner of the tables pass; where it does not, a backup would lack rows without a word."""
    if found := walled_off(cursor):
        raise Conflict(
            f"The role of this backup does not see every row of {', '.join(found)}.",
            "Run as the owner of the tables: talkoo migrate. Then run the backup once more.",
        )


def _dump(archive: zipfile.ZipFile, manifest: Manifest, snapshot: str, progress: Progress) -> None:
    progress.step("the database")
    words = ("--format=custom", "--no-owner", "--no-privileges", "--schema=public", f"--snapshot={snapshot}",
             "--enable-row-security", f"--exclude-table-data=public.{KEY_TABLE}")  # fmt: skip
    with start("pg_dump", *words, stdout=subprocess.PIPE) as process:
        try:
            form.add(archive, manifest, form.DUMP, process.stdout, squeeze=False)  # type: ignore[arg-type]
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        raise Conflict(
            "pg_dump failed; its own words stand above.", "Mend what it says, then run the backup once more."
        )


def _uploads(archive: zipfile.ZipFile, manifest: Manifest, progress: Progress) -> None:
    """Files are written once and never changed; one that is deleted while we copy belongs to no row any more."""
    folder = Path(settings.MEDIA_ROOT)
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = form.UPLOADS + path.relative_to(folder).as_posix()
        progress.step(name)
        with contextlib.suppress(FileNotFoundError), path.open("rb") as source:
            form.add(archive, manifest, name, source, squeeze=True)


def _secrets(archive: zipfile.ZipFile, manifest: Manifest, *, wanted: bool) -> None:
    kept = Path(settings.VAR) / "secret-key"
    if wanted and kept.is_file():
        with kept.open("rb") as source:
            form.add(archive, manifest, form.KEY, source, squeeze=False)
        manifest.secrets["secret key"] = "in this file: keep it as you keep a password"
    elif kept.is_file():
        manifest.secrets["secret key"] = f"not in this file; keep {kept} elsewhere"
    else:
        manifest.secrets["secret key"] = "not in this file; it is TALKOO_SECRET_KEY of your settings"
