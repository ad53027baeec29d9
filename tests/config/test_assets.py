"""Styles, fonts and icons are all there, under addresses that change with their content, and nothing breaks the policy."""

import json
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.templatetags.static import static

STATIC = Path("src/talkoo/static")
URL = re.compile(r"url\(([^)]*)\)")
SHEETS = sorted(STATIC.rglob("*.css"))


def test_every_file_of_the_allow_list_was_made():
    made = json.loads(Path("frontend/vendor.json").read_text())
    assert [name for name in made if not (STATIC / "vendor" / name).is_file()] == []


@pytest.mark.parametrize("sheet", SHEETS, ids=str)
def test_what_a_style_sheet_names_exists_and_is_our_own(sheet):
    for address in URL.findall(sheet.read_text()):
        assert (sheet.parent / address.strip("\"'")).is_file(), address


def test_every_icon_is_drawn_once():
    sprite = (STATIC / "vendor/icons.svg").read_text()
    names = re.findall(r'<symbol id="([^"]+)"', sprite)
    assert sorted(names) == sorted(json.loads(Path("frontend/icons.json").read_text()))


def test_every_icon_a_template_asks_for_is_in_the_sprite():
    known = set(json.loads(Path("frontend/icons.json").read_text()))
    asked = set()
    for path in Path("src/talkoo").rglob("*.html"):
        asked |= set(re.findall(r'\bicon="([a-z-]+)"', path.read_text()))
    assert asked
    assert asked <= known


def test_an_address_changes_with_the_content(settings):
    assert re.fullmatch(r"/static/css/base\.css\?[0-9a-f]{8}", static("css/base.css"))


def test_no_package_is_fetched_from_an_address_written_down():
    lock = Path("frontend/package-lock.json").read_text()
    assert '"resolved"' not in lock
    assert all("integrity" in entry for name, entry in json.loads(lock)["packages"].items() if name)


def test_the_files_are_found_by_django():
    assert finders.find("vendor/ds/ds.css")
