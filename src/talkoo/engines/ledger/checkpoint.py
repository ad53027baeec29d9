"""Checkpoints (C2SP tlog-checkpoint): a log says how long it is and what its root is. What is signed cannot be unsaid.

Lines: the origin, that is which log; the number of entries; the root in base64. A fourth line, an extension, is ours and
tells when, so that a signature also dates what it covers.
"""

import base64
from dataclasses import dataclass

from talkoo.engines.ledger.note import BadNote, from_base64

AT = "at "


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log of `size` entries with `root` (32 bytes); `at` is when it was signed, as 2026-11-28T09:00:00Z."""

    origin: str
    size: int
    root: bytes
    at: str = ""

    def text(self) -> str:
        """What is signed."""
        when = f"{AT}{self.at}\n" if self.at else ""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n{when}"


def read_checkpoint(text: str) -> Checkpoint:
    """The text of a signed note as a checkpoint; extensions of others are passed over. Raises BadNote."""
    origin, size, encoded, *more = [*text.split("\n"), "", ""]
    try:
        root = from_base64(encoded)
    except ValueError:
        raise BadNote("it is no checkpoint: the root cannot be read") from None
    at = next((line.removeprefix(AT) for line in more if line.startswith(AT)), "")
    plain = size.isascii() and size.isdigit() and str(int(size)) == size
    if not origin or not plain or len(root) != 32:
        raise BadNote("it is no checkpoint: origin, size or root is missing")
    return Checkpoint(origin, int(size), root, at)
