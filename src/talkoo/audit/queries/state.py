"""How the log is doing: how many wait, how far the checkpoints are, and whether the past is still the one that was signed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from talkoo.audit.faults import LogFault
from talkoo.audit.models import Leaf, SignedCheckpoint, Stream
from talkoo.audit.queries import tree
from talkoo.engines.ledger import Checkpoint

STATE = """
SELECT (SELECT coalesce(max(position) + 1, 0) FROM audit_leaf), count(*), min(e.at)
FROM audit_inbox i JOIN audit_event e ON e.id = i.event_id
"""


@dataclass(frozen=True)
class LogState:
    """`size` entries have a number, `waiting` have none, the oldest of them since `since`; `signed` is the last checkpoint."""

    size: int
    waiting: int
    since: datetime | None
    signed: SignedCheckpoint | None

    @property
    def unsigned(self) -> int:
        """How many entries no checkpoint covers yet."""
        return self.size - (self.signed.size if self.signed else 0)


def log_state() -> LogState:
    """Two queries."""
    last = SignedCheckpoint.objects.order_by("-id").first()
    with connection.cursor() as cursor:
        cursor.execute(STATE)
        size, waiting, since = cursor.fetchone()
    return LogState(size, waiting, since, last)


def waiting_for_signature(point: Checkpoint | None) -> datetime | None:
    """Since when the first entry waits that no checkpoint outside covers; None where none does."""
    first = Leaf.objects.filter(position=point.size if point else 0).values_list("event__at", flat=True)
    return first.first()


def unsent(target: str) -> tuple[int, datetime | None]:
    """How many entries a receiver has not got yet, and when the first of them was written."""
    sent = Stream.objects.filter(target=target).values_list("position", flat=True).first() or 0
    first = Leaf.objects.filter(position=sent).values_list("event__at", flat=True)
    return tree.size() - sent, first.first()


def check_same_past(point: Checkpoint, size: int) -> None:
    """Raise LogFault where this tree of `size` entries does not begin with what a checkpoint says."""
    remedy = (
        "Keep the folder of checkpoints as it is, and look into it before anything else: docs/guide/auditor.md says how."
        " After a restore that lost entries on purpose, begin a log of another name: talkoo audit key --renew --name NAME"
    )
    if point.size > size:
        lost = point.size - size
        raise LogFault(f"{lost} entries are missing: {point.size} were signed at {point.at}, {size} are there.", remedy)
    if tree.root_at(point.size) != point.root:
        raise LogFault(f"The first {point.size} entries are not those that were signed at {point.at}.", remedy)
