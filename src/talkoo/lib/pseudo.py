"""Two languages that nobody speaks, to see before any translator has begun what a translation will do to the pages.

`en-xa` accents and lengthens every message, as German or Finnish would; `ar-xb` turns each word round and reads from right
to left, as Arabic and Hebrew do. What is not accented, or not turned, never passed a translator. They are made from the
messages themselves, so they are whole by nature and no catalogue is kept. The names are those of CLDR.
"""

import gettext
import re
from collections.abc import Callable

from django.utils.translation import trans_real

ACCENTED, MIRRORED = "en-xa", "ar-xb"
NAMES = {ACCENTED: "[Åççéñţéð Éñĝļîšĥ]", MIRRORED: "\u202eMirrored\u202c \u202eEnglish\u202c"}
KEPT = re.compile(  # what a translator leaves as it is: places for values, tags, entities, escapes
    r"(%\(\w+\)[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]|%[sdifr%]|\{[\w.!:]*\}|<[^>]+>|&\w+;|&#\d+;)"
)
ACCENTS = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
    "ÅƁÇÐÉƑĜĤÎĴĶĻṀÑÖÞǪŔŠŢÛṼŴẊÝŽåƀçðéƒĝĥîĵķļɱñöþǫŕšţûṽŵẋýž",
)
FILLER = "one two three four five six seven eight nine ten"
SHORT, LONGER = 12, 0.35  # a message of more letters than this becomes that much longer, as translations of English do
OVERRIDE, POP = "\u202e", "\u202c"  # RIGHT-TO-LEFT OVERRIDE and what ends it
WORD = re.compile(r"[^\W\d_](?:[\w'’-]*[^\W_])?")


def accented(message: str) -> str:
    """Every letter with an accent, in brackets that show where a message was cut, and about a third longer."""
    letters = sum(letter.isalpha() for letter in message)
    if not letters:
        return message
    words = "".join(part if KEPT.fullmatch(part) else part.translate(ACCENTS) for part in KEPT.split(message))
    more = FILLER[: round(letters * LONGER)].rstrip() if letters > SHORT else ""
    return f"[{words} {more.translate(ACCENTS)}]" if more else f"[{words}]"


def mirrored(message: str) -> str:
    """Every word running from right to left."""
    parts = KEPT.split(message)
    return "".join(
        part if KEPT.fullmatch(part) else WORD.sub(lambda word: f"{OVERRIDE}{word[0]}{POP}", part) for part in parts
    )


class Pseudo(gettext.NullTranslations):
    """A catalogue that knows every message."""

    def __init__(self, language: str, turn: Callable[[str], str]) -> None:
        super().__init__()
        self.code, self.turn = language, turn

    def to_language(self) -> str:
        return self.code

    def language(self) -> str:
        return self.code

    def gettext(self, message: str) -> str:
        return self.turn(message.rpartition(trans_real.CONTEXT_SEPARATOR)[2]) if message else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(msgid1 if n == 1 else msgid2)


def install() -> None:
    """Make both known to Django, where it looks before it looks for files. A demonstration does so, and nobody else."""
    known = trans_real._translations  # type: ignore[attr-defined]  # noqa: SLF001
    known[ACCENTED] = Pseudo(ACCENTED, accented)
    known[MIRRORED] = Pseudo(MIRRORED, mirrored)
