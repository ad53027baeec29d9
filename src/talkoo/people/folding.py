"""Names as people look for them: no case, no accents, the same in every database.

The server's own collations differ (the embedded one has no ICU and no unaccent), so letters are folded one by one by
a table that is written here, into a column of its own, and sorted and searched by that.
"""

import unicodedata

RANGES = ((0xC0, 0x250), (0x370, 0x400), (0x400, 0x460), (0x1E00, 0x2000))
ALONE = {"ß": "s", "ẞ": "s", "æ": "a", "Æ": "a", "œ": "o", "Œ": "o", "ø": "o", "Ø": "o", "đ": "d", "Đ": "d", "ł": "l", "Ł": "l", "þ": "t", "Þ": "t", "ð": "d", "Ð": "d", "ı": "i", "ħ": "h", "Ħ": "h"}  # fmt: skip


def _base(letter: str) -> str:
    """One letter without accent and case; itself where there is no single such letter."""
    first = unicodedata.normalize("NFKD", ALONE.get(letter, letter))[:1].lower()
    return first if len(first) == 1 else letter


def _pairs() -> list[tuple[str, str]]:
    letters = [chr(code) for low, high in RANGES for code in range(low, high)]
    capitals = [chr(code) for code in range(ord("A"), ord("Z") + 1)]
    folded = [(letter, _base(letter)) for letter in [*capitals, *letters] if letter.isalpha()]
    return [(letter, to) for letter, to in folded if letter != to]


FROM = "".join(letter for letter, _to in _pairs())
TO = "".join(to for _letter, to in _pairs())
TABLE = str.maketrans(FROM, TO)


def fold(words: str) -> str:
    """The twin of the column `folded` in Python: what somebody types, to be found in it."""
    return unicodedata.normalize("NFC", words).translate(TABLE)
