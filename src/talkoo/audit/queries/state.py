"""How the log is doing: how many wait, how far the checkpoints are, and whether the past is still the one that was signed."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from talkoo.audit.faults import LogFault
from talkoo.audit.models import Leaf, SignedCheckpoint, Stream
from talkoo.audit.queries import tree
from talkoo.engines.ledger import Checkpoint

COUNTED = 1_000  # events that wait are counted so far: a page must not read a long inbox
STATE = """
SELECT (SELECT coalesce(max(position) + 1, 0) FROM audit_leaf),
       (SELECT count(*) FROM (SELECT FROM audit_inbox LIMIT %s) few),
       (SELECT e.at FROM audit_inbox i JOIN audit_event e ON e.id = i.event_id ORDER BY i.event_id LIMIT 1)
"""


@dataclass(frozen=True)
class LogState:
    """`size` entries have a number, `waiting` have none (counted up to COUNTED; `many` where there are more), the oldest of
    them since `since`; `signed` is the last checkpoint."""

    size: int
    waiting: int
    since: datetime | None
    signed: SignedCheckpoint | None

    @property
    def many(self) -> bool:
        return self.waiting >= COUNTED

    @property
    def unsigned(self) -> int:
        """How many entries no checkpoint covers yet."""
        return self.size - (self.signed.size if self.signed else 0)


def log_state() -> LogState:
    """Two queries."""
    last = SignedCheckpoint.objects.order_by("-id").first()
    with connection.cursor() as cursor:
        cursor.execute(STATE, [COUNTED])
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


def check_outside(origin: str, outside: Checkpoint | None) -> None:
    """Raise LogFault where the database knows of a longer checkpoint of this log than lies outside: an emptied folder is
    no fresh start, but a past that nobody could hold against a new one. One query."""
    inside = SignedCheckpoint.objects.filter(origin=origin).order_by("-size").first()
    if inside is None or (outside and outside.origin == origin and outside.size >= inside.size):
        return
    there = f"the newest there covers {outside.size}" if outside and outside.origin == origin else "none is there"
    raise LogFault(
        f"Checkpoints are missing from TALKOO_AUDIT_CHECKPOINTS: {inside.size} entries were signed, {there}.",
        "Put the folder back, from the object store or a copy of it; witnesses have the newest by mail."
        " Where it is lost for good, begin a log of another name: talkoo audit key --renew --name NAME",
    )


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
