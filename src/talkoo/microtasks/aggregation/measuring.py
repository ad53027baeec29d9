"""Answers to items with a known answer, put among the others when a batch is fitted: what they come to tells how far to
trust what the others come to.

Everybody may answer such an item, so it has many more answers than an ordinary one and would look far surer. It enters
in parties, each of as many people as usually answer an item, as if each party had met an item of its own. The fit does
not learn what is right there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median_low

from talkoo.microtasks.aggregation.outcome import Control, Row


@dataclass(frozen=True, slots=True)
class Parties:
    """Rows of parties, each under a task of its own below 0, in order; for each its item and what is known there."""

    rows: Sequence[Row] = ()
    items: Sequence[int] = ()
    known: Sequence[object] = ()

    def __len__(self) -> int:
        return len(self.items)


def parties(rows: Sequence[Row], controls: Sequence[Control]) -> Parties:
    """`controls` in the order of items. An item with fewer answers than usual is one party; a rest is left out."""
    if not controls:
        return Parties()
    each = usual(rows)
    made: list[Row] = []
    items: list[int] = []
    known: list[object] = []
    for start, end in _spans(controls):
        for at in range(start, end, each):
            party = controls[at : min(at + each, end)]
            if len(party) < each and at > start:
                continue
            items.append(party[0].item)
            known.append(party[0].known)
            made.extend(Row(-len(items), one.person, one.value, 0) for one in party)
    return Parties(made, items, known)


def usual(rows: Sequence[Row]) -> int:
    """How many people usually answer an item: the median."""
    counts: dict[int, int] = {}
    for row in rows:
        counts[row.task] = counts.get(row.task, 0) + 1
    return median_low(counts.values())


def _spans(controls: Sequence[Control]) -> list[tuple[int, int]]:
    """From where to where the answers of each item go."""
    starts = [at for at, one in enumerate(controls) if not at or controls[at - 1].item != one.item]
    return list(zip(starts, [*starts[1:], len(controls)], strict=True))
