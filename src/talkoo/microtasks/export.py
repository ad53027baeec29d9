"""A copy of all results with their provenance, as rows that never stand in memory together.

Read in slices along the index (batch, number), each slice one short statement: no transaction and no cursor stays open
while somebody downloads slowly, and memory is that of one slice whatever the size of the batch.

A cell of the CSV that a spreadsheet would run as a formula (it begins with = + - @, a tab or a line end) gets an
apostrophe in front; JSON Lines carries every text as it is.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection
from django.http import StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.engines.consensus import published
from talkoo.lib.cells import harmless
from talkoo.lib.errors import Missing
from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.export_package import package
from talkoo.microtasks.models import Batch, Model
from talkoo.microtasks.queries.crowd import Crowd, crowd
from talkoo.microtasks.queries.instructions import wordings
from talkoo.microtasks.queries.pictures import readable
from talkoo.microtasks.queries.results import counted
from talkoo.microtasks.queries.said import read_json
from talkoo.microtasks.task_types import TaskType, task_type

SLICE = 500
FORMS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson; charset=utf-8", "zip": "application/zip"}
CANNOT = "cannot answer"

ROWS = """
SELECT t.number, t.name, t."group", t.payload, t.state, t.done, t.surplus, t.estimate,
       r.value, r.probability, r.low, r.high, r.spread, r.method, r.method_version, c.reason, r.version, c.at, r.at, r.answer_ids,
       r.decided_by_id IS NOT NULL, r.note,
       (SELECT jsonb_agg(jsonb_build_array(s.organisation_id, s.value, s.counted, s.n)) FROM (
            SELECT a.organisation_id, n.value, NOT n.surplus AS counted, count(*) AS n
            FROM microtasks_assignment a JOIN microtasks_answer n ON n.id = a.answer_id
            WHERE a.task_id = t.id GROUP BY 1, 2, 3) s),
       (SELECT array_agg(DISTINCT n.instruction) FROM microtasks_assignment a JOIN microtasks_answer n ON n.id = a.answer_id
        WHERE a.task_id = t.id)
FROM microtasks_task t
LEFT JOIN microtasks_result r ON r.id = t.result_id AND t.state = 'closed'
LEFT JOIN LATERAL (SELECT x.reason, x.at FROM microtasks_result x WHERE r.id IS NOT NULL AND x.task_id = t.id
                   ORDER BY x.reason = 'refit', x.version DESC LIMIT 1) c ON true
WHERE t.batch_id = %s AND t.number > %s ORDER BY t.number LIMIT %s
"""


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
    return write(Exported(batch, by), told or (lambda _rows: None))


class Exported:
    """One export: the batch, what may be named, and its records, slice by slice."""

    def __init__(self, batch: Batch, by: str) -> None:
        self.batch, self.by, self.at = batch, by, timezone.now()
        self.declared: TaskType = task_type(batch.task_type)
        self.units = several_units(self.declared, batch)
        self.crowd: Crowd = crowd(batch)
        model = Model.objects.filter(batch=batch).first()
        self.model = f"{model.method} {model.version}, {model.fitted.isoformat()}" if model and model.method else ""

    def slices(self) -> Iterator[list[dict[str, Any]]]:
        last = -1
        while True:
            with connection.cursor() as cursor:
                cursor.execute(ROWS, [self.batch.pk, last, SLICE])
                rows = cursor.fetchall()
            if not rows:
                return
            yield [self._record(row) for row in rows]
            last = rows[-1][0]

    def item_columns(self) -> list[str]:
        """Every column that any item carries, as the file named them."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT DISTINCT jsonb_object_keys(payload) FROM microtasks_task WHERE batch_id = %s", [self.batch.pk]
            )
            found = [name for (name,) in cursor.fetchall()]
        first = [column.code for column in self.declared.columns]
        return sorted(found, key=lambda name: (first.index(name) if name in first else len(first), name))

    def _record(self, row: Sequence[Any]) -> dict[str, Any]:
        (number, name, group, payload, state, done, surplus, estimate, value, probability, low, high, spread, method,
         method_version, reason, version, closed_at, at, answer_ids, reviewed, note, said, versions) = row  # fmt: skip
        value, spread, answers = read_json(value), read_json(spread), read_json(said) or []
        settled = version is not None
        return {
            "number": number, "name": name, "group": group, "item": {name: readable(text) for name, text in read_json(payload).items()}, "state": state, "value": value,
            "units": self._units(value, read_json(estimate), done, certain=probability is None) if settled else {},
            "probability": probability, "low": low, "high": high, "spread": spread, "method": method or "",
            "method_version": method_version or "", "reason": reason or "", "version": version,
            "closed_at": _iso(closed_at), "combined_at": _iso(at), "answers": done, "surplus": surplus,
            "dissent": self._dissent(value, answers) if settled else None,
            "answer_ids": list(answer_ids or []), "by_organisation": self._by_organisation(answers),
            "instructions": sorted(versions or []),
            "reviewed": bool(reviewed) if settled else None, "review_note": note or "", "model": self.model,
        }  # fmt: skip

    def _units(self, value: Any, estimate: Sequence[Any], done: int, *, certain: bool) -> dict[str, dict[str, Any]]:
        """Of a multiple choice: for every label whether it is in the result, and how probable that is."""
        names = self.units
        if not names or len(estimate) != len(names):
            return {}
        shown = published(np.array(estimate), np.full(len(names), done))
        chosen = set(value or [])
        sure = {name: round(float(shown[i][int(name in chosen)]), 4) for i, name in enumerate(names)}
        return {name: {"value": name in chosen, "probability": None if certain else sure[name]} for name in names}

    def _dissent(self, value: Any, answers: Sequence[tuple[int | None, Any, bool, int]]) -> int:
        """How many counting answers say something else than the result, by the type's own measure of the same."""
        same, config = self.declared.same, self.batch.config
        spoken = ((answer, n) for _org, answer, counts, n in answers if counts and answer is not None)
        return sum(n for answer, n in spoken if not same(config, answer, value))

    def _by_organisation(self, answers: Sequence[tuple[int | None, Any, bool, int]]) -> dict[str, dict[str, int]]:
        counted: dict[str, Counter[str]] = {}
        for organisation, answer, _counted, n in answers:
            labels = self._labels(answer)
            counted.setdefault(self.crowd.name(organisation), Counter()).update(dict.fromkeys(map(str, labels), n))
        return {name: dict(sorted(labels.items())) for name, labels in sorted(counted.items())}

    def _labels(self, answer: Any) -> Sequence[str]:
        """Classes by their codes, which no language changes; everything else in words."""
        if answer is None:
            return [CANNOT]
        if not isinstance(self.declared.aggregation, Classes):
            return self.declared.labelled(self.batch.config, answer)
        return answer if isinstance(answer, list) else [str(answer)]


def several_units(declared: TaskType, batch: Batch) -> Sequence[str]:
    """The units of an answer that has several; of any other kind none."""
    aggregation = declared.aggregation
    units = aggregation.units(batch.config) if isinstance(aggregation, Classes) else ()
    return units if len(units) > 1 else ()


def _iso(at: datetime | None) -> str:
    return timezone.localtime(at).isoformat() if at else ""


def about(export: Exported) -> dict[str, Any]:
    """The first line of the JSON Lines form: what this is, and the settings the results came from."""
    batch = export.batch
    return {
        "talkoo": "results", "format": 1, "batch": batch.code, "title": batch.title,
        "organisation": batch.organisation.name, "sensitivity": batch.get_sensitivity_display(), "state": batch.state,
        "task_type": batch.task_type, "question": batch.question, "help": batch.help, "config": batch.config,
        "adaptive": batch.adaptive, "least": batch.least, "most": batch.most, "sure": batch.sure,
        "counts": asdict(counted(batch).counts), "people": export.crowd.people,
        "organisations": export.crowd.organisations, "model": export.model, "exported_at": _iso(export.at),
        "exported_by": export.by, "instructions": wordings(batch),
    }  # fmt: skip


def _jsonl(export: Exported, told: Callable[[int], None]) -> Iterator[bytes]:
    yield _line(about(export))
    rows = 0
    for records in export.slices():
        yield b"".join(_line(record) for record in records)
        rows += len(records)
        told(rows)


def _line(record: Mapping[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


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
    return ["batch", "batch_title", *PLAIN, *each, *(f"item: {name}" for name in items)]


def _table(export: Exported, items: Sequence[str], told: Callable[[int], None]) -> Iterator[bytes]:
    yield b"\xef\xbb\xbf" + _cells([_head(export, items)])
    rows = 0
    for records in export.slices():
        yield _cells([_flat(export, record, items) for record in records])
        rows += len(records)
        told(rows)


def _flat(export: Exported, record: Mapping[str, Any], items: Sequence[str]) -> list[Any]:
    batch, plain = export.batch, [_plain(record[name]) for name in PLAIN]
    each: list[Any] = []
    for unit in export.units:
        found = record["units"].get(unit)
        each += [_plain(found["value"]), _plain(found["probability"])] if found else ["", ""]
    each += map(_plain, export.declared.cells(batch.config, record["value"], record["spread"]).values())
    return [batch.code, batch.title, *plain, *each, *(_plain(record["item"].get(name)) for name in items)]


def _plain(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(": ".join(map(str, part)) if isinstance(part, list) else str(part) for part in value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else value


def _cells(rows: Sequence[Sequence[Any]]) -> bytes:
    page = io.StringIO()
    csv.writer(page, lineterminator="\r\n").writerows([[harmless(cell) for cell in row] for row in rows])
    return page.getvalue().encode()
