"""Which language somebody is spoken to in, how days and numbers are written for them, and two languages of nobody."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils import translation

from talkoo.lib import formats, pseudo
from talkoo.lib.formats import Reader, reading
from talkoo.lib.languages import asked_for, installed, speaking

SEVERAL = override_settings(
    LANGUAGES=[("en", "English"), ("de", "Deutsch"), ("sr-latn", "Srpski"), *pseudo.NAMES.items()]
)
MOMENT = datetime(2026, 11, 26, 23, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("", "en"),
        ("*", "en"),
        ("xx, de;q=0.5", "de"),
        ("de-CH, en;q=0.9", "de"),
        ("en;q=0.2, de;q=0.8", "de"),
        ("sr", "sr-latn"),
        ("ar", "en"),
        ("ar-XB", "ar-xb"),
        ("de;q=nonsense", "en"),
        ("x" * 5000, "en"),
    ],
)
@SEVERAL
def test_a_browser_gets_the_first_language_it_asks_for_that_is_there(header, spoken):
    assert asked_for(header) == spoken


def test_a_language_is_installed_by_its_catalogue(tmp_path):
    for name in ("sv", "sr_Latn", "smn", "nothing"):
        (tmp_path / name / "LC_MESSAGES").mkdir(parents=True)
    for name in ("sv", "sr_Latn", "smn"):
        (tmp_path / name / "LC_MESSAGES" / "django.mo").touch()
    assert installed([tmp_path, tmp_path / "none"]) == [
        ("en", "English"), ("smn", "Smn"), ("sr-latn", "Srpski (latinica)"), ("sv", "Svenska"),
    ]  # fmt: skip
    assert [code for code, _name in installed([], pseudo_locales=True)] == ["en", "en-xa", "ar-xb"]


@SEVERAL
def test_who_chose_what_is_not_installed_any_more_is_spoken_to_in_the_language_of_the_house():
    with speaking("sv"):
        assert translation.get_language() == settings.LANGUAGE_CODE
    with speaking("de"):
        assert translation.get_language() == "de"
        assert formats.day(MOMENT) == "26. November 2026"


def test_days_and_times_are_written_as_their_reader_does(monkeypatch):
    monkeypatch.setattr(formats.timezone, "localdate", MOMENT.date)
    assert formats.day(MOMENT) == "26 November 2026"
    assert formats.weekday_time(MOMENT) == "Thu 26 Nov 23:05"
    assert formats.to_the_second(MOMENT) == "26 November, 23:05:09"
    with reading(Reader("fi", "Europe/Helsinki")):
        assert formats.day(MOMENT) == "27. November 2026"
        assert formats.near_time(MOMENT) == "27. Nov 1.05"
        assert formats.to_the_second(MOMENT) == "27. November, 1.05.09"
        assert formats.iso_day(MOMENT) == "2026-11-27"
        assert formats.day(MOMENT.date()) == "26. November 2026"
    with reading(Reader("en-gb")):
        assert formats.clock(MOMENT) == "11:05 p.m."
    monkeypatch.setattr(formats.timezone, "localdate", lambda: MOMENT.date().replace(year=2027))
    assert formats.weekday(MOMENT) == "Thu 26 Nov 2026"
    assert formats.near_day(MOMENT) == "26 Nov 2026"
    assert formats.near_day(None) == formats.clock(None) == formats.iso_day(None) == formats.iso_moment(None) == ""


def test_numbers_are_written_as_their_reader_does():
    assert [formats.number(each) for each in (1234567, 2.5, Decimal("2.50"), -1234, None)] == [
        "1,234,567",
        "2.5",
        "2.50",
        "-1,234",
        "",
    ]
    with reading(Reader("fi")):
        assert formats.number(1234567) == "1\xa0234\xa0567"
        assert formats.number(2.25, 1) == "2,2"
        assert [formats.rounded(each) for each in (2, 2.5, Decimal("2.0"), None)] == ["2", "2,5", "2", ""]
        assert [formats.file_size(each) for each in (1, 1500, 12_000_000)] == ["1 byte", "1,5 kB", "12 MB"]


def test_every_locale_that_is_offered_writes_a_day_an_hour_and_a_number():
    assert len(formats.offered_locales()) > 60
    for code in formats.offered_locales():
        assert "31" in formats.sample(code)
        with reading(Reader(code)):
            assert "2026" in formats.short_day(MOMENT)
            assert ":09" in formats.to_the_second(MOMENT) or ".09" in formats.to_the_second(MOMENT)


def test_values_and_tags_outlive_the_languages_of_nobody():
    message = "%(n)d of <strong>{total}</strong> letters &amp; 50 %% done, %s left"
    for turn in (pseudo.accented, pseudo.mirrored):
        kept = turn(message)
        assert all(part in kept for part in ("%(n)d", "<strong>", "{total}", "</strong>", "&amp;", "%%", "%s"))
        assert kept != message
    assert pseudo.accented("Save") == "[Šåṽé]"
    assert len(pseudo.accented("Nothing waits for you")) > 1.3 * len("Nothing waits for you")
    assert pseudo.mirrored("My record") == "\u202eMy\u202c \u202erecord\u202c"
