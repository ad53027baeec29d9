"""Data packages: a ZIP with a `datapackage.json` that says which tables it holds and how each is written.

After the Data Package and Table Schema specifications, version 1 (Frictionless Standards). Tables must lie in the ZIP:
no address is ever followed.
"""

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any, Self
from zipfile import BadZipFile, ZipFile, ZipInfo

from django.utils.translation import gettext as _

from talkoo.lib.tables import delimited
from talkoo.lib.tables.packed import broken
from talkoo.lib.tables.shape import Rejected, Row, Shape, Unreadable
from talkoo.lib.tables.text import opener

DESCRIPTOR = "datapackage.json"
DESCRIPTOR_LIMIT = 5_000_000
NAMES = {
    "utf-8": "utf-8-sig", "utf8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "utf-16": "utf-16", "us-ascii": "utf-8-sig",
    "ascii": "utf-8-sig", "windows-1252": "cp1252", "cp1252": "cp1252", "iso-8859-1": "latin-1", "latin-1": "latin-1",
    "latin1": "latin-1",
}  # fmt: skip


def descriptor_of(members: list[ZipInfo]) -> str:
    """The name of the descriptor in an archive, at its top or in its only folder; empty where there is none."""
    found = [member.filename for member in members if PurePosixPath(member.filename).name == DESCRIPTOR]
    return min(found, key=len) if found else ""


def look(path: Path, members: list[ZipInfo], wanted: str = "") -> Shape:
    """The tables of a package, and the columns of the one that is wanted, else the first. Raises Unreadable."""
    tables = _tables(path, descriptor_of(members))
    sizes = {member.filename: member.file_size for member in members}
    name = wanted if wanted in tables else next(iter(tables))
    member, resource = tables[name]
    if member not in sizes:
        raise _wrong(_("The table “%(name)s” should be in %(path)s, but the package holds no such file."), name, member)
    encoding, delimiter = _written(name, resource)
    shape = delimited.look(opener(path, member), sizes[member], encoding, delimiter)
    _check_schema(name, resource, shape)
    return replace(shape, size=path.stat().st_size, kind="datapackage", sheet=name, sheets=tuple(tables))


def _tables(path: Path, descriptor: str) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """Each table by name, with the file it lies in and what is said of it."""
    try:
        with ZipFile(path) as archive, archive.open(descriptor) as file:
            said = json.loads(file.read(DESCRIPTOR_LIMIT))
    except (ValueError, RecursionError):
        raise _unclear() from None
    except (BadZipFile, EOFError, OSError, RuntimeError, zlib.error):
        raise broken() from None
    resources = said.get("resources") if isinstance(said, dict) else None
    if not isinstance(resources, list):
        raise _unclear()
    folder = PurePosixPath(descriptor).parent
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for number, resource in enumerate(resources, 1):
        place = resource.get("path") if isinstance(resource, dict) else None
        place = place[0] if isinstance(place, list) and len(place) == 1 else place
        if isinstance(place, str) and _is_table(place, resource):
            name = str(resource.get("name") or f"table {number}")[:200]
            found[name] = (str(folder / place), resource)
    if not found:
        raise Unreadable(_("The data package holds no table as CSV."), _("Choose one with a CSV table in it."))
    return found


def _is_table(place: str, resource: Mapping[str, Any]) -> bool:
    named = resource.get("format") or PurePosixPath(place).suffix.removeprefix(".")
    return str(named).lower() in {"csv", "tsv"} and "://" not in place


def _written(name: str, resource: Mapping[str, Any]) -> tuple[str, str]:
    """Encoding and delimiter as the descriptor states them; empty is to be found out."""
    dialect = resource.get("dialect")
    dialect = dialect if isinstance(dialect, dict) else {}
    if dialect.get("header") is False:
        raise _wrong(_("The table “%(name)s” has no line of column names."), name)
    given = str(resource.get("encoding") or "utf-8").lower()
    if given not in NAMES:
        raise _wrong(_("The table “%(name)s” is written in %(path)s, which cannot be read here."), name, given)
    delimiter = dialect.get("delimiter")
    return NAMES[given], delimiter if delimiter in delimited.DELIMITERS else ""


def _check_schema(name: str, resource: Mapping[str, Any], shape: Shape) -> None:
    schema = resource.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(fields, list):
        return
    stated = [str(field.get("name", "")).strip() for field in fields if isinstance(field, dict)]
    for position, (wanted, found) in enumerate(zip(stated, shape.columns, strict=False), 1):
        if wanted != found:
            words = {"name": name, "position": position, "wanted": wanted[:80], "found": found[:80]}
            message = _(
                "Column %(position)d of the table “%(name)s” is called “%(found)s”, its schema says “%(wanted)s”."
            )
            raise Unreadable(message % words, _remedy(), 1)
    if len(stated) != len(shape.columns):
        counts = {"name": name, "wanted": len(stated), "found": len(shape.columns)}
        message = _("The table “%(name)s” has %(found)d columns, its schema names %(wanted)d.")
        raise Unreadable(message % counts, _remedy(), 1)


def _wrong(message: str, name: str, path: str = "") -> Unreadable:
    return Unreadable(message % {"name": name, "path": path[:200]}, _remedy())


def _unclear() -> Unreadable:
    return Unreadable(_("What the data package says of itself (datapackage.json) cannot be understood."), _remedy())


def _remedy() -> str:
    return _("Have the package made again where it comes from, or choose the table itself.")


class Packed:
    """The rows of one table of a package."""

    def __init__(self, path: Path, shape: Shape) -> None:
        with ZipFile(path) as archive:
            members = archive.infolist()
        self.size = shape.size
        member = _tables(path, descriptor_of(members))[shape.sheet][0]
        self.unpacked = max(1, next(found.file_size for found in members if found.filename == member))
        self.table = delimited.Delimited(opener(path, member), shape)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.table.__exit__(kind, error, at)

    def __iter__(self) -> Iterator[Row | Rejected]:
        try:
            yield from self.table
        except (BadZipFile, EOFError, OSError, zlib.error):
            raise broken() from None

    @property
    def consumed(self) -> int:
        return self.size * self.table.consumed // self.unpacked
