"""Tables in text files: CSV and its relatives, read strictly, row by row, in bounded memory.

A file is first looked at (`inspect`: encoding, delimiter, header) and then read (`Reader`), as often as wanted. What
cannot be read at all raises `Unreadable` with line and remedy; a single bad row comes out as `Rejected` among the rows,
so that one mistake in line 70,000 neither stops the others nor goes unseen. Rules: RFC 4180, plus the delimiters and
line ends that spreadsheets write. Cells stay text: nothing is ever evaluated.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from talkoo.lib.errors import Invalid

DELIMITERS = (",", ";", "\t", "|")
ENCODINGS = {
    "utf-8-sig": gettext_lazy("UTF-8"),
    "utf-16": gettext_lazy("UTF-16"),
    "cp1252": gettext_lazy("Windows-1252 (Western Europe)"),
    "latin-1": gettext_lazy("Latin-1 (ISO 8859-1)"),
}
CELL_LIMIT = 100_000  # characters; csv's own limit (131,072) lies above
RECORD_LIMIT = 1_000_000
NAME_LIMIT = 200
COLUMN_LIMIT = 500
SAMPLE = 65_536  # bytes that the delimiter is guessed from
EXCERPT = 120
BINARY = {b"PK\x03\x04": "XLSX", b"%PDF": "PDF", b"\xd0\xcf\x11\xe0": "XLS", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG"}


class Unreadable(Invalid):
    """The file as a whole cannot be read; `line` is where that showed (0: nowhere in particular)."""

    def __init__(self, message: str, remedy: str = "", line: int = 0) -> None:
        super().__init__(message, remedy)
        self.line = line


class WrongEncoding(Unreadable):
    """Bytes that the encoding does not know; another one may be chosen by hand."""


class Row(NamedTuple):
    """A record and the line it begins on, counted from 1 with the header."""

    line: int
    cells: dict[str, str]


class Rejected(NamedTuple):
    """A record that cannot be used, why, and how it begins."""

    line: int
    reason: str
    excerpt: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What has to be known of a file to read it."""

    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    size: int


class _TooLong(Exception):
    """Raised inside the csv reader to stop it before a record grows without bound."""


# Looking at a file


def inspect(path: Path, encoding: str = "") -> Shape:
    """Encoding, delimiter and header of the file at `path`; reads it once to the end to know that every byte decodes.

    `encoding` (a key of ENCODINGS) overrides what is detected. Raises Unreadable, or WrongEncoding with line and byte.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    if not head:
        raise Unreadable(_("The file is empty: it has 0 bytes."), _("Choose the file again, or export it again."))
    _check_text(head)
    encoding = encoding or _detect(head)
    _check_bytes(path, encoding)
    text = codecs.getincrementaldecoder(encoding)().decode(head)
    delimiter = _sniff(text if size <= SAMPLE else text[: text.rfind("\n") + 1] or text)
    with Reader(path, Shape(encoding, delimiter, (), size)) as reader:
        columns = reader.header()
    return Shape(encoding, delimiter, columns, size)


def _detect(head: bytes) -> str:
    return "utf-16" if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"


def _check_text(head: bytes) -> None:
    remedy = _("In your spreadsheet program choose “Save as” and then “CSV UTF-8”.")
    for magic, kind in BINARY.items():
        if head.startswith(magic):
            raise Unreadable(_("This is a file of the kind %(kind)s, not a CSV file.") % {"kind": kind}, remedy)
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise Unreadable(_("This file is written in UTF-32."), remedy)
    if b"\0" in head and _detect(head) != "utf-16":
        line = head[: head.index(b"\0")].count(b"\n") + 1
        message = _("This is not a text file: line %(line)d holds a zero byte.") % {"line": line}
        raise Unreadable(message, remedy, line)


def _check_bytes(path: Path, encoding: str) -> None:
    """Decode everything once, so that a wrong byte in the last line is known before anything is done."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = 0
    _check_mark(path, encoding)
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            pending = len(decoder.getstate()[0])
            try:
                decoder.decode(chunk)
            except UnicodeDecodeError as error:
                raise _wrong_byte(path, encoding, read - pending + error.start) from None
            read += len(chunk)
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            raise _wrong_byte(path, encoding, read - 1) from None


def _check_mark(path: Path, encoding: str) -> None:
    """UTF-16 begins with a mark that tells the order of its bytes; Python cannot read it without."""
    with path.open("rb") as file:
        head = file.read(2)
    if encoding == "utf-16" and head not in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        message = _("This file is not written in UTF-16: the mark that such files begin with is missing (line 1).")
        raise WrongEncoding(message, _("Say below which encoding it has, or leave that to be found out."), 1)


def _wrong_byte(path: Path, encoding: str, offset: int) -> WrongEncoding:
    line, at = 1, 0
    with path.open("rb") as file:
        while at < offset and (chunk := file.read(min(1 << 20, offset - at))):
            line, at = line + chunk.count(b"\n"), at + len(chunk)
        wrong = file.read(1).hex().upper()
    words = {"line": line, "offset": offset + 1, "byte": wrong, "encoding": ENCODINGS[encoding]}
    return WrongEncoding(
        _("Line %(line)d is not written in %(encoding)s: byte %(offset)d of the file (%(byte)s) does not fit.") % words,
        _("Save the file as “CSV UTF-8”, or say below which encoding it has."),
        line,
    )


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


def _check_header(cells: list[str], line: int) -> tuple[str, ...]:
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


# Reading the rows


class Reader:
    """Iterates over `Row` and `Rejected`; `consumed` tells how many bytes of the file were read so far.

    The csv module parses; this class hands it lines, counts them, and takes over where a record grows too long: it
    then looks for the record's end without keeping it.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self.shape = shape
        self.binary = path.open("rb")
        self.text = io.TextIOWrapper(self.binary, encoding=shape.encoding, newline=None)
        self.line = 0
        self.whole = True
        self.record: list[str] = []
        self.size = 0
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
        for line, cells in self._records():
            if isinstance(cells, Rejected):
                raise Unreadable(_("The header cannot be read: %(reason)s") % {"reason": cells.reason}, "", line)
            self.begun = True
            return _check_header(cells, line)
        raise Unreadable(_("The file holds nothing but blank lines."), _("Choose another file."))

    def __iter__(self) -> Iterator[Row | Rejected]:
        columns = self.shape.columns
        if not self.begun:
            self.header()
        for line, cells in self._records():
            if isinstance(cells, Rejected):
                yield cells
            elif reason := self._fault(cells):
                yield self._rejected(line, reason)
            else:
                yield Row(line, dict(zip(columns, cells, strict=True)))

    def _piece(self) -> str:
        """The next line, or RECORD_LIMIT characters of it; a doubled quotation mark is never torn apart."""
        piece = self.text.readline(RECORD_LIMIT)
        while len(piece) >= RECORD_LIMIT and piece.endswith('"') and (more := self.text.read(1)):
            piece += more
        self.line += self.whole and bool(piece)
        self.whole = piece.endswith("\n")
        return piece

    def _lines(self) -> Iterator[str]:
        while piece := self._piece():
            self.record.append(piece)
            self.size += len(piece)
            if self.size > RECORD_LIMIT or len(piece) >= RECORD_LIMIT:
                raise _TooLong
            yield piece

    def _records(self) -> Iterator[tuple[int, list[str] | Rejected]]:
        """Records that are not blank, each with its first line; what csv refuses comes as Rejected."""
        while True:
            line = self.line + 1
            self.record.clear()
            self.size = 0
            try:
                cells = next(self.parser)
            except StopIteration:
                return
            except (_TooLong, csv.Error) as error:
                yield line, self._rejected(line, self._refusal(line, error))
                continue
            if any(map(str.strip, cells)):
                yield line, cells

    def _fault(self, cells: list[str]) -> str:
        wanted = len(self.shape.columns)
        if len(cells) != wanted:
            return _("%(found)d cells, but the header has %(wanted)d columns") % {"found": len(cells), "wanted": wanted}
        if self.size > CELL_LIMIT:
            for position, cell in enumerate(cells):
                if len(cell) > CELL_LIMIT:
                    return self._too_long(position)
        if any("\0" in line for line in self.record):
            return _("holds a zero byte, which no text has")
        return ""

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
            return _("the row is longer than %(most)d characters") % {"most": RECORD_LIMIT}
        return self._too_long(scan.culprit)

    def _skip(self, scan: "_Scan", line: int) -> None:
        """Pass over the rest of a record that is too long, keeping nothing of it."""
        while piece := self._piece():
            if scan.ends(piece):
                return
        if scan.quoted:
            raise _never_closed(line)

    def _too_long(self, position: int) -> str:
        columns = self.shape.columns
        words = {"name": columns[position] if position < len(columns) else position + 1, "most": CELL_LIMIT}
        return _("the cell in column “%(name)s” is longer than %(most)d characters") % words

    def _rejected(self, line: int, reason: str) -> Rejected:
        if self.line > line:
            reason = _("%(reason)s (the row goes on to line %(last)d)") % {"reason": reason, "last": self.line}
        return Rejected(line, reason, self._excerpt())

    def _excerpt(self) -> str:
        start = "".join(part[:EXCERPT] for part in self.record[:3])
        return " ".join(start.replace("\0", "\N{REPLACEMENT CHARACTER}").split())[:EXCERPT]


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
