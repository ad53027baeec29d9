"""Of several texts the one that is most like all the others. Nothing is merged: it is somebody's own words."""

import unicodedata
from collections import Counter
from collections.abc import Sequence

GRAM = 3


def plain(text: str) -> str:
    """A text without what does not tell two apart: Unicode forms (NFKC), case, spaces and line ends.

    >>> plain("  Main\\u00a0STREET 5 ") == plain("main street 5")
    True
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def alike(one: str, other: str) -> float:
    """How alike two texts are, 0 to 1: the share of runs of three characters they have in common (Dice 1945).

    Reads texts as `plain` does; cost grows with their length, not with its square. Two empty texts are alike.

    >>> alike("The bus was late.", "the bus  was late"), alike("abc", "xyz")
    (0.914286, 0.0)
    """
    return _dice(_grams(one), _grams(other))


def medoid(texts: Sequence[str], weights: Sequence[float], *, enough: float) -> tuple[int, list[bool]]:
    """Which text is most like all the others, and which of them are alike enough to count as the same as it.

    `weights` say how much each is listened to. A tie falls to the text that is first in the order of characters, never
    to the place in the list. Raises ValueError for no texts.

    >>> medoid(["the bus is late", "the bus is late!", "no bus"], [1, 1, 1], enough=0.8)
    (0, [True, True, False])
    """
    if not texts or len(texts) != len(weights):
        raise ValueError("give at least one text, and one weight each")
    grams = [_grams(text) for text in texts]
    near = [[_dice(one, other) for other in grams] for one in grams]
    score = [sum(weight * row[at] for at, weight in enumerate(weights)) for row in near]
    best = min(range(len(texts)), key=lambda at: (-round(score[at], 9), plain(texts[at]), texts[at]))
    return best, [share >= enough for share in near[best]]


def _grams(text: str) -> Counter[str]:
    padded = f"  {plain(text)} "
    return Counter(padded[at : at + GRAM] for at in range(len(padded) - GRAM + 1))


def _dice(one: Counter[str], other: Counter[str]) -> float:
    common = sum((one & other).values())
    return round(2 * common / (sum(one.values()) + sum(other.values())), 6)
