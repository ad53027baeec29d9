"""Days, times and numbers as their reader writes them. Pages, mails and charts use these, never a format of their own.

The formats are Django's tables of locales, and `en` here. Which holds is the reader's choice, else that of the language
they read; moments are shown in their time zone. What the house decides by the day goes by the zone of the house.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import locale as locales
from django.utils import dateformat, numberformat, timezone, translation
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.lib import pseudo

Moment = date | datetime
LIKE = {pseudo.ACCENTED: "en", pseudo.MIRRORED: "ar"}  # languages of nobody write as these do
SAMPLE = datetime(2026, 12, 31, 14, 5)  # noqa: DTZ001 - a day and an hour that show which number is which


@dataclass(frozen=True, slots=True)
class Reader:
    """How somebody reads: a locale of `offered_locales`, "" for the one of their language; a time zone, "" for the house's;
    their own names of the four levels of sensitivity, if they have any."""

    locale: str = ""
    zone: str = ""
    levels: tuple[str, ...] = ()


USUAL = Reader()
_reader: ContextVar[Reader] = ContextVar("reader", default=USUAL)


def read_by(reader: Reader) -> None:
    """From now on everything is written for this reader: for a request, which the next one begins anew."""
    _reader.set(reader)


@contextmanager
def reading(reader: Reader) -> Iterator[None]:
    before = _reader.set(reader)
    try:
        yield
    finally:
        _reader.reset(before)


def own_level(level: int) -> str:
    """What the reader's organisation calls a level of sensitivity, 0 to 3; empty where it has no name of its own."""
    names = _reader.get().levels
    return names[level] if level < len(names) else ""


@cache
def offered_locales() -> dict[str, str]:
    """The locales whose formats are known, each with its English name, which is a message of Django's catalogues."""
    folders = {
        each.parent.name.lower().replace("_", "-") for each in Path(locales.__file__).parent.glob("*/formats.py")
    }
    info = locales.LANG_INFO
    return {code: str(info[code]["name"]) for code in info if code in folders and "name" in info[code]}


def _locale(reader: Reader) -> str:
    language = translation.get_language() or ""
    return reader.locale or LIKE.get(language, language)


def _format(name: str) -> str:
    return str(get_format(name, lang=_locale(_reader.get())))


def local(moment: datetime) -> datetime:
    """A moment by the reader's clock."""
    zone = _reader.get().zone
    return timezone.localtime(moment, ZoneInfo(zone) if zone else None)


def _written(moment: Moment | None, form: str) -> str:
    """A day is the same everywhere; a moment is not."""
    if isinstance(moment, datetime) and timezone.is_aware(moment):
        moment = local(moment)
    return dateformat.format(moment, form) if moment else ""


def _short(form: str) -> str:
    """The same with the month shortened."""
    return re.sub(r"(?<!\\)[FEN]", "M", form)


def day(moment: Moment | None) -> str:
    """26 November 2026"""
    return _written(moment, _format("DATE_FORMAT"))


def short_day(moment: Moment | None) -> str:
    """26 Nov 2026"""
    return _written(moment, _short(_format("DATE_FORMAT")))


def _this_year(moment: Moment | None) -> str:
    """The format that leaves the year out, where nobody would take it for another."""
    return "MONTH_DAY_FORMAT" if moment and moment.year == timezone.localdate().year else "DATE_FORMAT"


def near_day(moment: Moment | None) -> str:
    """26 Nov; with its year where that is not this one."""
    return _written(moment, _short(_format(_this_year(moment))))


def month_day(moment: Moment | None) -> str:
    """26 November"""
    return _written(moment, _format("MONTH_DAY_FORMAT"))


def weekday(moment: Moment | None) -> str:
    """Thu 26 Nov; with its year where that is not this one."""
    return _written(moment, f"D {_short(_format(_this_year(moment)))}")


def full_weekday(moment: Moment | None) -> str:
    """Thursday 26 November"""
    return _written(moment, f"l {_format('MONTH_DAY_FORMAT')}")


def full_day(moment: Moment | None) -> str:
    """Thursday 26 November 2026"""
    return _written(moment, f"l {_format('DATE_FORMAT')}")


def month(moment: Moment | None) -> str:
    """November 2026"""
    return _written(moment, _format("YEAR_MONTH_FORMAT"))


def clock(moment: datetime | time | None) -> str:
    """14:05"""
    if isinstance(moment, time):
        return dateformat.time_format(moment, _format("TIME_FORMAT"))
    return _written(moment, _format("TIME_FORMAT"))


def day_time(moment: datetime | None) -> str:
    """26 November 2026, 14:05"""
    return f"{day(moment)}, {clock(moment)}" if moment else ""


def near_time(moment: datetime | None) -> str:
    """26 Nov 14:05: where the year is clear."""
    return f"{near_day(moment)} {clock(moment)}" if moment else ""


def month_day_time(moment: datetime | None) -> str:
    """26 November, 14:05"""
    return f"{month_day(moment)}, {clock(moment)}" if moment else ""


def weekday_time(moment: datetime | None) -> str:
    """Thu 26 Nov 14:05"""
    return f"{weekday(moment)} {clock(moment)}" if moment else ""


def to_the_second(moment: datetime | None) -> str:
    """26 November, 14:05:09"""
    exact = re.sub(r"([:.]?)i", r"\1i\1s", _format("TIME_FORMAT").replace("P", "g:i a"))
    return f"{month_day(moment)}, {_written(moment, exact)}" if moment else ""


def iso_day(moment: Moment | None) -> str:
    """2026-11-26, for machines: attributes, addresses and fields of dates."""
    return _written(moment, "Y-m-d")


def iso_moment(moment: datetime | None) -> str:
    """2026-11-26T14:05:09+02:00, for machines."""
    return moment.isoformat(timespec="seconds") if moment else ""


def number(value: float | Decimal | str | None, digits: int | None = None) -> str:
    """12,345.6: with separators; `digits` after the point exactly, or as many as there are."""
    if value is None or value == "":
        return ""
    locale = _locale(_reader.get())
    separators = [
        get_format(name, lang=locale) for name in ("DECIMAL_SEPARATOR", "NUMBER_GROUPING", "THOUSAND_SEPARATOR")
    ]
    decimal, grouping, thousand = separators
    return str(numberformat.format(value, decimal, digits, grouping, thousand, force_grouping=True, use_l10n=True))


def rounded(value: float | Decimal | None) -> str:
    """2, or 2.5: one digit after the point, and none where it would be 0."""
    return "" if value is None else number(value, 0 if round(value, 1) == round(value) else 1)


def file_size(count: int) -> str:
    """512 bytes, 1.5 kB, 12 MB"""
    if count < 1000:
        return ngettext("%(size)s byte", "%(size)s bytes", count) % {"size": number(count)}
    if count < 1_000_000:
        return _("%(size)s kB") % {"size": rounded(count / 1000)}
    return _("%(size)s MB") % {"size": rounded(count / 1_000_000)}


def sample(locale: str) -> str:
    """A day, an hour and a number in this locale: people choose by the look."""
    with reading(Reader(locale)):
        return f"{_written(SAMPLE, _format('SHORT_DATE_FORMAT'))}, {clock(SAMPLE)}, {number(Decimal('1234.5'))}"
