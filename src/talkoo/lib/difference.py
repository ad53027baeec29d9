"""What changed between two texts, word by word."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

WORDS = re.compile(r"\s+|[^\W_]+(?:['’-][^\W_]+)*|.", re.UNICODE | re.DOTALL)
Kind = Literal["same", "gone", "new"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words that stayed, went or came."""

    kind: Kind
    text: str


def difference(before: str, after: str) -> list[Piece]:
    """The pieces of both texts in reading order: what stayed and went is `before`, what stayed and came is `after`.

    Words and signs are compared as they stand. A space between two changed words counts as changed with them, so a
    rewritten sentence reads as one piece and not as confetti.

    >>> [(piece.kind, piece.text) for piece in difference("Choose one topic.", "Choose every topic.")]
    [('same', 'Choose '), ('gone', 'one'), ('new', 'every'), ('same', ' topic.')]
    """
    old, new = WORDS.findall(before), WORDS.findall(after)
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            found.append(Piece("same", "".join(old[a:b])))
            continue
        found += [Piece("gone", "".join(old[a:b]))] if b > a else []
        found += [Piece("new", "".join(new[c:d]))] if d > c else []
    return list(_joined(found))


def _joined(pieces: list[Piece]) -> Iterator[Piece]:
    """Changes that only a space parts become one."""
    gone = new = ""
    for at, piece in enumerate(pieces):
        bridges = piece.kind == "same" and piece.text.isspace() and (gone or new) and at + 1 < len(pieces)
        if piece.kind == "same" and not bridges:
            yield from _changed(gone, new)
            gone = new = ""
            yield piece
        gone += piece.text if piece.kind == "gone" or bridges else ""
        new += piece.text if piece.kind == "new" or bridges else ""
    yield from _changed(gone, new)


def _changed(gone: str, new: str) -> Iterator[Piece]:
    if gone:
        yield Piece("gone", gone)
    if new:
        yield Piece("new", new)
