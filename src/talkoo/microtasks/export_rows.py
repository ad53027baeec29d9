"""The rows of an export, read in slices along the index (batch, number): each slice one short statement.

No transaction and no cursor stays open while somebody downloads slowly, and memory is that of one slice whatever the size
of the batch. A slice comes as one JSON text, which is read four times as fast as rows of columns; and what follows from
the answers alone is worked out once for all items that were answered alike.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any

import numpy as np
from django.db import connection
from django.utils import timezone

from talkoo.engines.consensus import published
from talkoo.lib.formats import Reader, reading
from talkoo.lib.tables import OBJECT
from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.models import Batch, Model
from talkoo.microtasks.queries.crowd import Crowd, crowd
from talkoo.microtasks.queries.pictures import readable
from talkoo.microtasks.task_types import TaskType, task_type

SLICE = 1000
CANNOT = "cannot answer"
SAME_FOR_ALL = Reader("en")
OF_RECORD = ("record", "record_name", "piece", "piece_of")  # what ties pieces together, for who may export
KEPT = 10_000  # outcomes that are kept at a time
ENCODE = json.JSONEncoder(ensure_ascii=False).encode

ROWS = """
SELECT coalesce(json_agg(json_build_array(
    x.number, x.name, x."group", x.payload, x.state, x.done, x.surplus, x.estimate, x.value, x.probability, x.low, x.high,
    x.spread, x.method, x.method_version, x.reason, x.version, x.closed_at, x.at, x.answer_ids, x.reviewed, x.note, x.said,
    x.piece
)), '[]')::text
FROM (
    SELECT t.number, t.name, t."group", t.payload, t.state, t.done, t.surplus, t.estimate,
           r.value::text, r.probability, r.low, r.high, r.spread::text, r.method, r.method_version,
           coalesce(c.reason, r.reason) AS reason, r.version, coalesce(c.at, r.at) AS closed_at, r.at, r.answer_ids,
           r.decided_by_id IS NOT NULL AS reviewed, r.note,
           (SELECT json_agg(json_build_array(s.organisation_id, s.value, s.counted, s.n, s.instruction))::text FROM (
                SELECT a.organisation_id, n.value, NOT n.surplus AS counted, count(*) AS n, n.instruction
                FROM microtasks_assignment a JOIN microtasks_answer n ON n.id = a.answer_id
                WHERE a.task_id = t.id GROUP BY 1, 2, 3, 5) s) AS said,
           NULL::json AS piece
    FROM microtasks_task t
    LEFT JOIN microtasks_result r ON r.id = t.result_id AND t.state = 'closed'
    LEFT JOIN LATERAL (SELECT x.reason, x.at FROM microtasks_result x WHERE r.version > 1 AND x.task_id = t.id
                       ORDER BY x.reason = 'refit', x.version DESC LIMIT 1) c ON true
    WHERE t.batch_id = %s AND t.number > %s AND t.state <> 'control' ORDER BY t.number LIMIT %s
) x
"""
PIECE = "(SELECT json_build_array(k.record, k.name, k.part, k.label) FROM microtasks_piece k WHERE k.task_id = t.id) AS piece"
OF_PIECES = ROWS.replace("NULL::json AS piece", PIECE)
Said = Sequence[tuple[int | None, Any, bool, int, int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What items come to that were answered alike. `texts` are the parts that a table shows in words."""

    value: Any
    spread: Any
    dissent: int
    by_organisation: dict[str, dict[str, int]]
    instructions: list[int]
    texts: dict[str, Any]
    cells: list[Any]


class Exported:
    """One export: the batch, what may be named, and its records, slice by slice."""

    def __init__(self, batch: Batch, by: str) -> None:
        self.batch, self.by, self.at = batch, by, timezone.now()
        self.declared: TaskType = task_type(batch.task_type)
        self.units = several_units(self.declared, batch)
        self.crowd: Crowd = crowd(batch)
        self.zone = timezone.get_current_timezone()
        self.others = self.crowd.name(None)
        self.outcomes: dict[tuple[str | None, ...], Outcome] = {}
        model = Model.objects.filter(batch=batch).first()
        self.model = f"{model.method} {model.version}, {model.fitted.isoformat()}" if model and model.method else ""

    def slices(self) -> Iterator[list[tuple[dict[str, Any], Outcome]]]:
        """Each item as its record and what it came to."""
        last = -1
        while True:
            with connection.cursor() as cursor:
                cursor.execute(OF_PIECES if self.batch.records else ROWS, [self.batch.pk, last, SLICE])
                (text,) = cursor.fetchone()
            rows, pictured = json.loads(text), OBJECT in text
            if not rows:
                return
            yield [self._record(row, pictured) for row in rows]
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

    def _record(self, row: Sequence[Any], pictured: bool) -> tuple[dict[str, Any], Outcome]:
        (number, name, group, item, state, done, surplus, estimate, value, probability, low, high, spread, method,
         method_version, reason, version, closed_at, at, answer_ids, reviewed, note, said, piece) = row  # fmt: skip
        if pictured:
            item = {name: readable(text) for name, text in item.items()}
        outcome = self.outcomes.get((value, spread, said)) or self._outcome(value, spread, said)
        settled = version is not None
        combined = iso(at, self.zone)
        units = self._units(outcome.value, estimate, done, probability) if settled and self.units else {}
        return {
            "number": number, "name": name, "group": group, "item": item, "state": state, "value": outcome.value,
            "units": units, "probability": probability, "low": low, "high": high, "spread": outcome.spread,
            "method": method or "", "method_version": method_version or "", "reason": reason or "", "version": version,
            "closed_at": combined if closed_at == at else iso(closed_at, self.zone), "combined_at": combined,
            "answers": done, "surplus": surplus, "dissent": outcome.dissent if settled else None,
            "answer_ids": answer_ids or [], "by_organisation": outcome.by_organisation,
            "instructions": outcome.instructions,
            "reviewed": reviewed if settled else None, "review_note": note or "", "model": self.model,
            **(dict(zip(OF_RECORD, piece, strict=True)) if piece else {}),
        }, outcome  # fmt: skip

    def _outcome(self, value: str | None, spread: str | None, said: str | None) -> Outcome:
        """From the JSON of a result and of what was said; kept for the next item that was answered alike."""
        found, width, answers = (json.loads(text) if text else None for text in (value, spread, said))
        counted = self._by_organisation(answers or ())
        outcome = Outcome(
            found, width, self._dissent(found, answers or ()), counted,
            sorted({instruction for *_said, instruction in answers or ()}),
            {"value": in_a_cell(found), "by_organisation": ENCODE(counted)},
            [in_a_cell(cell) for cell in self.declared.cells(self.batch.config, found, width).values()],
        )  # fmt: skip
        if len(self.outcomes) >= KEPT:
            self.outcomes.clear()
        self.outcomes[value, spread, said] = outcome
        return outcome

    def _units(
        self, value: Any, estimate: Sequence[Any], done: int, probability: float | None
    ) -> dict[str, dict[str, Any]]:
        """Of a multiple choice: for every label whether it is in the result, and how probable that is."""
        names = self.units
        if len(estimate) != len(names):
            return {}
        shown = published(np.array(estimate), np.full(len(names), done))
        chosen = set(value or [])
        sure = {name: round(float(shown[i][int(name in chosen)]), 4) for i, name in enumerate(names)}
        certain = probability is None
        return {name: {"value": name in chosen, "probability": None if certain else sure[name]} for name in names}

    def _dissent(self, value: Any, answers: Said) -> int:
        """How many counting answers say something else than the result, by the type's own measure of the same."""
        if value is None:
            return 0
        same, config = self.declared.same, self.batch.config
        spoken = ((answer, n) for _org, answer, counts, n, _instruction in answers if counts and answer is not None)
        return sum(n for answer, n in spoken if not same(config, answer, value))

    def _by_organisation(self, answers: Said) -> dict[str, dict[str, int]]:
        counted: dict[str, Counter[str]] = {}
        for organisation, answer, _counted, n, _instruction in answers:
            labels = dict.fromkeys(map(str, self._labels(answer)), n)
            counted.setdefault(self.crowd.named.get(organisation or 0, self.others), Counter()).update(labels)
        return {name: dict(sorted(labels.items())) for name, labels in sorted(counted.items())}

    def _labels(self, answer: Any) -> Sequence[str]:
        """Classes by their codes, which no language changes; all else in words, with numbers alike whoever exports."""
        if answer is None:
            return [CANNOT]
        if not isinstance(self.declared.aggregation, Classes):
            with reading(SAME_FOR_ALL):
                return self.declared.labelled(self.batch.config, answer)
        return answer if isinstance(answer, list) else [str(answer)]


def several_units(declared: TaskType, batch: Batch) -> Sequence[str]:
    """The units of an answer that has several; of any other kind none."""
    aggregation = declared.aggregation
    units = aggregation.units(batch.config) if isinstance(aggregation, Classes) else ()
    return units if len(units) > 1 else ()


def iso(at: str | None, zone: tzinfo) -> str:
    """A moment as the database writes it in JSON, in another zone."""
    return datetime.fromisoformat(at).astimezone(zone).isoformat() if at else ""


def in_a_cell(value: Any) -> Any:
    """A value of JSON as one cell of a table."""
    kind = type(value)
    if kind is str or kind is int or kind is float:
        return value
    if value is None:
        return ""
    if kind is bool:
        return "yes" if value else "no"
    if kind is list:
        return "; ".join(": ".join(map(str, part)) if isinstance(part, list) else str(part) for part in value)
    return ENCODE(value)
