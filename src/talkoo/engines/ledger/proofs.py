"""Proofs that an entry is in a tree, and that a later tree has an earlier one at its beginning (RFC 9162 section 2.1).

A proof is first a path, the spans of leaves whose roots it consists of; so whoever keeps the hashes looks up only those.
"""

from collections.abc import Sequence

from talkoo.engines.ledger.tree import Span, node_hash


def split(size: int) -> int:
    """The largest power of two below `size`: how many leaves stand to the left of the root."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int) -> list[Span]:
    """Whose roots prove that entry `index` is in the tree of `size` entries (RFC 9162, 2.1.3.1). Raises ValueError outside."""
    if not 0 <= index < size:
        raise ValueError(f"entry {index} is not in a tree of {size}")
    path, start, end = list[Span](), 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int) -> list[Span]:
    """Whose roots prove that the tree of `new` entries begins with the one of `old` (RFC 9162, 2.1.4.1)."""
    if not 0 < old <= new:
        raise ValueError(f"there is no such proof from {old} to {new} entries")
    path, start, end, whole = list[Span](), 0, new, True
    while old < end:
        middle = start + split(end - start)
        if old <= middle:
            path.append(Span(middle, end))
            end = middle
        else:
            path.append(Span(start, middle))
            start, whole = middle, False
    return ([] if whole else [Span(start, end)]) + path[::-1]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the proof shows `leaf` as entry `index` of the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    at, last, here = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            here = node_hash(sibling, here)
            at, last = _up(at, last) if not at & 1 else (at, last)
        else:
            here = node_hash(here, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and here == root


def _up(at: int, last: int) -> tuple[int, int]:
    """Past the levels at which the rightmost node has no sibling."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def is_consistent(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows that the new tree begins with the whole old one (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new:
        return False
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    if not hashes:
        return False
    at, last = old - 1, new - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node_hash(sibling, before), node_hash(sibling, after)
            at, last = _up(at, last) if not at & 1 else (at, last)
        else:
            after = node_hash(after, sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root
