"""The results as a data package: a ZIP of the table, of what each of its columns is, and of where it all comes from.

After the Data Package and Table Schema specifications, version 1 (Frictionless Standards), so that other software reads
it without being told how.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from talkoo.lib.tables.packed import packing
from talkoo.microtasks.models import Batch, Sensitivity

TABLE, DESCRIPTOR = "results.csv", "datapackage.json"
MARK = b"\xef\xbb\xbf"  # for spreadsheets; a package says its encoding in words
KINDS = {
    "number": "integer", "answers": "integer", "surplus": "integer", "dissent": "integer", "version": "integer",
    "probability": "number", "low": "number", "high": "number", "closed_at": "datetime", "combined_at": "datetime",
    "reviewed": "boolean", "by_organisation": "object",
}  # fmt: skip


def package(batch: Batch, about: Mapping[str, Any], columns: Sequence[str], table: Iterator[bytes]) -> Iterator[bytes]:
    """The ZIP as it is made. `about` is the first line of the JSON Lines form, `table` the CSV with `columns`."""
    return packing(_files(batch, about, columns, table), squeeze=True)


def _files(
    batch: Batch, about: Mapping[str, Any], columns: Sequence[str], table: Iterator[bytes]
) -> Iterator[tuple[str, Iterable[bytes]]]:
    """The table first: its size and hash stand in the descriptor."""
    seen = _Seen(table)
    yield TABLE, seen
    resource = {
        "profile": "tabular-data-resource", "name": "results", "path": TABLE, "format": "csv",
        "mediatype": "text/csv", "encoding": "utf-8", "bytes": seen.size, "hash": f"sha256:{seen.digest.hexdigest()}",
        "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "doubleQuote": True, "header": True},
        "description": _("One row an item. A text that a spreadsheet would run as a formula has an apostrophe in front."),
        "schema": {"fields": [_field(name) for name in columns], "primaryKey": ["number"], "missingValues": [""]},
    }  # fmt: skip
    yield DESCRIPTOR, [json.dumps(_descriptor(batch, about, resource), ensure_ascii=False, indent=2).encode()]


class _Seen:
    """Passes pieces of a table on, without the mark in front, and counts and hashes them on the way."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self.pieces = pieces
        self.size = 0
        self.digest = hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            rest = piece if self.size else piece.removeprefix(MARK)
            self.size += len(rest)
            self.digest.update(rest)
            yield rest


def _descriptor(batch: Batch, about: Mapping[str, Any], resource: Mapping[str, Any]) -> dict[str, Any]:
    place = batch.organisation.name
    return {
        "profile": "tabular-data-package", "name": f"talkoo-{batch.code.lower()}", "title": batch.title,
        "description": batch.question, "created": about["exported_at"], "licenses": [_licence(batch)],
        "sources": [{"title": place}], "contributors": [{"title": place, "role": "publisher"}],
        "resources": [resource], "talkoo": about,
    }  # fmt: skip


def _licence(batch: Batch) -> dict[str, str]:
    """Nobody has given a licence: that is said, by the names the Open Definition has for it."""
    if batch.sensitivity == Sensitivity.OPEN:
        return {"name": "notspecified", "title": _("No licence is stated. Ask the owner before you pass it on.")}
    return {"name": "other-closed", "title": _("Not open: for use inside the organisations it was made for.")}


def _field(name: str) -> dict[str, Any]:
    kind = "boolean" if name.startswith("is: ") else "number" if name.startswith("probability: ") else KINDS.get(name)
    field: dict[str, Any] = {"name": name, "type": kind or "string"}
    if kind == "boolean":
        field |= {"trueValues": ["yes"], "falseValues": ["no"]}
    elif kind == "datetime":
        field |= {"format": "any"}
    if says := _meanings().get(name):
        field["description"] = says
    return field


def _meanings() -> dict[str, str]:
    return {
        "number": _("Place of the item in its batch"),
        "state": _("open: more answers are wanted; review: with a reviewer; closed: settled"),
        "value": _("What the answers came to"),
        "probability": _("How probable it is that the value is right, of 1"),
        "low": _("Lower end of the 90 % interval of the probability"),
        "high": _("Upper end of the 90 % interval of the probability"),
        "method": _("How the answers were combined"),
        "reason": _("Why the item was settled"),
        "version": _("Version of the result"),
        "answers": _("Answers that count"),
        "surplus": _("Answers that came after it was settled"),
        "dissent": _("Answers that say something else"),
        "answer_ids": _("The answers it rests on"),
        "by_organisation": _("Answers by organisation; those with fewer than five people are taken together"),
        "instructions": _(
            "Versions of the instructions its answers were given under; their words are in datapackage.json"
        ),
        "reviewed": _("Whether a reviewer decided it"),
        "model": _("The fitted model that was used, and when it was fitted"),
    }
