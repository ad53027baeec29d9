"""CSV and its relatives: read strictly, row by row, in bounded memory.

Rules: RFC 4180, plus the delimiters and line ends that spreadsheets write. The csv module parses; what is here counts
lines and takes over where a record grows too long.
"""

import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from types import TracebackType
from typing import Self

from django.utils.translation import gettext as _

from talkoo.lib.tables.shape import (
    CELL_LIMIT,
    EXCERPT,
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
from talkoo.lib.tables.text import SAMPLE, Opener, check_bytes, decoded, detect, head_of

DELIMITERS = (",", ";", "\t", "|")


class _TooLong(Exception):
    """Raised inside the csv reader to stop it before a record grows without bound."""


def look(source: Opener, size: int, encoding: str = "", delimiter: str = "") -> Shape:
    """Encoding, delimiter and header; reads the file once to the end to know that every byte decodes.

    What is given is taken, what is not is found out. Raises Unreadable, or WrongEncoding with line and byte.
    """
    head = head_of(source)
    encoding = encoding or detect(head)
    check_bytes(source, encoding)
    text = decoded(head, encoding)
    delimiter = delimiter or _sniff(text if size <= SAMPLE else text[: text.rfind("\n") + 1] or text)
    with Delimited(source, Shape(encoding, delimiter, (), size)) as table:
        columns = table.header()
    return Shape(encoding, delimiter, columns, size)


def _sniff(text: str) -> str:
    """The delimiter under which most rows are as wide as the header; a comma where nothing divides."""

    def score(delimiter: str) -> tuple[float, int]:
        try:
            widths = [len(row) for row in islice(csv.reader(io.StringIO(text), delimiter=delimiter), 50) if row]
        except csv.Error:
            return (0, 0)
        alike = sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0
        return (alike / max(len(widths), 1), widths[0] if widths else 0)

    return max(DELIMITERS, key=score)


# Reading the rows


class Delimited:
    """Iterates over `Row` and `Rejected`; `consumed` tells how many bytes of the file were read so far.

    The csv module parses; this class hands it lines, counts them, and takes over where a record grows too long: it
    then looks for the record's end without keeping it.
    """

    def __init__(self, source: Opener, shape: Shape) -> None:
        self.shape = shape
        self.binary = source()
        self.text = io.TextIOWrapper(self.binary, encoding=shape.encoding, newline=None)
        self.line = 0
        self.whole = True
        self.record: list[str] = []
        self.size = 0
        self.zero = False
        self.parser = csv.reader(self._lines(), delimiter=shape.delimiter, strict=True)
        self.begun = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.text.close()

    @property
    def consumed(self) -> int:
        """Bytes read so far, up to one buffer ahead of the last row."""
        return self.binary.tell()

    def header(self) -> tuple[str, ...]:
        """The names of the columns, from the first line that is not blank."""
        for record in self._records():
            if isinstance(record, Rejected):
                words = {"reason": record.reason}
                raise Unreadable(_("The header cannot be read: %(reason)s") % words, "", record.line)
            self.begun = True
            return check_names(record.cells, record.line)
        raise Unreadable(_("The file holds nothing but blank lines."), _("Choose another file."))

    def __iter__(self) -> Iterator[Row | Rejected]:
        if not self.begun:
            self.header()
        wanted = len(self.shape.columns)
        for record in self._records():
            if (
                isinstance(record, Row)
                and (len(record.cells) != wanted or self.size > CELL_LIMIT or self.zero)
                and (reason := self._fault(record.cells))
            ):
                yield self._rejected(record.line, reason)
            else:
                yield record

    def _lines(self) -> Iterator[str]:
        """What the csv module is fed with. The path of every row: nothing is called that need not be."""
        read, record = self.text.readline, self.record
        while piece := read(RECORD_LIMIT):
            if len(piece) >= RECORD_LIMIT:
                piece = self._untorn(piece)
            self.line += self.whole
            self.whole = piece[-1] == "\n"
            record.append(piece)
            self.size += len(piece)
            self.zero = self.zero or "\0" in piece
            if self.size > RECORD_LIMIT or len(piece) >= RECORD_LIMIT:
                raise _TooLong
            yield piece

    def _untorn(self, piece: str) -> str:
        """A piece of a very long line; a doubled quotation mark is never torn apart."""
        while piece.endswith('"') and (more := self.text.read(1)):
            piece += more
        return piece

    def _records(self) -> Iterator[Row | Rejected]:
        """Records that are not blank; what csv refuses comes as Rejected."""
        record = self.record
        while True:
            line = self.line + 1
            record.clear()
            self.size = 0
            self.zero = False
            try:
                cells = next(self.parser)
            except StopIteration:
                return
            except (_TooLong, csv.Error) as error:
                yield self._rejected(line, self._refusal(line, error))
                continue
            if any(map(str.strip, cells)):
                yield Row(line, cells)

    def _fault(self, cells: list[str]) -> str:
        if len(cells) != len(self.shape.columns):
            return too_wide(len(cells), len(self.shape.columns))
        if self.size > CELL_LIMIT:
            for position, cell in enumerate(cells):
                if len(cell) > CELL_LIMIT:
                    return self._too_long(position)
        return _("holds a zero byte, which no text has") if self.zero else ""

    def _refusal(self, line: int, error: Exception) -> str:
        """Why csv gave up; goes on to the end of the record where that lies in lines to come."""
        said = str(error)
        if "unexpected end" in said:
            raise _never_closed(line)
        if "expected after" in said:
            return _("after a closing quotation mark comes more text; a quotation mark inside a cell must be doubled")
        scan = _Scan(self.shape.delimiter)
        if not any(scan.ends(piece) for piece in self.record):
            self._skip(scan, line)
        self.parser = csv.reader(self._lines(), delimiter=self.shape.delimiter, strict=True)
        if scan.culprit is None:
            return row_too_long()
        return self._too_long(scan.culprit)

    def _skip(self, scan: "_Scan", line: int) -> None:
        """Pass over the rest of a record that is too long, keeping nothing of it."""
        while piece := self.text.readline(RECORD_LIMIT):
            if len(piece) >= RECORD_LIMIT:
                piece = self._untorn(piece)
            self.line += self.whole
            self.whole = piece[-1] == "\n"
            if scan.ends(piece):
                return
        if scan.quoted:
            raise _never_closed(line)

    def _too_long(self, position: int) -> str:
        columns = self.shape.columns
        return too_long(columns[position] if position < len(columns) else position + 1)

    def _rejected(self, line: int, reason: str) -> Rejected:
        if self.line > line:
            reason = _("%(reason)s (the row goes on to line %(last)d)") % {"reason": reason, "last": self.line}
        return Rejected(line, reason, excerpt("".join(part[:EXCERPT] for part in self.record[:3])))


def _never_closed(line: int) -> Unreadable:
    return Unreadable(
        _("A quotation mark that opens in the row of line %(line)d is never closed.") % {"line": line},
        _("Close it, or double it if it belongs to the text; then choose the file again."),
        line,
    )


class _Scan:
    """Finds the end of a record piece by piece, as csv would, and the first cell that is too long."""

    def __init__(self, delimiter: str) -> None:
        self.stops = re.compile(f"[{re.escape(delimiter)}\n]")
        self.quoted = False
        self.fresh = True
        self.position = 0
        self.length = 0
        self.culprit: int | None = None

    def ends(self, piece: str) -> bool:
        """Whether the record ends in this piece."""
        at = 0
        while at < len(piece):
            if self.quoted:
                at = self._in_quotes(piece, at)
            elif self.fresh and piece[at] == '"':
                self.quoted, self.fresh, at = True, False, at + 1
            else:
                stop = self.stops.search(piece, at)
                self._grow((stop.start() if stop else len(piece)) - at)
                if stop is None:
                    return False
                if stop.group() == "\n":
                    return True
                self.position, self.length, self.fresh, at = self.position + 1, 0, True, stop.end()
        return False

    def _in_quotes(self, piece: str, at: int) -> int:
        closing = piece.find('"', at)
        if closing < 0:
            self._grow(len(piece) - at)
            return len(piece)
        self._grow(closing - at)
        if piece.startswith('""', closing):
            return closing + 2
        self.quoted = False
        return closing + 1

    def _grow(self, by: int) -> None:
        self.length += by
        self.fresh = self.fresh and not by
        if self.length > CELL_LIMIT and self.culprit is None:
            self.culprit = self.position
