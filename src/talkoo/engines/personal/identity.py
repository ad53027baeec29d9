"""Numbers that states give to people. A shape alone is weak, so check digits and dates are held against it.

Each entry names the country, the shape, and what the digits must come to. The rules are those that the registers
publish: Luhn (SE), ISO 7064 (DE, HR), modulo 11 (NO, EE and LT, CZ and SK), 23 (ES, IE), 31 (FI), 97 (BE, FR).
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Check = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Shape:
    """A country's number: its expression, and the check on its letters and digits (separators taken away)."""

    country: str
    expression: re.Pattern[str]
    check: Check


def identity_numbers(text: str) -> Iterator[tuple[int, int]]:
    """Where something stands that has the shape of a national number and passes its check."""
    for shape in SHAPES:
        for found in shape.expression.finditer(text):
            if shape.check(_plain(found[0])):
                yield found.span()


def _plain(words: str) -> str:
    return "".join(letter for letter in words if letter.isalnum()).upper()


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _day(day: str, month: str) -> bool:
    """Whether there is such a day in any year."""
    return 1 <= int(month) <= 12 and 1 <= int(day) <= monthrange(2000, int(month))[1]


def _finland(number: str) -> bool:
    digits = number[:6] + number[-4:-1]
    if not digits.isdigit() or not _day(number[:2], number[2:4]):
        return False
    return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(digits) % 31] == number[-1]


def _sweden(number: str) -> bool:
    ten = number[-10:]
    day = int(ten[4:6])
    doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(ten)]
    return _day(f"{day - 60 if day > 60 else day}", ten[2:4]) and sum(sum(divmod(n, 10)) for n in doubled) % 10 == 0


def _norway(number: str) -> bool:
    day = int(number[:2])
    first = _weighted(number, (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)) % 11 == 0
    second = _weighted(number, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0
    return _day(f"{day - 40 if day > 40 else day}", number[2:4]) and first and second


def _denmark(number: str) -> bool:
    return _day(number[:2], number[2:4])


def _baltic(number: str) -> bool:
    if not _day(number[5:7], number[3:5]):
        return False
    rest = _weighted(number, (1, 2, 3, 4, 5, 6, 7, 8, 9, 1)) % 11
    if rest == 10:
        rest = _weighted(number, (3, 4, 5, 6, 7, 8, 9, 1, 2, 3)) % 11 % 10
    return rest == int(number[-1])


def _latvia(number: str) -> bool:
    return _day(number[:2], number[2:4])


def _poland(number: str) -> bool:
    month = int(number[2:4]) % 20
    return _day(number[4:6], f"{month}") and _weighted(number, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


def _czech(number: str) -> bool:
    month = int(number[2:4]) % 50 % 20
    return _day(number[4:6], f"{month}") and (len(number) == 9 or int(number) % 11 == 0)


def _belgium(number: str) -> bool:
    return any(97 - int(century + number[:9]) % 97 == int(number[9:]) for century in ("", "2"))


def _france(number: str) -> bool:
    digits = number[:13].replace("2A", "19").replace("2B", "18")
    return digits.isdigit() and 97 - int(digits) % 97 == int(number[13:])


def _spain(number: str) -> bool:
    digits = number[:-1].translate(str.maketrans("XYZ", "012"))
    return digits.isdigit() and "TRWAGMYFPDXBNJZSQVHLCKE"[int(digits) % 23] == number[-1]


def _ireland(number: str) -> bool:
    second = 9 * (ord(number[8]) - 64) if len(number) == 9 and number[8] != "W" else 0
    return "WABCDEFGHIJKLMNOPQRSTUV"[(_weighted(number[:7], (8, 7, 6, 5, 4, 3, 2)) + second) % 23] == number[7]


def _switzerland(number: str) -> bool:
    return _weighted(number, (1, 3) * 6 + (1,)) % 10 == 0


def _austria(number: str) -> bool:
    rest = _weighted(number[:3] + number[4:], (3, 7, 9, 5, 8, 4, 2, 1, 6)) % 11
    return _day(number[4:6], number[6:8]) and rest == int(number[3])


def _romania(number: str) -> bool:
    rest = _weighted(number, (2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9)) % 11
    return _day(number[5:7], number[3:5]) and (1 if rest == 10 else rest) == int(number[-1])


def _hybrid(number: str) -> bool:
    """ISO 7064 MOD 11,10."""
    product = 10
    for digit in number[:-1]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(number[-1])


def _germany(number: str) -> bool:
    """Of the first ten digits of a tax number one comes twice or three times, the others once at most."""
    counts = sorted(number[:10].count(digit) for digit in set(number[:10]))
    return counts[-1] in {2, 3} and counts[:-1] == [1] * (len(counts) - 1) and _hybrid(number)


def _netherlands(number: str) -> bool:
    digits = number[-9:]
    return _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


def _shape_is_enough(_number: str) -> bool:
    return True


SHAPES = tuple(
    Shape(country, re.compile(rf"(?<![\w.+/-]){expression}(?![\w/-])"), check)
    for country, expression, check in (
        ("FI", r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", _finland),
        ("SE", r"(?:19|20)?\d{6}[-+]?\d{4}", _sweden),
        ("NO", r"\d{6} ?\d{5}", _norway),
        ("DK", r"\d{6}-\d{4}", _denmark),
        ("EE, LT", r"[1-8]\d{10}", _baltic),
        ("LV", r"\d{6}-\d{5}", _latvia),
        ("PL", r"\d{11}", _poland),
        ("CZ, SK", r"\d{6}/\d{3,4}", _czech),
        ("BE", r"\d{2}\.\d{2}\.\d{2}-\d{3}\.\d{2}", _belgium),
        ("FR", r"[12] ?\d{2} ?[0-9]{2} ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}", _france),
        ("ES", r"[0-9XYZ]\d{7}-?[A-Z]", _spain),
        ("IT", r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", _shape_is_enough),
        ("GB", r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]", _shape_is_enough),
        ("IE", r"\d{7}[A-W][A-IW]?", _ireland),
        ("CH", r"756\.?\d{4}\.?\d{4}\.?\d{2}", _switzerland),
        ("AT", r"[1-9]\d{3} ?\d{6}", _austria),
        ("RO", r"[1-8]\d{12}", _romania),
        ("DE", r"[1-9]\d ?\d{3} ?\d{3} ?\d{3}", _germany),
        ("NL", r"(?:BSN|bsn|Bsn)[ :.]{0,3}\d{9}", _netherlands),
        ("US", r"(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}", _shape_is_enough),
    )
)
