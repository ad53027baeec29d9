"""What somebody takes along to prove something of the log elsewhere; `verify.py` reads it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from talkoo.audit.exporting import line_of
from talkoo.audit.keys import known_keys
from talkoo.audit.models import Leaf, SignedCheckpoint
from talkoo.audit.queries import tree
from talkoo.engines.ledger import BadNote, Checkpoint, opened, read_checkpoint


@dataclass(frozen=True)
class Comparison:
    """A checkpoint that somebody kept, held against the log of today. `same`: the log still begins with it."""

    kept: Checkpoint
    size: int
    same: bool
    proof: dict[str, Any] | None = None

    @property
    def when(self) -> datetime | None:
        """When it was signed, as it says itself."""
        try:
            return datetime.fromisoformat(self.kept.at)
        except ValueError:
            return None

    @property
    def missing(self) -> int:
        """How many of the entries that were signed are not there any more."""
        return max(0, self.kept.size - self.size)


def entry_proof(position: int) -> dict[str, Any] | None:
    """That the entry is in what was signed last; None while no checkpoint covers it."""
    point = SignedCheckpoint.objects.order_by("-id").first()
    leaf = Leaf.objects.filter(position=position).select_related("event").first()
    if leaf is None or point is None or point.size <= position:
        return None
    said = line_of(leaf)
    proof = [each.hex() for each in tree.inclusion_proof(position, point.size)]
    return {
        "index": said["n"], "entry": said["entry"], "salt": said["salt"], "payload": said["payload"], "proof": proof,
        "checkpoint": point.note, "key": _key_of(point.origin),
    }  # fmt: skip


def compared(note: str) -> Comparison:
    """Hold a signed checkpoint against the log. Raises BadNote where it is none of this log."""
    kept = read_checkpoint(opened(note, known_keys()))
    size = tree.size()
    if kept.size > size or (kept.size and tree.root_at(kept.size) != kept.root):
        return Comparison(kept, size, same=False)
    last = SignedCheckpoint.objects.filter(origin=kept.origin).order_by("-id").first()
    if last is None or not 0 < kept.size <= last.size:
        return Comparison(kept, size, same=True)
    proof = [each.hex() for each in tree.consistency_proof(kept.size, last.size)]
    taken = {"earlier": note, "checkpoint": last.note, "proof": proof, "key": _key_of(kept.origin)}
    return Comparison(kept, size, same=True, proof=taken)


def _key_of(origin: str) -> str:
    return str(next((key for key in reversed(known_keys()) if key.name == origin), ""))


__all__ = ["BadNote", "Comparison", "compared", "entry_proof"]
