"""Bank accounts as ISO 13616 writes them: country, two check digits, and as many characters as the country uses."""

import re
from collections.abc import Iterator

BEGINS = re.compile(r"(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?= ?[A-Z0-9])")
LENGTHS = {
    "AD": 24, "AL": 28, "AT": 20, "BA": 20, "BE": 16, "BG": 22, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18,
    "EE": 20, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GI": 23, "GL": 18, "GR": 27, "HR": 21, "HU": 28,
    "IE": 22, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24, "ME": 22, "MK": 19,
    "MT": 31, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "RS": 22, "SA": 24, "SE": 24, "SI": 19, "SK": 24,
    "SM": 27, "TR": 26, "UA": 29, "VA": 22, "XK": 20, "AE": 23, "IL": 23,
}  # fmt: skip


def accounts(text: str) -> Iterator[tuple[int, int]]:
    """Where an account number stands whose check digits are right."""
    for begin in BEGINS.finditer(text):
        wanted = LENGTHS.get(begin[0][:2])
        end = _end(text, begin.start(), wanted) if wanted else None
        if end is not None and _right(text[begin.start() : end].replace(" ", "")):
            yield begin.start(), end


def _end(text: str, start: int, wanted: int) -> int | None:
    """The place after `wanted` letters and digits, single spaces between them allowed; None where they end earlier."""
    taken, at = 0, start
    while taken < wanted and at < len(text):
        letter = text[at]
        if letter.isascii() and (letter.isdigit() or letter.isupper()):
            taken += 1
        elif letter != " " or text[at - 1] == " ":
            return None
        at += 1
    following = text[at : at + 1]
    return at if taken == wanted and not following.isalnum() else None


def _right(number: str) -> bool:
    turned = number[4:] + number[:4]
    return int("".join(str(int(letter, 36)) for letter in turned)) % 97 == 1
