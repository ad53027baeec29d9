"""Numbers become positions; positions never carry a language's comma."""

import re

import pytest
from django.template.loader import render_to_string
from django.utils import translation

from talkoo.lib import charts


def interval(**changed):
    return charts.Interval(**{"label": "Traffic", "low": 80, "middle": 88, "high": 93.5, "text": "88", **changed})


def samples():
    points = [charts.Point("Mon", 10), charts.Point("Tue", 30.5)]
    ahead = [charts.Point("Wed", 50, 40, 60)]
    return {
        "bars": charts.bars("a", "T", "S", [charts.Bar("x", 1.5, "1.5", 1, 2)], of="Topic", unit="Letters"),
        "intervals": charts.intervals("b", "T", "S", [interval()], (0, 100), [(0, "low"), (100, "high")], of="Topic"),
        "line": charts.line(
            "c", "T", "S", points, of="Day", unit="Letters", forecast=ahead, goal=(60, "all"), notes=[(1, "30")]
        ),
        "columns": charts.columns("d", "T", "S", [("40", 12.5), ("41", 0)], of="Week", unit="Hours"),
    }


def test_the_longest_bar_is_full_unless_a_top_is_given():
    rows = [charts.Bar("a", 10, "10"), charts.Bar("b", 5, "5")]
    assert [row.width for row in charts.bars("i", "T", "S", rows, of="x", unit="n").rows] == ["100", "50"]
    assert [row.width for row in charts.bars("i", "T", "S", rows, of="x", unit="n", top=20).rows] == ["50", "25"]


def test_bars_without_intervals_have_no_column_for_them():
    assert len(charts.bars("i", "T", "S", [charts.Bar("a", 1, "1")], of="x", unit="n").table.head) == 2
    assert len(charts.bars("i", "T", "S", [charts.Bar("a", 1, "1", 0, 2)], of="x", unit="n").table.head) == 3


def test_a_chart_of_nothing_is_still_a_chart():
    assert charts.bars("i", "T", "S", [], of="x", unit="n").table.rows == []
    assert charts.columns("i", "T", "S", [], of="x", unit="n").rows == []
    assert charts.bars("i", "T", "S", [charts.Bar("a", 0, "0")], of="x", unit="n").rows[0].width == "0"


def test_an_interval_stays_inside_the_picture():
    mark = charts.intervals("i", "T", "S", [interval(low=-20, high=140)], (0, 100), [], of="x").rows[0]
    assert (mark.low, mark.at, mark.high) == ("0", "88", "100")


def test_words_at_the_edges_are_anchored_to_them():
    ticks = charts.intervals("i", "T", "S", [], (0, 100), [(0, "a"), (50, "b"), (100, "c")], of="x").ticks
    assert [tick.anchor for tick in ticks] == ["start", "middle", "end"]


def test_a_forecast_goes_on_from_the_last_point_and_has_a_band():
    chart = samples()["line"]
    last = chart.paths["solid"].split()[-1]
    assert chart.paths["dashed"].startswith(last)
    assert chart.paths["band"].startswith(last)
    assert chart.table.rows[-1] == ["Wed", "50", "40–60"]


def test_a_line_of_one_point_and_of_zeros_can_be_drawn():
    assert charts.line("i", "T", "S", [charts.Point("Mon", 0)], of="Day", unit="n").paths["solid"] == "0,100"


def test_of_many_columns_every_second_carries_its_label():
    rows = charts.columns("i", "T", "S", [(str(i), i) for i in range(8)], of="x", unit="n").rows
    assert [row.label for row in rows] == ["0", "", "2", "", "4", "", "6", ""]


@pytest.mark.parametrize("kind", ["bars", "intervals", "line", "columns"])
def test_every_chart_has_a_name_a_description_and_a_table(kind):
    chart = samples()[kind]
    drawn = render_to_string(f"charts/{kind}.html", {"c": chart})
    assert 'role="img"' in drawn
    assert f'aria-labelledby="{chart.id}-t" aria-describedby="{chart.id}-d"' in drawn
    assert f'<title id="{chart.id}-t">T</title>' in drawn
    assert f'<desc id="{chart.id}-d">S</desc>' in drawn
    assert chart.table.rows
    assert all(len(row) == len(chart.table.head) for row in chart.table.rows)


@pytest.mark.parametrize("kind", ["bars", "intervals", "line", "columns"])
def test_no_position_takes_the_comma_of_a_language(kind):
    with translation.override("de"):
        drawn = render_to_string(f"charts/{kind}.html", {"c": samples()[kind]})
    numbers = re.findall(r' (?:x|y|x1|x2|y1|y2|cx|cy|width|height)="([^"]*)"', drawn)
    assert numbers
    assert not [number for number in numbers if not re.fullmatch(r"-?\d+(\.\d+)?%?", number)]


def test_numbers_in_words_follow_the_language():
    with translation.override("de"):
        assert (charts.shown(1500), charts.shown(2.5)) == ("1.500", "2,5")
