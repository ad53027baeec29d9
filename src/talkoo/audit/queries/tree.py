"""The tree as it is kept: its size, the hashes in it, roots and proofs."""

from collections.abc import Iterable, Sequence

from django.db import connection

from talkoo.audit.models import Leaf
from talkoo.engines.ledger import (
    Run,
    Span,
    consistency_path,
    inclusion_path,
    resolved,
    runs_needed,
)

HASHES = """
SELECT run.level, kept.position, kept.hash
FROM unnest(%s::smallint[], %s::bigint[], %s::bigint[]) AS run (level, first, last)
CROSS JOIN LATERAL (
    SELECT position, hash FROM audit_leaf WHERE run.level = 0 AND position >= run.first AND position < run.last
    UNION ALL
    SELECT position, hash FROM audit_tile t WHERE t.level = run.level AND position >= run.first AND position < run.last
) kept
"""


def size() -> int:
    """How many events have a number."""
    last = Leaf.objects.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


def hashes(runs: Iterable[Run]) -> dict[tuple[int, int], bytes]:
    """What is kept in these runs, by (level, position). One query."""
    wanted = [list(column) for column in zip(*runs, strict=True)] or [[], [], []]
    with connection.cursor() as cursor:
        cursor.execute(HASHES, wanted)
        return {(level, position): bytes(value) for level, position, value in cursor.fetchall()}


def root_at(number: int) -> bytes:
    """The root of the tree of the first `number` events. One query. Raises KeyError where the tree is shorter."""
    return _resolved([Span(0, number)])[0]


def inclusion_proof(position: int, number: int) -> list[bytes]:
    """That the event `position` is in the tree of the first `number`. One query."""
    return _resolved(inclusion_path(position, number))


def consistency_proof(old: int, new: int) -> list[bytes]:
    """That the tree of `new` events begins with the one of `old`. One query."""
    return _resolved(consistency_path(old, new))


def _resolved(spans: Sequence[Span]) -> list[bytes]:
    return resolved(spans, hashes(runs_needed(spans)))
