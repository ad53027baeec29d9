"""All shapes over one text; where two overlap, the more telling one stands."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from talkoo.engines.personal.accounts import accounts
from talkoo.engines.personal.identity import identity_numbers
from talkoo.engines.personal.names import names

Span = tuple[int, int]
Finder = Callable[[str], Iterable[Span]]


class Kind(StrEnum):
    EMAIL = "email"
    ACCOUNT = "account"
    IDENTITY = "identity"
    BIRTH = "birth"
    PHONE = "phone"
    PLATE = "plate"
    ADDRESS = "address"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of a text, and what it looks like."""

    kind: Kind
    start: int
    end: int


EMAIL = re.compile(
    r"(?<![A-Za-z0-9._%+-])[A-Za-z0-9_][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,120}\.[A-Za-z]{2,24}(?![A-Za-z0-9])"
)

# Dates of birth: a date that follows a word for being born

BORN = (
    r"born(?: on)?|date of birth|d\.?o\.?b\.?|birth ?day|birth ?date|geb\.|geboren(?: am| op)?|geburtsdatum|née? le|"
    r"date de naissance|nat[oa] il|data di nascita|nacid[oa] el|fecha de nacimiento|nascid[oa] em|född|födelsedatum|født|"
    r"fødselsdato|syntynyt|synt\.|syntymäaika|urodzon[ya]|data urodzenia|narozena?|sündinud|sünniaeg|dzimis|gimė"
)
MONTH = r"[^\W\d_]{3,12}\.?"
DATE = (
    rf"(?:\d{{1,2}}[./-] ?\d{{1,2}}[./-] ?\d{{2,4}}|\d{{4}}[./-]\d{{1,2}}[./-]\d{{1,2}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|º)?\.? (?:de )?{MONTH} (?:de )?\d{{4}}|{MONTH} \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}})"
)
BIRTH = re.compile(rf"(?<![^\W\d_])(?i:{BORN})[ :.,-]{{1,4}}{DATE}")

# Telephones: from abroad, within a country, and after a word for telephone

PHONE = (
    re.compile(r"(?<![\w+])(?:\+|00)[1-9]\d{0,2}(?:[ ./-]?\(0\))?(?:[ ./-]?\(?\d\)?){6,13}(?![\w])"),
    re.compile(r"(?<![\w.,/+-])\(?0\d{1,4}\)?[ /-]{1,3}\d(?:[ -]?\d){4,9}(?![\w/-])"),
    re.compile(r"(?<![\w.,/+-])(?:\(\d{3}\) ?|\d{3}[.-])\d{3}[.-]\d{4}(?![\w/-])"),
    re.compile(r"(?<![\w.,/+-])\d{2} \d{2} \d{2} \d{2}(?: \d{2})?(?![\w/-])"),
    re.compile(
        r"(?<![^\W\d_])(?i:tel|telephone|phone|mobile|mob|gsm|puh|telefon|telefono|teléfono|tél|tlf|fax|handy)\b[ .:]{0,3}"
        r"\d(?:[ /-]?\d){4,13}(?![\w/-])"
    ),
)
A_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d{4}|\d{2})(?!\d)")

# Licence plates

PLATE = tuple(
    re.compile(rf"(?<![\w-]){shape}(?![\w-])")
    for shape in (
        r"[A-ZÅÄÖ]{3}-\d{3}",  # FI, HU
        r"[A-HJ-PR-UW-Z]{3} \d{2}[0-9A-HJ-PR-UW-Z]",  # SE, LT
        r"\d{3} [A-Z]{3}",  # EE
        r"[A-Z]{2}\d{2} ?[A-Z]{3}",  # GB
        r"[A-Z]{2}[ -]?\d{3}[ -]?[A-Z]{2}",  # FR, IT
        r"[A-ZÄÖÜ]{1,3}-[A-Z]{1,2} ?\d{1,4}[EH]?",  # DE
        r"(?:\d{2}-[A-Z]{2,3}-\d{1,2}|[A-Z]{2}-\d{2,3}-[A-Z]{1,2}|\d-[A-Z]{3}-\d{2}|[A-Z]-\d{3}-[A-Z]{2})",  # NL
        r"\d{4} ?(?!GBP|CHF|CZK|DKK|PLN|BGN)[B-DF-HJ-NP-TV-Z]{3}",  # ES
        r"(?!FI|SE|DE|AT|CH|FR|IT|ES|NL|BE|EE|LV|LT|PL|IS)[A-Z]{2} ?\d{2} ?\d{3}",  # DK, NO
    )
)

# Streets with a house number, written as the English, the Germanic and Nordic, and the Romance and Slavic tongues do

UP, DOWN = "A-ZÀ-ÖØ-ÞĀ-Ž", r"\w'’."
WORD = rf"[{UP}][{DOWN}-]{{1,30}}"
ENGLISH = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Close|Court|Ct|Place|Square|Sq|Terrace|Way|Crescent|Gardens|Grove|Hill|"
    "Row|Quay|Boulevard|Blvd|Park|Walk|Mews"
)
SUFFIX = (
    "straße|strasse|str\\.|weg|gasse|platz|allee|damm|ufer|gatan|gata|vägen|väg|gränd|stigen|katu|tie|kuja|polku|penger|"
    "gate|gaten|vei|veien|vej|gade|allé|stræde|straat|laan|plein|gracht|kade|tänav|iela|gatvė"
)
BEFORE = (
    "rue|avenue|boulevard|place|chemin|allée|impasse|quai|via|viale|piazza|corso|calle|avenida|paseo|plaza|rua|travessa|"
    "praça|ulica|ul\\.|aleja|al\\.|strada|bulevardul"
)
LITTLE = r"(?:(?:de|la|le|les|du|des|di|del|della|dei|da|do|dos|das|el|los|las) |[dl]['’]){0,3}"
ADDRESS = (
    re.compile(rf"(?<![\w.,-])\d{{1,5}}[A-Za-z]?,? (?:{WORD} ){{1,3}}(?:{ENGLISH})(?![\w])"),
    re.compile(rf"(?<![\w-])(?:{WORD} ){{1,3}}(?:{ENGLISH}) \d{{1,4}}[A-Za-z]?(?![\w])"),
    re.compile(rf"(?<![\w-])[{UP}][\w-]{{1,40}}?(?:{SUFFIX}) ?\d{{1,4}}(?: ?[a-zA-Z])?(?![\w])"),
    re.compile(rf"(?<![\w-])[{UP}][\w-]{{1,40}} (?:{SUFFIX}|Straße|Strasse|Weg|Platz|Allee) \d{{1,4}}(?: ?[a-zA-Z])?(?![\w])"),
    re.compile(rf"(?<![\w-])(?i:{BEFORE}) {LITTLE}{WORD}(?: {LITTLE}{WORD}){{0,2}},? (?:n[°º.] ?)?\d{{1,4}}(?![\w])"),
    re.compile(rf"(?<![\w-])\d{{1,4}}(?: ?bis| ?ter)?,? (?i:{BEFORE}) {LITTLE}{WORD}"),
)  # fmt: skip


def _emails(text: str) -> Iterator[Span]:
    if "@" in text:
        yield from (found.span() for found in EMAIL.finditer(text))


def _births(text: str) -> Iterator[Span]:
    return (found.span() for found in BIRTH.finditer(text))


def _phones(text: str) -> Iterator[Span]:
    for expression in PHONE:
        yield from (found.span() for found in expression.finditer(text) if not A_DATE.match(found[0]))


def _plates(text: str) -> Iterator[Span]:
    for expression in PLATE:
        yield from (found.span() for found in expression.finditer(text))


def _addresses(text: str) -> Iterator[Span]:
    for expression in ADDRESS:
        yield from (found.span() for found in expression.finditer(text))


WITH_DIGITS: tuple[tuple[Kind, Finder], ...] = (  # the most telling first
    (Kind.ACCOUNT, accounts),
    (Kind.IDENTITY, identity_numbers),
    (Kind.BIRTH, _births),
    (Kind.PHONE, _phones),
    (Kind.ADDRESS, _addresses),
    (Kind.PLATE, _plates),
)
DIGIT = re.compile(r"\d")


def find(text: str) -> list[Hit]:
    """Everything in the text that looks like a person's data, in the order of the text, nothing twice.

    Time is linear in the length of the text: no expression repeats without a bound.
    """
    taken: list[Hit] = []
    covered = bytearray(len(text))
    finders = [(Kind.EMAIL, _emails), *(WITH_DIGITS if DIGIT.search(text) else ()), (Kind.NAME, names)]
    for kind, finder in finders:
        for start, end in finder(text):
            if not any(covered[start:end]):
                covered[start:end] = b"\1" * (end - start)
                taken.append(Hit(kind, start, end))
    return sorted(taken, key=lambda hit: hit.start)
