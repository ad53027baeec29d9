"""A copy of all results with their provenance, as rows that never stand in memory together.

A cell of the CSV that a spreadsheet would run as a formula (it begins with = + - @, a tab or a line end) gets an
apostrophe in front; JSON Lines carries every text as it is.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.lib import wall
from talkoo.lib.cells import harmless
from talkoo.lib.errors import Missing
from talkoo.microtasks.export_package import package
from talkoo.microtasks.export_rows import ENCODE, OF_RECORD, Exported, Outcome, in_a_cell
from talkoo.microtasks.models import Batch
from talkoo.microtasks.queries.instructions import wordings
from talkoo.microtasks.queries.results import counted

FORMS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8", "zip": "application/zip"}


def response(batch: Batch, form: str, *, by: str) -> StreamingHttpResponse:
    """The export as a download. Raises Missing for a format there is not."""
    content = chunks(batch, form, by=by)
    name = f"talkoo-{batch.code}-{timezone.localdate():%Y-%m-%d}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return StreamingHttpResponse(content, content_type=FORMS[form], headers=headers)


def check_form(form: str) -> None:
    if form not in FORMS:
        raise Missing(_("There is no export as “%(form)s”.") % {"form": form}, remedy=_("Choose csv, jsonl or zip."))


def chunks(batch: Batch, form: str, *, by: str, told: Callable[[int], None] | None = None) -> Iterator[bytes]:
    """The file in pieces of some hundred rows; `told` hears how many rows are written. Raises Missing at once."""
    check_form(form)
    write = {"csv": _csv, "jsonl": _jsonl, "zip": _zip}[form]
    with wall.opened(batch.pk):
        content = write(Exported(batch, by), told or (lambda _rows: None))
    return wall.streamed(content, batch.pk)


def about(export: Exported) -> dict[str, Any]:
    """The first line of the JSON Lines form: what this is, and the settings the results came from."""
    batch = export.batch
    return {
        "talkoo": "results", "format": 1, "batch": batch.code, "title": batch.title, "language": batch.language,
        "organisation": batch.organisation.name, "sensitivity": batch.get_sensitivity_display(), "state": batch.state,
        "task_type": batch.task_type, "question": batch.question, "help": batch.help, "config": batch.config,
        "adaptive": batch.adaptive, "least": batch.least, "most": batch.most, "sure": batch.sure,
        "counts": asdict(counted(batch).counts), "people": export.crowd.people,
        "organisations": export.crowd.organisations, "model": export.model, "exported_at": timezone.localtime(export.at).isoformat(),
        "exported_by": export.by, "instructions": wordings(batch),
    }  # fmt: skip


def _jsonl(export: Exported, told: Callable[[int], None]) -> Iterator[bytes]:
    yield f"{ENCODE(about(export))}\n".encode()
    rows = 0
    for found in export.slices():
        yield "".join([f"{ENCODE(record)}\n" for record, _outcome in found]).encode()
        rows += len(found)
        told(rows)


PLAIN = (
    "number", "name", "group", "state", "value", "probability", "low", "high", "method", "method_version", "reason", "version",
    "closed_at", "combined_at", "answers", "surplus", "dissent", "answer_ids", "by_organisation", "instructions", "reviewed", "review_note", "model",
)  # fmt: skip


def _zip(export: Exported, told: Callable[[int], None]) -> Iterator[bytes]:
    items = export.item_columns()
    return package(export.batch, about(export), _head(export, items), _table(export, items, told))


def _csv(export: Exported, told: Callable[[int], None]) -> Iterator[bytes]:
    """UTF-8 with a mark in front, so that Excel reads it rightly; commas; one header line."""
    return _table(export, export.item_columns(), told)


def _head(export: Exported, items: Sequence[str]) -> list[str]:
    each = [part for unit in export.units for part in (f"is: {unit}", f"probability: {unit}")]
    each += export.declared.cells(export.batch.config, None, None)
    return ["batch", "batch_title", *PLAIN, *_of_record(export), *each, *(f"item: {name}" for name in items)]


def _of_record(export: Exported) -> Sequence[str]:
    """Columns that only items have which are pieces."""
    return OF_RECORD if export.batch.records else ()


def _table(export: Exported, items: Sequence[str], told: Callable[[int], None]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _cells([[harmless(name) for name in _head(export, items)]])
    rows = 0
    for found in export.slices():
        yield _cells([_flat(export, record, outcome, items) for record, outcome in found])
        rows += len(found)
        told(rows)


def _flat(export: Exported, record: Mapping[str, Any], outcome: Outcome, items: Sequence[str]) -> list[Any]:
    said, item = {**record, **outcome.texts}, record["item"]
    each: list[Any] = []
    for unit in export.units:
        found = record["units"].get(unit)
        each += [found["value"], found["probability"]] if found else ["", ""]
    own = [
        export.batch.code,
        export.batch.title,
        *[said[name] for name in (*PLAIN, *_of_record(export))],
        *each,
        *outcome.cells,
    ]
    return [harmless(in_a_cell(cell)) for cell in (*own, *[item.get(name) for name in items])]


def _cells(rows: Sequence[Sequence[Any]]) -> bytes:
    page = io.StringIO()
    csv.writer(page, lineterminator="\r\n").writerows(rows)
    return page.getvalue().encode()
