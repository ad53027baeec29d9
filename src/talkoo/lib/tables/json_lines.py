"""JSON Lines: one object a line, as UTF-8. The columns are all keys of all lines, in the order they first appear.

Numbers stay as they are written, nothing (null, or a key that is left out) becomes an empty cell, and what is nested
becomes compact JSON again: every cell is text.
"""

import json
import re
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from django.utils.translation import gettext as _

from talkoo.lib.tables.shape import (
    CELL_LIMIT,
    COLUMN_LIMIT,
    RECORD_LIMIT,
    Rejected,
    Row,
    Shape,
    Unreadable,
    check_names,
    excerpt,
    row_too_long,
    too_long,
)
from talkoo.lib.tables.text import Opener, check_bytes

BYTES = 4 * RECORD_LIMIT
OPENS = re.compile(rb"\s*\{\s*(\"|\}|$)")
LIST = re.compile(rb"\s*\[\s*($|\{|\[|\")")


SURROGATE = re.compile("[\ud800-\udfff]")


class Number(str):
    """A number as it was written."""

    __slots__ = ()


class _Wrong(ValueError):
    """Why a line is no object that can be used."""


def looks_like(head: bytes) -> bool:
    """Whether a file that begins so is JSON of some kind."""
    first = _first_line(head)
    return bool(OPENS.match(first) or LIST.match(first))


def _first_line(head: bytes) -> bytes:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().split(b"\n", 1)[0].strip()


def look(source: Opener, size: int, head: bytes) -> Shape:
    """Every key of the file; reads it once to the end. Raises Unreadable."""
    first = _first_line(head)
    if LIST.match(first) or first == b"{":
        raise Unreadable(
            _("This is JSON, but not one object a line (JSON Lines)."),
            _("Save it as JSON Lines: each item an object on a line of its own."),
            1,
        )
    check_bytes(source, "utf-8-sig")
    keys: dict[str, None] = {}
    with JsonLines(source, Shape("utf-8-sig", "", (), size, "jsonl")) as table:
        for line, found in table.objects():
            if isinstance(found, dict):
                keys.update(dict.fromkeys(found))
            if len(keys) > COLUMN_LIMIT:
                counts = {"most": COLUMN_LIMIT, "line": line}
                message = _("Up to line %(line)d the objects have more than %(most)d different names.") % counts
                raise Unreadable(message, _("Leave out what nobody reads."), line)
    if not keys:
        raise Unreadable(_("No line of the file holds an object with a name and a value."), _("Choose another file."))
    return Shape("utf-8-sig", "", check_names(list(keys), 1), size, "jsonl")


class JsonLines:
    """Iterates over the objects of a file as `Row` and `Rejected`."""

    def __init__(self, source: Opener, shape: Shape) -> None:
        self.shape = shape
        self.binary = source()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.binary.close()

    @property
    def consumed(self) -> int:
        return self.binary.tell()

    def __iter__(self) -> Iterator[Row | Rejected]:
        columns = self.shape.columns
        for line, found in self.objects():
            if isinstance(found, Rejected):
                yield found
                continue
            try:
                yield Row(line, [cell(column, found.get(column)) for column in columns])
            except _Wrong as error:
                yield Rejected(line, str(error), excerpt(json.dumps(found, ensure_ascii=False)))

    def objects(self) -> Iterator[tuple[int, dict[str, Any] | Rejected]]:
        """Each line that is not blank, as the object it holds or why it holds none."""
        for line, text in enumerate(self._lines(), 1):
            if len(text) > RECORD_LIMIT:
                yield line, Rejected(line, row_too_long(), excerpt(text))
            elif text.strip():
                try:
                    yield line, parsed(text)
                except _Wrong as error:
                    yield line, Rejected(line, str(error), excerpt(text))

    def _lines(self) -> Iterator[str]:
        encoding = "utf-8-sig"
        while piece := self.binary.readline(BYTES):
            rest = piece
            while not rest.endswith(b"\n") and (rest := self.binary.readline(BYTES)):
                pass  # the rest of a line that is too long; nothing of it is kept
            yield piece.decode(encoding, "replace")
            encoding = "utf-8"


def parsed(text: str) -> dict[str, Any]:
    """The object on a line. Raises _Wrong in words for who wrote the file."""
    try:
        found = DECODER.decode(text.strip())
    except json.JSONDecodeError as error:
        words = {"column": error.colno}
        raise _Wrong(_("is not JSON: character %(column)d cannot be understood") % words) from None
    except RecursionError:
        raise _Wrong(_("is nested too deeply")) from None
    if not isinstance(found, dict):
        raise _Wrong(_("holds no object: each line must begin with { and end with }"))
    return found


def cell(column: str, value: Any) -> str:
    """A value as text. Raises _Wrong for what no text can hold."""
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    try:
        text = str(value) if isinstance(value, str) else compact(value)
    except RecursionError:
        raise _Wrong(_("is nested too deeply")) from None
    if len(text) > CELL_LIMIT:
        raise _Wrong(too_long(column))
    if "\0" in text:
        raise _Wrong(_("holds a zero byte, which no text has"))
    if not text.isascii() and SURROGATE.search(text):
        raise _Wrong(_("holds half a character (a lone surrogate)"))
    return text


def compact(value: Any) -> str:
    """A nested value as JSON without spaces, numbers as they were written."""
    if isinstance(value, dict):
        return (
            "{"
            + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{compact(held)}" for key, held in value.items())
            + "}"
        )
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    return str(value) if isinstance(value, Number) else json.dumps(value, ensure_ascii=False)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = {key.strip(): value for key, value in pairs}
    if len(found) < len(pairs):
        raise _Wrong(_("names something twice"))
    return found


def _no_number(word: str) -> None:
    raise _Wrong(_("holds %(word)s, which is no number in JSON") % {"word": word})


DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_int=Number, parse_float=Number, parse_constant=_no_number)
