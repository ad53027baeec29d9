"""Events get their numbers here, and nowhere else: whoever writes one waits for nobody."""

from django.db import connection, transaction

from talkoo.audit.models import Event
from talkoo.audit.queries import tree
from talkoo.engines.ledger import canonical, edge, leaf_hash, new_tiles

PORTION = 5_000
TURN = "SELECT pg_advisory_xact_lock(hashtextextended('talkoo.audit sequencer', 0))"
NUMBER = """
INSERT INTO audit_leaf (position, event_id, hash)
SELECT %s + given.turn - 1, given.event, given.hash
FROM unnest(%s::bigint[], %s::bytea[]) WITH ORDINALITY AS given (event, hash, turn)
"""
KEEP = """
INSERT INTO audit_tile (level, position, hash) SELECT * FROM unnest(%s::smallint[], %s::bigint[], %s::bytea[])
"""


@transaction.atomic
def sequence(*, at_most: int = PORTION) -> int:
    """Number the events that wait, in the order of their ids, and extend the tree; how many.

    One at a time: the turn is held until the transaction ends, so numbers have neither gap nor double. An event whose
    transaction ends late gets a later number than one written after it; its own time is in its entry.
    """
    take_turn()
    waiting = Event.objects.filter(waiting__isnull=False).order_by("waiting__event_id")
    events = list(waiting.defer("payload", "salt")[:at_most])
    if not events:
        return 0
    size = tree.size()
    leaves = [leaf_hash(canonical(event.entry())) for event in events]
    tiles = list(new_tiles(size, leaves, tree.hashes(edge(size))))
    with connection.cursor() as cursor:
        cursor.execute(NUMBER, [size, [event.pk for event in events], leaves])
        if tiles:
            cursor.execute(KEEP, [[t.level for t, _ in tiles], [t.position for t, _ in tiles], [h for _, h in tiles]])
    return len(events)


def sequence_all(*, portions: int = 40) -> int:
    """Number what waits, portion after portion, at most so many: the rest is for the next run."""
    total = 0
    for _ in range(portions):
        done = sequence()
        total += done
        if done < PORTION:
            break
    return total


def take_turn() -> None:
    """Nobody else extends or signs the tree until this transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute(TURN)
