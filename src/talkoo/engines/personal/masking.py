"""Enough of a finding to recognise it by, too little to know it."""

import re

HIDE = "•"
WORD = re.compile(r"(?<=[^\W\d_])[^\W\d_]")
DIGIT = re.compile(r"\d")
SHOWN_DIGITS = 2


def masked(text: str) -> str:
    """The first letter of each word and the last two digits stay; everything else is hidden, its length kept."""
    digits = [at.start() for at in DIGIT.finditer(text)]
    kept = set(digits[-SHOWN_DIGITS:]) if len(digits) > 2 * SHOWN_DIGITS else set()
    hidden = WORD.sub(HIDE, text)
    return "".join(HIDE if letter.isdigit() and at not in kept else letter for at, letter in enumerate(hidden))
