"""JSON Lines: what is written comes through as text, and a line that is no object is named."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.lib.tables import CELL_LIMIT, RECORD_LIMIT, Rejected, Row, Unreadable, WrongEncoding, inspect, open_table


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes) -> Path:
        path = tmp_path / "items.jsonl"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def read(path):
    with open_table(path, inspect(path)) as table:
        return list(table)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ('[{"a": 1}]\n', "not one object a line"),
        ('[\n  {"a": 1}\n]\n', "not one object a line"),
        ('{\n  "a": 1\n}\n', "not one object a line"),
        ("{}\n{}\n", "No line of the file holds an object"),
        ('{"": 1}\n', "Column 1 has no name"),
        ("\n".join(json.dumps({f"n{n}": 1}) for n in range(501)), "more than 500 different names"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(file, content, words):
    with pytest.raises(Unreadable, match=words):
        read(file(content))


def test_a_wrong_byte_is_named_with_its_line(file):
    with pytest.raises(WrongEncoding, match="Line 2"):
        read(file(b'{"a": "plain"}\n{"a": "\xe4"}\n'))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1, 2]", "holds no object"),
        ('"text"', "holds no object"),
        ('{"a": }', "is not JSON: character 7"),
        ('{"a": 1', "is not JSON"),
        ('{"a": NaN}', "holds NaN"),
        ('{"a": 1, "a": 2}', "names something twice"),
        ('{"a": 1, " a": 2}', "names something twice"),
        ('{"a": "\\u0000"}', "zero byte"),
        ('{"a": "\\ud800"}', "half a character"),
        ('{"a":' * 3000, "nested too deeply"),
        (json.dumps({"a": "w" * (CELL_LIMIT + 1)}), "“a” is longer than"),
        (json.dumps({"a": "w" * (RECORD_LIMIT + 1)}), "the row is longer than"),
        (json.dumps({"a": "w" * (5 * RECORD_LIMIT)}), "the row is longer than"),
    ],
)
def test_a_line_that_cannot_be_used_is_rejected_with_its_number_and_the_next_is_read(file, line, reason):
    first, wrong, last = read(file(f'{{"a": "first"}}\n{line}\n\n{{"a": "last"}}\n'))
    assert (first, last) == (Row(1, ["first"]), Row(4, ["last"]))
    assert (type(wrong), wrong.line) == (Rejected, 2)
    assert reason in wrong.reason
    assert len(wrong.excerpt) <= 120


def test_columns_are_all_names_of_all_lines_and_what_is_left_out_is_empty(file):
    path = file('{"a": 1}\n{"b": 2, "a": null}\n{" c ": true}\n')
    assert inspect(path).columns == ("a", "b", "c")
    assert [row.cells for row in read(path)] == [["1", "", ""], ["", "2", ""], ["", "", "true"]]


def test_numbers_stay_as_they_are_written_and_what_is_nested_becomes_compact_json(file):
    path = file(
        '{"n": 1.50, "big": 12345678901234567890123, "e": 1e5, "held": {"a": [1.0, null, "é", {"b": false}]}}\n'
    )
    assert read(path)[0].cells == ["1.50", "12345678901234567890123", "1e5", '{"a":[1.0,null,"é",{"b":false}]}']


def test_a_mark_at_the_beginning_and_windows_line_ends_do_not_matter(file):
    assert read(file(b'\xef\xbb\xbf{"a": "x"}\r\n{"a": "y"}')) == [Row(1, ["x"]), Row(2, ["y"])]


TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)


@given(st.lists(st.fixed_dictionaries({"a": TEXTS, "b": TEXTS}), min_size=1, max_size=20))
def test_every_text_comes_back_as_it_was(tmp_path_factory, records):
    path = tmp_path_factory.mktemp("lines") / "items.jsonl"
    path.write_text("".join(json.dumps(record, sort_keys=True) + "\n" for record in records))
    assert [row.cells for row in read(path)] == [[record["a"], record["b"]] for record in records]
