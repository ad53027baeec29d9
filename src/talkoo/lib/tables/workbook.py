"""XLSX: one sheet of a workbook as a table, read by a process of its own with little memory and little time.

Of a formula the value counts that the spreadsheet program stored last; nothing is evaluated. A sheet is held in memory
as a whole by that process while it tells its rows; ours holds a few hundred of them.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from django.utils.translation import gettext as _

from talkoo.lib.tables.packed import broken, sealed
from talkoo.lib.tables.shape import (
    CELL_LIMIT,
    RECORD_LIMIT,
    Rejected,
    Row,
    Shape,
    Unreadable,
    check_names,
    excerpt,
    row_too_long,
    too_long,
    too_wide,
)

PROGRAM = Path(__file__).with_name("sheet_reader.py")
MEMORY = 1 << 31  # bytes of address space
SECONDS = 120  # of its own work; waiting for us does not count
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def check_old(path: Path) -> None:
    """Raise Unreadable for a file in Microsoft's older container: an .xls, or an .xlsx sealed with a password."""
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            if ENCRYPTED in chunk:
                raise sealed()
    raise Unreadable(
        _("This is a workbook in the old form (XLS)."),
        _("In your spreadsheet program choose “Save as” and then “Excel workbook (.xlsx)” or “CSV UTF-8”."),
    )


def look(path: Path, sheet: str = "") -> Shape:
    """The sheets of a workbook and the columns of one of them: the one named, else the first that holds something."""
    size = path.stat().st_size
    with Sheet(path, Shape("", "", (), size, "xlsx", sheet)) as table:
        columns = table.header()
        return Shape("", "", columns, size, "xlsx", table.name, table.names)


class Sheet:
    """Iterates over the rows of a sheet as `Row` and `Rejected`; what is wrong with all of it raises Unreadable."""

    def __init__(self, path: Path, shape: Shape) -> None:
        self.shape = shape
        self.width = len(shape.columns)
        command = [sys.executable, "-I", str(PROGRAM), str(path), shape.sheet, str(MEMORY), str(SECONDS)]
        self.reader = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.name, self.names = shape.sheet, shape.sheets
        self.height = self.at = 0
        self.begun = False
        self.rows = self._rows()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        assert self.reader.stdout is not None
        self.reader.kill()
        self.reader.stdout.close()
        self.reader.wait()

    @property
    def consumed(self) -> int:
        return self.shape.size * self.at // max(self.height, 1)

    def header(self) -> tuple[str, ...]:
        """The names of the columns, from the first row that is not blank; a frame of blank cells is none of it."""
        for row in self.rows:
            self.begun = True
            cells = [*row.cells]
            while not cells[-1].strip():
                cells.pop()
            self.width = len(cells)
            try:
                return check_names(cells, row.line)
            except Unreadable as error:
                message = _("Sheet “%(sheet)s”: %(message)s") % {"sheet": self.name, "message": error.message}
                raise Unreadable(message, error.remedy, error.line) from None
        raise Unreadable(
            _("The sheet “%(sheet)s” is empty.") % {"sheet": self.name}, _("Choose another sheet, or another file.")
        )

    def __iter__(self) -> Iterator[Row | Rejected]:
        if not self.begun:
            self.header()
        width = self.width
        for row in self.rows:
            if reason := self._fault(row.cells):
                yield Rejected(row.line, reason, excerpt(" ".join(filter(None, row.cells))))
            else:
                yield Row(row.line, row.cells[:width])

    def _fault(self, cells: list[str]) -> str:
        if any(cells[self.width :]):
            return too_wide(max(at for at, cell in enumerate(cells, 1) if cell), self.width)
        lengths = list(map(len, cells))
        if sum(lengths) > RECORD_LIMIT:
            return row_too_long()
        if (longest := max(lengths)) > CELL_LIMIT:
            return too_long(self.shape.columns[lengths.index(longest)])
        return _("holds a zero byte, which no text has") if "\0" in "".join(cells) else ""

    def _rows(self) -> Iterator[Row]:
        """Rows that are not blank, numbered as the spreadsheet program numbers them."""
        for said in self._said():
            if isinstance(said, dict):
                self._hear(said)
                continue
            for cells in said:
                self.at += 1
                if any(map(str.strip, cells)):
                    yield Row(self.at, cells)

    def _said(self) -> Iterator[Any]:
        assert self.reader.stdout is not None
        for line in self.reader.stdout:
            if not line.endswith(b"\n"):
                break
            yield json.loads(line)
        if code := self.reader.wait():
            raise self._ended(code)

    def _hear(self, said: dict[str, Any]) -> None:
        if fault := said.get("fault"):
            reason = {"sealed": sealed, "broken": broken}.get(fault, _no_sheet)
            raise reason()
        self.name, self.names, self.height = said["sheet"], tuple(said["sheets"]), said["rows"]

    def _ended(self, code: int) -> Unreadable:
        remedy = _("Delete what lies far from the table, or save the sheet as CSV and choose that file.")
        if code == -signal.SIGXCPU:
            return Unreadable(_("The workbook takes longer to read than we allow."), remedy)
        return Unreadable(
            _("The workbook takes more memory to read than we allow: a sheet reaches too far down or to the right."),
            remedy,
        )


def _no_sheet() -> Unreadable:
    return Unreadable(_("The workbook has no sheet with a table."), _("Choose another file."))
