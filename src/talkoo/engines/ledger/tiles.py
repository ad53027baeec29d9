"""Which hashes of a tree are kept, so that any proof reads some hundreds of them however large the tree is.

Kept are the leaves and, above them, every eighth level: the root of each full group of 256, of 65,536, and so on, as in
C2SP tlog-tiles. It costs 0.4 % more than the leaves alone. Any other hash comes from at most 128 of these.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from talkoo.engines.ledger.tree import Span, joined, root_of

HEIGHT = 8
WIDTH = 1 << HEIGHT


class Node(NamedTuple):
    """A perfect subtree: 2 ** `level` leaves, the first of them `position` * 2 ** `level`."""

    level: int
    position: int


class Run(NamedTuple):
    """Hashes kept side by side on one level, from `first` up to, not including, `end`."""

    level: int
    first: int
    end: int


Kept = Mapping[tuple[int, int], bytes]


def peaks(span: Span) -> list[Node]:
    """The perfect subtrees that a span of a tree is joined from, the largest first."""
    found, start = list[Node](), span.start
    while start < span.end:
        level = (span.end - start).bit_length() - 1
        found.append(Node(level, start >> level))
        start += 1 << level
    return found


def _run(node: Node) -> Run:
    kept = node.level - node.level % HEIGHT
    width = node.level - kept
    return Run(kept, node.position << width, (node.position + 1) << width)


def runs_needed(spans: Iterable[Span]) -> list[Run]:
    """What must be read to resolve these spans: a few runs on each kept level."""
    return sorted({_run(node) for span in spans for node in peaks(span)})


def resolved(spans: Iterable[Span], kept: Kept) -> list[bytes]:
    """The root of each span from the hashes that are kept, by (level, position). Raises KeyError where one is missing."""
    return [joined([_hash(node, kept) for node in peaks(span)]) for span in spans]


def _hash(node: Node, kept: Kept) -> bytes:
    run = _run(node)
    return root_of([kept[run.level, position] for position in range(run.first, run.end)])


def new_tiles(size: int, leaves: Sequence[bytes], kept: Kept) -> Iterator[tuple[Node, bytes]]:
    """What is to be kept above these leaves when they are added to a tree of `size`.

    `kept` holds what is there at the right edge: on every kept level the hashes of the group that is not full yet, which
    is what `runs_needed` names for the spans of `edge(size)`.
    """
    row, first, level = list(leaves), size, 0
    while row:
        begun = first % WIDTH
        whole = [kept[level, position] for position in range(first - begun, first)] + row
        groups = [whole[at : at + WIDTH] for at in range(0, len(whole) - WIDTH + 1, WIDTH)]
        row, first, level = [root_of(group) for group in groups], first >> HEIGHT, level + HEIGHT
        for offset, value in enumerate(row):
            yield Node(level, first + offset), value


def edge(size: int) -> list[Run]:
    """The runs at the right edge of a tree: from them come its root and everything that is to be kept next."""
    found, level = list[Run](), 0
    while size >> level:
        end = size >> level
        if end % WIDTH:
            found.append(Run(level, end - end % WIDTH, end))
        level += HEIGHT
    return found
