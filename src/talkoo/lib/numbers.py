"""Whole numbers as forms and addresses carry them."""

DIGITS = 9  # what fits every integer column; Python itself refuses to read thousands of digits


def whole(text: str) -> int | None:
    """The number a text says, minus sign allowed; None where it says none, or one longer than nine digits.

    Strict on purpose: `int` takes spaces, underscores and other signs as well, and raises where a text is endless.
    """
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) <= DIGITS else None
