"""Rows of a file become items of a batch, by what its owner said the columns are used as."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from talkoo.lib.tables import Rejected, Row
from talkoo.microtasks.models import Upload
from talkoo.microtasks.queries.uploads import GROUP, KNOWN, LEAVE, NAME, PIECE, PIECES, WHY
from talkoo.microtasks.task_types import task_types

WORDS = 120  # characters of a name or group
LABEL = 400
SENTENCES = 1000  # characters of a known answer, or of its reason


class Item(NamedTuple):
    """What a row becomes."""

    line: int
    name: str
    group: str
    payload: dict[str, Any]
    known: str = ""
    why: str = ""
    part: int = 0  # which piece of its record it is, from 1 on; 0: it is whole
    label: str = ""  # the columns a piece was made of


def items(upload: Upload, table: Iterable[Row | Rejected]) -> Iterator[Item | Rejected]:
    """The rows of the file as items of the batch, or why one cannot be an item."""
    maker = _Maker(upload)
    for row in table:
        if not isinstance(row, Row):
            yield row
        elif maker.pieces:
            yield from maker.split(row)
        else:
            yield maker.item(row)


class _Maker:
    """Turns rows into items by the mapping of one upload. Cells are found by their place: this runs for every row."""

    def __init__(self, upload: Upload) -> None:
        self.columns = list(upload.columns)
        self.places: dict[str, list[int]] = {}
        for at, column in enumerate(self.columns):
            self.places.setdefault(upload.mapping.get(column, LEAVE), []).append(at)
        parts = {column.code: column.required for declared in task_types().values() for column in declared.columns}
        used = [(code, self.places[code], required) for code, required in parts.items() if code in self.places]
        records = {c.code for declared in task_types().values() for c in declared.columns if c.record}
        self.parts = [part for part in used if part[0] not in records]
        self.records = [part for part in used if part[0] in records]
        self.known, self.why = (self.places.get(use, [-1])[0] for use in (KNOWN, WHY))
        alone = [[at] for at in self.places.get(PIECE, [])]
        self.pieces = sorted(alone + [self.places[code] for code in PIECES[1:] if code in self.places])
        self.name, self.group = (self.places.get(use, [-1])[0] for use in (NAME, GROUP))

    def item(self, row: Row) -> Item | Rejected:
        cells = row.cells
        name = " ".join(cells[self.name].split()) if self.name >= 0 else ""
        group = " ".join(cells[self.group].split()) if self.group >= 0 else ""
        if len(name) > WORDS or len(group) > WORDS:
            at, words = (self.name, name) if len(name) > WORDS else (self.group, group)
            said = {"column": self.columns[at], "most": WORDS}
            return Rejected(row.line, _("“%(column)s” is longer than %(most)d characters") % said, words[:WORDS])
        payload: dict[str, Any] = {}
        for code, places, required in self.parts:
            payload[code] = text = cells[places[0]].strip() if len(places) == 1 else self._together(cells, places)
            if required and not text:
                said = {"column": ", ".join(self.columns[at] for at in places)}
                return Rejected(row.line, _("“%(column)s” is empty") % said, " ".join(filter(None, cells))[:WORDS])
        for code, places, required in self.records:
            payload[code] = fields = [[self.columns[at], cells[at].strip()] for at in places]
            if required and not any(text for _name, text in fields):
                said = {"column": ", ".join(self.columns[at] for at in places)}
                return Rejected(row.line, _("“%(column)s” is empty") % said, " ".join(filter(None, cells))[:WORDS])
        return Item(row.line, name, group, payload) if self.known < 0 else self._with_known(row, name, group, payload)

    def split(self, row: Row) -> Iterator[Item | Rejected]:
        """The pieces of a row that say anything. Their name is that of the record, for its owner alone."""
        cells = row.cells
        name = " ".join(cells[self.name].split())[:WORDS] if self.name >= 0 else ""
        found = [
            (part, places) for part, places in enumerate(self.pieces, 1) if any(cells[at].strip() for at in places)
        ]
        for part, places in found:
            label = " · ".join(" ".join(self.columns[at].split()) for at in places)[:LABEL]
            yield Item(row.line, name, "", {"source": self._together(cells, places)}, part=part, label=label)
        if not found:
            yield Rejected(row.line, _("No piece of it says anything"), name)

    def _with_known(self, row: Row, name: str, group: str, payload: dict[str, Any]) -> Item | Rejected:
        known, why = (" ".join(row.cells[at].split()) if at >= 0 else "" for at in (self.known, self.why))
        for at, words in ((self.known, known), (self.why, why)):
            if len(words) > SENTENCES:
                said = {"column": self.columns[at], "most": SENTENCES}
                return Rejected(row.line, _("“%(column)s” is longer than %(most)d characters") % said, words[:WORDS])
        return Item(row.line, name, group, payload, known, why)

    def _together(self, cells: list[str], places: list[int]) -> str:
        """The texts of several columns, each with its name above."""
        return "\n\n".join(f"{self.columns[at]}:\n{text}" for at in places if (text := cells[at].strip()))
