"""What every kind of table has in common: its shape, its rows, its limits, and the words for what cannot be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from django.utils.translation import gettext as _

from talkoo.lib.errors import Invalid
from talkoo.lib.pictures import Picture

CELL_LIMIT = 100_000  # characters; csv's own limit (131,072) lies above
RECORD_LIMIT = 1_000_000
NAME_LIMIT = 200
COLUMN_LIMIT = 500
EXCERPT = 120


class Unreadable(Invalid):
    """The file as a whole cannot be read; `line` is where that showed (0: nowhere in particular)."""

    def __init__(self, message: str, remedy: str = "", line: int = 0) -> None:
        super().__init__(message, remedy)
        self.line = line


class Row(NamedTuple):
    """A record, its cells in the order of the columns, where it stands, and the picture it holds.

    `line` is the line of a text file it begins on, the row of a sheet, or the place of a file among files; counted
    from 1, with the header.
    """

    line: int
    cells: list[str]
    picture: Picture | None = None


class Rejected(NamedTuple):
    """A record that cannot be used, why, and how it begins."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What has to be known of a file to read it.

    `sheet` names the part that is read where a file has several: a sheet of a workbook, a table of a data package;
    `sheets` are all of them. `encoding` and `delimiter` matter to text alone.
    """

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    size: int
    kind: str = "csv"
    sheet: str = ""
    sheets: tuple[str, ...] = ()


class Table(Protocol):
    """An open table: iterates over `Row` and `Rejected`; `consumed` of `Shape.size` bytes are read so far."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def __iter__(self) -> Iterator[Row | Rejected]: ...

    @property
    def consumed(self) -> int: ...


def check_names(cells: list[str], line: int) -> tuple[str, ...]:
    """The names of the columns, each its own, or Unreadable saying which is wrong."""
    names = tuple(cell.strip() for cell in cells)
    remedy = _("Put the first line of the file right: every column needs a name of its own.")
    if len(names) > COLUMN_LIMIT:
        counts = {"count": len(names), "most": COLUMN_LIMIT}
        raise Unreadable(_("The file has %(count)d columns; at most %(most)d can be read.") % counts, remedy, line)
    for position, name in enumerate(names, 1):
        words: dict[str, int | str] = {"position": position, "name": name, "most": NAME_LIMIT, "line": line}
        if not name:
            raise Unreadable(_("Column %(position)d has no name in the header (line %(line)d).") % words, remedy, line)
        if len(name) > NAME_LIMIT or "\0" in name:
            message = _("The name of column %(position)d in the header is longer than %(most)d characters.") % words
            raise Unreadable(message, remedy, line)
        if (first := names.index(name) + 1) < position:
            message = _("The header names two columns “%(name)s”: columns %(first)d and %(position)d.")
            raise Unreadable(message % {**words, "first": first}, remedy, line)
    return names


def too_wide(found: int, wanted: int) -> str:
    return _("%(found)d cells, but the header has %(wanted)d columns") % {"found": found, "wanted": wanted}


def too_long(name: str | int) -> str:
    return _("the cell in column “%(name)s” is longer than %(most)d characters") % {"name": name, "most": CELL_LIMIT}


def row_too_long() -> str:
    return _("the row is longer than %(most)d characters") % {"most": RECORD_LIMIT}


def excerpt(text: str) -> str:
    """How a record begins, on one line and fit to be shown and stored."""
    shown = text[: 4 * EXCERPT].replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode()
    return " ".join(shown.split())[:EXCERPT]
