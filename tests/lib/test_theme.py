"""One colour becomes a theme whose contrast holds whatever the hue."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import talkoo
from talkoo.lib import theme
from talkoo.lib.errors import Invalid

colours = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
TEXT_ON = [("text-default", "background-default"), ("text-subtle", "surface-default"), ("text-default", "surface-tinted"),
           ("base-contrast-default", "base-default")]  # fmt: skip
EDGES = [("border-default", "background-default"), ("border-strong", "surface-default")]


@given(colours)
def test_every_colour_gives_readable_words_in_light_and_dark(colour):
    for table in (theme.LIGHT, theme.DARK):
        steps = theme.steps(colour, table)
        for front, back in TEXT_ON:
            assert theme.contrast(steps[front], steps[back]) >= 4.5, (front, back)


@given(colours)
def test_every_colour_gives_edges_that_can_be_seen(colour):
    for table in (theme.LIGHT, theme.DARK):
        steps = theme.steps(colour, table)
        for front, back in EDGES:
            assert theme.contrast(steps[front], steps[back]) >= 3, (front, back)


def test_contrast_is_that_of_wcag():
    assert theme.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert theme.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_style_sheet_of_the_house_is_made_from_its_roles():
    made = Path(talkoo.__file__).parent / "static/css/theme.css"
    assert made.read_text(encoding="utf-8").endswith(theme.sheet())


def test_an_organisation_brings_one_colour_and_changes_only_that_role():
    sheet = theme.organisation_sheet("#7A1F4B")
    assert "--ds-color-accent-base-default" in sheet
    assert "--ds-color-neutral" not in sheet


@pytest.mark.parametrize("wrong", ["", "red", "#12345", "#1234567", "#12345g", "#000}body{color:red", "#123456\n"])
def test_what_is_no_colour_is_refused_with_a_remedy(wrong):
    with pytest.raises(Invalid) as refused:
        theme.organisation_sheet(wrong)
    assert "#1d5f50" in refused.value.remedy
