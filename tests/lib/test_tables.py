"""Reading tables strictly: what is wrong is named with its line, and what is right comes through unchanged."""

import csv
import tracemalloc
from pathlib import Path

import pytest

from talkoo.lib.tables import CELL_LIMIT, RECORD_LIMIT, Rejected, Row, Unreadable, WrongEncoding, inspect, open_table


@pytest.fixture
def file(tmp_path):
    def write(content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "items.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def read(path: Path, encoding: str = "") -> list[Row | Rejected]:
    with open_table(path, inspect(path, encoding)) as reader:
        return list(reader)


def rows(path: Path, encoding: str = "") -> list[tuple[int, list[str]]]:
    return [(row.line, row.cells) for row in read(path, encoding) if isinstance(row, Row)]


def rejected(path: Path) -> list[Rejected]:
    return [row for row in read(path) if isinstance(row, Rejected)]


# What is refused


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"\n\n  \n", "nothing but blank lines"),
        (b"\xef\xbb\xbf", "nothing but blank lines"),
        (b"a,,c\n1,2,3\n", "Column 2 has no name"),
        (b"\n\nid, ,c\n1,2,3\n", "line 3"),
        (b"text,id,text\n1,2,3\n", "two columns “text”: columns 1 and 3"),
        (b"PK\x03\x04 workbook", "damaged or was cut off"),
        (b"%PDF-1.7", "PDF"),
        (b"a,b\n1,\x00\n", "line 2 holds a zero byte"),
        (bytes(range(256)) * 40, "not a text file"),
        ("a,b\n1,2\n".encode("utf-32"), "UTF-32"),
        (b"n" * 201 + b",b\n1,2\n", "longer than 200 characters"),
        (b",".join(b"c%d" % n for n in range(501)) + b"\n", "501 columns"),
        (b'a,b\n"1,2\n3,4\n', "opens in the row of line 2 is never closed"),
        (b'"a,b\n1,2\n', "never closed"),
        (b'a,"b"c\n1,2\n', "header cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason_and_a_remedy(file, content, words):
    with pytest.raises(Unreadable) as refused:
        read(file(content))
    assert words in refused.value.message


def test_a_byte_in_another_encoding_is_named_with_its_line(file):
    path = file("id,text\n1,plain\n2,Käyttö\n", "latin-1")
    with pytest.raises(WrongEncoding) as refused:
        inspect(path)
    assert refused.value.line == 3
    assert "byte 20 of the file (E4)" in refused.value.message


def test_a_wrong_byte_far_behind_the_sample_is_found_before_any_row_is_read(file):
    path = file(b"id,text\n" + b"1,plain\n" * 400_000 + b"2,\xff\n")
    with pytest.raises(WrongEncoding) as refused:
        inspect(path)
    assert refused.value.line == 400_002


def test_a_character_cut_off_at_the_end_of_the_file_is_refused(file):
    with pytest.raises(WrongEncoding):
        inspect(file("id,text\n1,ä".encode()[:-1]))


@pytest.mark.parametrize("content", [b"id,text\n1,plain\n", b"x", "id,text\n".encode("utf-16-le")])
def test_utf_16_chosen_for_a_file_that_is_none_is_refused_with_the_remedy(file, content):
    with pytest.raises(Unreadable) as refused:
        inspect(file(content), "utf-16")
    assert refused.value.message
    assert refused.value.remedy
    assert refused.value.line == 1


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_another_encoding_is_used_when_it_is_chosen(file, encoding):
    path = file("id,text\n1,Käyttö\n", encoding)
    assert rows(path, encoding) == [(2, ["1", "Käyttö"])]


def test_a_row_with_too_few_or_too_many_cells_is_rejected_with_its_line(file):
    path = file("id,text\n1,a\n2\n3,b,c\n4,d\n")
    assert rejected(path) == [
        Rejected(3, "1 cells, but the header has 2 columns", "2"),
        Rejected(4, "3 cells, but the header has 2 columns", "3,b,c"),
    ]
    assert rows(path) == [(2, ["1", "a"]), (5, ["4", "d"])]


def test_text_after_a_closing_quotation_mark_is_rejected_and_reading_goes_on(file):
    path = file('id,text\n1,"He said "no" twice"\n2,b\n')
    assert [(row.line, "must be doubled" in row.reason) for row in rejected(path)] == [(2, True)]
    assert rows(path) == [(3, ["2", "b"])]


def test_a_rejected_row_over_several_lines_says_how_far_it_goes(file):
    path = file('id,text\n1,"one\ntwo" x\n2,b\n')
    assert "goes on to line 3" in rejected(path)[0].reason
    assert rows(path) == [(4, ["2", "b"])]


@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("length", [CELL_LIMIT + 1, 140_000, RECORD_LIMIT + 7, 10_000_000])
def test_a_cell_that_is_too_long_is_rejected_with_line_and_column_and_reading_goes_on(file, quote, length):
    path = file(f"id,text,last\n1,a,x\n2,{quote}{'w' * length}{quote},y\n3,c,z\n")
    assert [(row.line, row.reason) for row in rejected(path)] == [
        (3, "the cell in column “text” is longer than 100000 characters")
    ]
    assert [line for line, _cells in rows(path)] == [2, 4]


def test_a_quoted_cell_of_ten_megabytes_over_many_lines_is_passed_over_in_little_memory(file):
    path = file('id,text\n1,"' + 'a ""word"" in a line\n' * 500_000 + '"\n2,b\n')
    shape = inspect(path)
    tracemalloc.start()
    with open_table(path, shape) as reader:
        found = list(reader)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [row.line for row in found] == [2, 500_003]
    assert peak < 8_000_000


def test_a_quotation_mark_never_closed_in_a_long_file_is_refused_with_the_line_it_opens_on(file):
    path = file("id,text\n1,a\n" + '2,"b\n' + "3,c\n" * 400_000)
    with pytest.raises(Unreadable) as refused:
        read(path)
    assert refused.value.line == 3


def test_many_cells_that_are_long_only_together_are_rejected(file):
    path = file(
        ",".join(f"c{n}" for n in range(20)) + "\n" + ",".join(["w" * 60_000] * 20) + "\n" + ",".join("x" * 20) + "\n"
    )
    assert "row is longer" in rejected(path)[0].reason
    assert len(rows(path)) == 1


def test_a_zero_byte_behind_the_sample_rejects_its_row(file):
    path = file(b"id,text\n" + b"1,plain text\n" * 10_000 + b"2,b\0d\n3,c\n")
    assert [(row.line, row.excerpt) for row in rejected(path)] == [(10_002, "2,b\N{REPLACEMENT CHARACTER}d")]


# What is read


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(file, delimiter):
    path = file(f"id{delimiter}text\n1{delimiter}a\n2{delimiter}b\n")
    assert rows(path) == [(2, ["1", "a"]), (3, ["2", "b"])]


def test_commas_in_texts_do_not_hide_a_semicolon(file):
    path = file("id;text\n1;one, two, three\n2;four, five\n")
    assert inspect(path).columns == ("id", "text")


def test_one_column_needs_no_delimiter(file):
    assert rows(file("text\nhello\nworld\n")) == [(2, ["hello"]), (3, ["world"])]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf8_and_utf16_with_their_marks_are_read(file, encoding):
    path = file("id,text\n1,Käyttö ﷺ 🙂\n", encoding)
    assert inspect(path).columns == ("id", "text")
    assert rows(path) == [(2, ["1", "Käyttö ﷺ 🙂"])]


def test_quotes_over_lines_keep_the_true_line_numbers(file):
    path = file('id,text\r\n1,"one\r\ntwo, ""three"""\r\n\r\n2,b\r\n')
    assert rows(path) == [(2, ["1", 'one\ntwo, "three"']), (5, ["2", "b"])]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_line_end_is_understood(file, end):
    assert rows(file(end.join(["id,text", "1,a", "2,b"]))) == [(2, ["1", "a"]), (3, ["2", "b"])]


def test_blank_lines_and_rows_of_empty_cells_are_passed_over(file):
    assert rows(file("id,text\n\n1,a\n   \n,\n2,b\n\n")) == [(3, ["1", "a"]), (6, ["2", "b"])]


def test_formulas_and_html_stay_the_text_they_are(file):
    path = file('id,text\n=1+1,"<script>alert(1)</script>"\n@SUM(A1),=HYPERLINK("http://x")\n')
    assert rows(path) == [(2, ["=1+1", "<script>alert(1)</script>"]), (3, ["@SUM(A1)", '=HYPERLINK("http://x")'])]


def test_what_pythons_own_writer_writes_comes_back_unchanged(file, tmp_path):
    written = [[f"{n}", f'a "quoted" {n},\nline\ttab;|', "", " pad "] for n in range(500)]
    path = tmp_path / "items.csv"
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([["id", "text", "none", "pad"], *written])
    assert [cells for _line, cells in rows(path)] == written


def test_progress_ends_at_the_size_of_the_file(file):
    path = file("id,text\n" + "1,some text\n" * 5_000)
    shape = inspect(path)
    with open_table(path, shape) as reader:
        seen = [reader.consumed for _row in reader]
    assert seen == sorted(seen)
    assert seen[0] < shape.size == seen[-1]
