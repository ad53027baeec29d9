"""The standing answers of a few tasks, for showing: what was said, for which organisation, never by whom."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.models import Batch, Task
from talkoo.microtasks.queries.crowd import FEWEST, Crowd
from talkoo.microtasks.task_types import task_type

STORY = 200  # characters of an answer in the story of a result
LABEL = 60  # characters of an answer that stands beside a count

SAID = """
SELECT a.task_id, n.id, a.organisation_id, n.value, n.cannot, n.note, n.at, a.state = 'surplus', n.version, r.counts,
       n.instruction
FROM microtasks_assignment a
JOIN microtasks_answer n ON n.id = a.answer_id
LEFT JOIN microtasks_reliability r ON r.batch_id = a.batch_id AND r.person_id = a.person_id
WHERE a.task_id = ANY(%s) ORDER BY n.at, n.id
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One standing answer. `counts` are the soft counts of whoever gave it: for combining, never for showing."""

    id: int
    organisation_id: int | None
    value: Any
    cannot: str
    note: str
    at: datetime
    surplus: bool
    version: int
    counts: list[list[float]] | None
    instruction: int = 1


def read_json(raw: Any) -> Any:
    """A JSON column of a hand-written statement, which the driver hands over as text."""
    return json.loads(raw) if isinstance(raw, str) else raw


def said_by_task(tasks: Sequence[int]) -> dict[int, list[Said]]:
    """The standing answers of these tasks, surplus ones too, oldest first. One query."""
    found: dict[int, list[Said]] = {task: [] for task in tasks}
    if not found:
        return found
    with connection.cursor() as cursor:
        cursor.execute(SAID, [list(tasks)])
        for task, key, organisation, value, cannot, note, at, surplus, version, counts, words in cursor.fetchall():
            found[task].append(
                Said(key, organisation, read_json(value), cannot, note, at, surplus, version, read_json(counts), words)
            )
    return found


def answer_words(batch: Batch, said: Said) -> str:
    """An answer as people read it."""
    if said.value is None:
        return _("Cannot answer")
    return in_short(task_type(batch.task_type).words(batch.config, said.value))


def in_short(words: str) -> str:
    """A long text as far as a line of a list can hold it."""
    return Truncator(words).chars(STORY, truncate="…")


def beside_a_count(label: str) -> str:
    """A label that begins with a digit would run into the count before it: “2 3” becomes “2 × 3”."""
    return f"× {label}" if label[:1].isdigit() else label


def labels_of(batch: Batch, said: Said) -> list[str]:
    """The single labels of an answer as they stand beside a count: one, or each that was chosen of several."""
    if said.value is None:
        return [_("cannot answer")]
    labels = task_type(batch.task_type).labelled(batch.config, said.value)
    return [beside_a_count(Truncator(label).chars(LABEL, truncate="…")) for label in labels]


@dataclass(frozen=True, slots=True)
class Place:
    """How the people of one organisation answered: counts by answer, most frequent first."""

    name: str
    counts: Sequence[tuple[str, int]]


def by_organisation(batch: Batch, answers: Sequence[Said], crowd: Crowd) -> list[Place]:
    """Answers as counts by organisation; those too small to be named are counted together, at the end."""
    counted: dict[str, Counter[str]] = {}
    for said in answers:
        counted.setdefault(crowd.name(said.organisation_id), Counter()).update(labels_of(batch, said))
    others = crowd.name(None)
    names = sorted(counted, key=lambda name: (name == others, name))
    return [Place(name, counted[name].most_common()) for name in names]


def everybody(batch: Batch, answers: Sequence[Said]) -> list[Place]:
    """The same without organisations, and only from five answers on: how an organisation does on known answers is
    nobody's business."""
    if len(answers) < FEWEST:
        return []
    return [Place(_("Everybody"), Counter(label for said in answers for label in labels_of(batch, said)).most_common())]


def split(task: Task, answers: Sequence[Said]) -> list[tuple[str, int]]:
    """How the answers of a task split, most frequent first: on the least certain unit where there are several."""
    batch, aggregation = task.batch, task_type(task.batch.task_type).aggregation
    unit = least_sure_unit(task)
    if unit is None or not isinstance(aggregation, Classes):
        return Counter(label for said in answers for label in labels_of(batch, said)).most_common()
    sides: Counter[str] = Counter()
    for said in answers:
        chosen = said.value is not None and aggregation.encode(batch.config, said.value)[unit]
        sides[_("cannot answer") if said.value is None else _("yes") if chosen else _("no")] += 1
    return sides.most_common()


def least_sure_unit(task: Task) -> int | None:
    """Of an answer with several units, the one whose estimate is nearest to chance; None where there is one unit."""
    if not isinstance(task.estimate, list) or len(task.estimate) < 2:
        return None
    return min(range(len(task.estimate)), key=lambda unit: max(task.estimate[unit]))
