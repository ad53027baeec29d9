"""The one file a backup is: a zip with the database, the uploads and a manifest that tells what must be in them.

database.dump is pg_dump's custom format, uploads/… the files, manifest.json comes last: an archive that was cut off
has none.
"""

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from talkoo.config.backup.contents import Table
from talkoo.lib.errors import Conflict, Invalid, Missing

FORMAT = 1
DUMP, MANIFEST, UPLOADS, KEY = "database.dump", "manifest.json", "uploads/", "secrets/secret-key"
BLOCK = 1024 * 1024


@dataclass
class Manifest:
    """What an archive holds. `secrets` says which secrets are in it and which are not."""

    version: str
    made: str
    postgresql: int
    migrations: list[list[str]]
    tables: dict[str, Table]
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1, ensure_ascii=False)

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.tables.values())


def add(archive: zipfile.ZipFile, manifest: Manifest, name: str, source: IO[bytes], *, squeeze: bool) -> None:
    """Stream `source` into the archive, and its size and hash into the manifest."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED if squeeze else zipfile.ZIP_STORED
    size, digest = 0, hashlib.sha256()
    with archive.open(entry, "w", force_zip64=True) as target:
        for block in blocks(source):
            target.write(block)
            digest.update(block)
            size += len(block)
    manifest.files[name] = {"bytes": size, "sha256": digest.hexdigest()}


def blocks(source: IO[bytes]) -> Iterator[bytes]:
    while block := source.read(BLOCK):
        yield block


def open_archive(path: Path) -> zipfile.ZipFile:
    """Raise Missing for no file, Invalid for one that is no archive of ours or was cut off."""
    if not path.is_file():
        raise Missing(f"There is no file {path}.")
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise Invalid(f"{path} is no backup of Talkoo, or it was cut off.", "Take another backup.") from None
    if MANIFEST not in archive.namelist():
        archive.close()
        raise Invalid(f"{path} has no {MANIFEST}: it is no backup of Talkoo.", "Take another file.")
    return archive


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """What the archive says of itself. Raises Conflict for a format that came after this version."""
    try:
        said = json.loads(archive.read(MANIFEST))
        if said["format"] > FORMAT:
            raise Conflict(
                f"This backup was made by Talkoo {said['version']}, which writes them in a newer way.",
                f"Install Talkoo {said['version']} or newer first.",
            )
        return Manifest(**said | {"tables": {name: Table(**table) for name, table in said["tables"].items()}})
    except (ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise Invalid(f"The {MANIFEST} of this backup cannot be read ({error}).", "Take another backup.") from None


def check(archive: zipfile.ZipFile, manifest: Manifest, tell: Callable[[str], None]) -> None:
    """Read everything once and hold it against the manifest. Raises Invalid naming each part that is not as it was."""
    wrong = []
    for name, then in manifest.files.items():
        tell(name)
        if not _inside(name):
            wrong.append(f"{name}: would lie outside the folder")
            continue
        try:
            with archive.open(name) as source:
                digest = hashlib.sha256()
                for block in blocks(source):
                    digest.update(block)
            if digest.hexdigest() != then["sha256"]:
                wrong.append(f"{name}: not the bytes that were written")
        except (KeyError, zipfile.BadZipFile, OSError, EOFError) as error:
            wrong.append(f"{name}: {error}")
    if wrong:
        raise Invalid(f"This backup is damaged. {'; '.join(wrong[:5])}.", "Take another backup.")


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name
