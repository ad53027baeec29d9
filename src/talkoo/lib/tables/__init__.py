"""Tables in files of several kinds, read strictly, row by row, in bounded memory.

A file is first looked at (`inspect`: what kind it is, its encoding, its columns) and then read (`open_table`), as often
as wanted. What cannot be read at all raises `Unreadable` with its place and a remedy; a single bad row comes out as
`Rejected` among the rows, so that one mistake in line 70,000 neither stops the others nor goes unseen. Cells are text:
nothing is ever evaluated.
"""

import zlib
from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

from django.utils.translation import gettext as _

from talkoo.lib.tables import data_package, delimited, files, json_lines, packed, workbook
from talkoo.lib.tables.files import OBJECT
from talkoo.lib.tables.shape import CELL_LIMIT, RECORD_LIMIT, Rejected, Row, Shape, Table, Unreadable
from talkoo.lib.tables.text import ENCODINGS, SAMPLE, WrongEncoding, check_text, opener

__all__ = [
    "CELL_LIMIT", "ENCODINGS", "OBJECT", "RECORD_LIMIT", "Rejected", "Row", "Shape", "Table", "Unreadable", "WrongEncoding",
    "inspect", "open_table",
]  # fmt: skip
OLD = b"\xd0\xcf\x11\xe0"
OTHERS = {b"%PDF": "PDF", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"Rar!": "RAR", b"7z\xbc\xaf": "7Z"}
OFFICE = {"xl/workbook.bin": "XLSB", "word/document.xml": "DOCX", "ppt/presentation.xml": "PPTX", "content.xml": "ODS"}


def inspect(path: Path, encoding: str = "", sheet: str = "") -> Shape:
    """The shape of the file at `path`.

    `encoding` (a key of ENCODINGS) overrides what is detected, `sheet` says which of several is wanted. Raises
    Unreadable, or WrongEncoding with line and byte.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head:
        raise Unreadable(_("The file is empty: it has 0 bytes."), _("Choose the file again, or export it again."))
    if head.startswith((packed.MAGIC, packed.EMPTY)):
        return _packed(path, sheet)
    if head.startswith(OLD):
        workbook.check_old(path)
    for magic, kind in OTHERS.items():
        if head.startswith(magic):
            raise _other(kind)
    check_text(head, _remedy())
    if json_lines.looks_like(head):
        return json_lines.look(opener(path), size, head)
    return delimited.look(opener(path), size, encoding)


def _packed(path: Path, sheet: str) -> Shape:
    members = packed.contents(path)
    names = {member.filename for member in members}
    if "xl/workbook.xml" in names:
        return workbook.look(path, sheet)
    for name, kind in OFFICE.items():
        if name in names:
            raise _other(kind)
    if data_package.descriptor_of(members):
        return _whole(lambda: data_package.look(path, members, sheet))
    return files.look(path, members)


def _whole(look: Callable[[], Shape]) -> Shape:
    """What is found in an archive, or Unreadable where one of its files cannot be unpacked."""
    try:
        return look()
    except (BadZipFile, EOFError, OSError, RuntimeError, zlib.error):
        raise packed.broken() from None


def _other(kind: str) -> Unreadable:
    return Unreadable(_("This is a file of the kind %(kind)s; it cannot be read here.") % {"kind": kind}, _remedy())


def _remedy() -> str:
    return _("In your spreadsheet program choose “Save as” and then “Excel workbook (.xlsx)” or “CSV UTF-8”.")


def open_table(path: Path, shape: Shape, *, pictures: bool = False) -> Table:
    """The rows of the file, to be used in a `with`. Pictures in it are looked at where they are asked for."""
    if shape.kind == "files":
        return files.Files(path, shape, pictures=pictures)
    if shape.kind == "datapackage":
        return data_package.Packed(path, shape)
    if shape.kind == "xlsx":
        return workbook.Sheet(path, shape)
    if shape.kind == "jsonl":
        return json_lines.JsonLines(opener(path), shape)
    return delimited.Delimited(opener(path), shape)
