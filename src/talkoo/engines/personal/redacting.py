"""Putting a block in the place of what looks like a person's data, and of words that somebody names besides."""

import re
from collections.abc import Mapping, Sequence

from talkoo.engines.personal.finding import find

MOST_WORDS = 200  # of one's own
LONGEST = 100  # letters of one of them
ANY, DIGIT = "*", "#"


def own_words(words: Sequence[str]) -> re.Pattern[str] | None:
    """One expression for words and phrases of one's own, whole and in any case; `#` stands for a digit and `*` at the
    end for at most forty letters or digits. None where there are none. Bounded, and nowhere two ways through the same
    letters, so that time stays linear in the text: several `*` in one word would try all ways to share its letters out.

    Raises ValueError for one that is empty, too long, matches anything at all, or has a `*` before its end.
    """
    shapes = [_shape(word) for word in words]
    if not shapes:
        return None
    longest_first = sorted(shapes, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)


def _shape(word: str) -> str:
    word = re.sub(r"\*+$", ANY, " ".join(word.split()))
    if not word or len(word) > LONGEST or not any(letter.isalnum() or letter == DIGIT for letter in word):
        raise ValueError(word)
    if ANY in word[:-1]:
        raise ValueError(word)
    parts = {ANY: r"\w{0,40}", DIGIT: r"\d", " ": r"\s{1,4}"}
    return "".join(parts.get(letter) or re.escape(letter) for letter in word)


def redacted(text: str, blocks: Mapping[str, str], own: re.Pattern[str] | None = None, block: str = "") -> str:
    """The text with a block in the place of each finding whose kind is among `blocks`, and `block` in that of one's own
    words; these go first, so that a name within one is not left over in halves.

    >>> redacted("Ms Virtanen, +358 40 123 4567", {"name": "‹name›", "phone": "‹telephone›"})
    '‹name›, ‹telephone›'
    """
    return "".join(part if block is None else block for part, block in pieces(text, blocks, own, block))


def pieces(
    text: str, blocks: Mapping[str, str], own: re.Pattern[str] | None = None, block: str = ""
) -> list[tuple[str, str | None]]:
    """The text in pieces, each with the block that takes its place, or None where it stays."""
    spans = [(found.start(), found.end(), block) for found in own.finditer(text)] if own else []
    covered = [(start, end) for start, end, _block in spans]
    for hit in find(text) if blocks else ():
        instead = blocks.get(hit.kind.value)
        if instead is not None and not any(hit.start < end and start < hit.end for start, end in covered):
            spans.append((hit.start, hit.end, instead))
    made: list[tuple[str, str | None]] = []
    at = 0
    for start, end, instead in sorted(spans):
        made += [(text[at:start], None), (text[start:end], instead)]
        at = end
    return [piece for piece in [*made, (text[at:], None)] if piece[0]]
