"""`talkoo verify FILE`: is a backup whole? With `--database`: is what is here what is in it?"""

import argparse
import hashlib
from pathlib import Path

from django.conf import settings

from talkoo.config.backup import archive as form
from talkoo.config.backup.archive import Manifest
from talkoo.config.backup.contents import differences, measure
from talkoo.config.backup.programs import connect
from talkoo.config.backup.progress import Progress
from talkoo.lib.errors import Conflict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="what `talkoo backup` wrote")
    parser.add_argument("--database", action="store_true", help="also compare database and uploads with it, row by row")


def run(arguments: argparse.Namespace) -> int:
    """0 where all is as it was; 1 with a line for each difference."""
    progress = Progress()
    with form.open_archive(arguments.file) as archive:
        manifest = form.read_manifest(archive)
        form.check(archive, manifest, progress.step)
    progress.say(
        f"The file is whole: Talkoo {manifest.version}, {manifest.made}, {manifest.rows:,} rows of"
        f" {len(manifest.tables)} tables, {sum(name.startswith(form.UPLOADS) for name in manifest.files)} uploads."
    )
    if not arguments.database:
        return 0
    wrong = compare(manifest, progress)
    if wrong:
        raise Conflict("Database or uploads are not as in this backup: " + "; ".join(wrong) + ".")
    progress.say("Database and uploads are as in this backup: counted and hashed, table by table.")
    return 0


def compare(manifest: Manifest, progress: Progress) -> list[str]:
    """Every difference between the manifest and what is here, within one snapshot."""
    wanted = {name: table.columns for name, table in manifest.tables.items()}
    with connect() as connection, connection.cursor() as cursor:
        cursor.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        wrong = differences(manifest.tables, dict(measure(cursor, wanted, progress.step)))
    folder = Path(settings.MEDIA_ROOT)
    for name, then in manifest.files.items():
        if name.startswith(form.UPLOADS):
            path = folder / name.removeprefix(form.UPLOADS)
            if not path.is_file():
                wrong.append(f"{name}: not there")
            elif _hash(path) != then["sha256"]:
                wrong.append(f"{name}: not the same bytes")
    return wrong


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
