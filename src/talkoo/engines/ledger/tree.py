"""The hashes of RFC 6962 section 2.1, and a tree that is extended while only O(log n) hashes of it are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

EMPTY = sha256(b"").digest()


class Span(NamedTuple):
    """The leaves from `start` up to, not including, `end`: a subtree of the recursion in RFC 6962."""

    start: int
    end: int


def leaf_hash(data: bytes) -> bytes:
    """What stands for an entry: 32 bytes. The zero in front keeps a leaf from passing for a node."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, level by level; for an empty tree the hash of nothing."""
    level = list(leaves)
    while len(level) > 1:
        pairs = [node_hash(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0] if level else EMPTY


@dataclass(frozen=True, slots=True)
class Frontier:
    """A tree of `size` leaves as the roots of its perfect subtrees, the largest first: one for each set bit of `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"a tree of {self.size} leaves has another number of peaks than {len(self.peaks)}")

    def extended(self, leaves: Iterable[bytes]) -> "Frontier":
        """The tree with these leaf hashes after its own; O(1) hashes a leaf on average."""
        size, peaks = self.size, list(self.peaks)
        for leaf in leaves:
            top, carry = leaf, size
            while carry & 1:
                top, carry = node_hash(peaks.pop(), top), carry >> 1
            peaks.append(top)
            size += 1
        return Frontier(size, tuple(peaks))

    @property
    def root(self) -> bytes:
        return joined(self.peaks)


def joined(peaks: Sequence[bytes]) -> bytes:
    """The root over the roots of perfect subtrees, the largest first."""
    if not peaks:
        return EMPTY
    top = peaks[-1]
    for peak in reversed(peaks[:-1]):
        top = node_hash(peak, top)
    return top
