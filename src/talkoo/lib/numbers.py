"""Numbers as forms and addresses carry them."""

import re

DECIMAL = re.compile(r"[+-]?([0-9]+)(?:[.,]([0-9]+))?")
MOST_DIGITS = 15
DIGITS = 9  # what fits every integer column; Python itself refuses to read thousands of digits


def whole(text: str) -> int | None:
    """The number a text says, minus sign allowed; None where it says none, or one longer than nine digits.

    Strict on purpose: `int` takes spaces, underscores and other signs as well, and raises where a text is endless.
    """
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) <= DIGITS else None


def decimal(text: str) -> float | None:
    """The number a text says, with a decimal point or a decimal comma; None where it says none.

    At most fifteen digits, all of which a float keeps. Separators between thousands, exponents and words for numbers
    that are none are refused: “1,234” means 1.234, and who meant more should see that.
    """
    found = DECIMAL.fullmatch(text.strip().replace("\N{MINUS SIGN}", "-"))
    if not found or sum(len(digits) for digits in found.groups("")) > MOST_DIGITS:
        return None
    return float(text.strip().replace("\N{MINUS SIGN}", "-").replace(",", "."))
