"""Workbooks: cells become plain text, rows keep their numbers, and a hostile file harms nobody but itself."""

import datetime as dt
import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from talkoo.lib.tables import Rejected, Row, Unreadable, inspect, open_table, packed, workbook


@pytest.fixture
def book(tmp_path):
    """Writes a workbook of sheets, each a list of rows."""

    def write(**sheets) -> Path:
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "items.xlsx"
        made.save(path)
        return path

    return write


@pytest.fixture
def file(tmp_path):
    def write(content: bytes) -> Path:
        path = tmp_path / "items.xlsx"
        path.write_bytes(content)
        return path

    return write


def read(path, sheet=""):
    shape = inspect(path, sheet=sheet)
    with open_table(path, shape) as table:
        return list(table)


def zipped(**members) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return held.getvalue()


# What is refused


def test_a_file_cut_off_on_its_way_is_refused_with_a_remedy(book, file):
    whole = book(Letters=[["text"], ["a"]]).read_bytes()
    for cut in (10, len(whole) // 2, len(whole) - 5):
        with pytest.raises(Unreadable, match="damaged or was cut off") as refused:
            read(file(whole[:cut]))
        assert refused.value.remedy


def test_a_workbook_damaged_inside_is_refused(file):
    broken = zipped(
        **{"[Content_Types].xml": "<x/>", "xl/workbook.xml": "<workbook", "xl/_rels/workbook.xml.rels": "?"}
    )
    with pytest.raises(Unreadable):
        read(file(broken))


def test_a_workbook_with_a_password_and_an_old_one_are_told_apart(file):
    container = b"\xd0\xcf\x11\xe0" + bytes(2000)
    with pytest.raises(Unreadable, match="protected by a password"):
        read(file(container + "EncryptedPackage".encode("utf-16-le") + bytes(100)))
    with pytest.raises(Unreadable, match=r"old form \(XLS\)"):
        read(file(container))


@pytest.mark.parametrize(
    ("member", "kind"), [("xl/workbook.bin", "XLSB"), ("content.xml", "ODS"), ("word/document.xml", "DOCX")]
)
def test_other_files_of_offices_are_named(file, member, kind):
    with pytest.raises(Unreadable, match=kind):
        read(file(zipped(**{member: "x"})))


def test_a_file_that_would_unpack_to_too_much_is_refused_before_it_is_unpacked(file, monkeypatch):
    monkeypatch.setattr(packed, "UNPACKED_LIMIT", 1_000_000)
    with pytest.raises(Unreadable, match="would grow to more than 1 MB"):
        read(file(zipped(**{"xl/workbook.xml": "x" * 1_000_001})))


def test_a_list_of_contents_that_is_too_long_is_refused_before_it_is_read(file, monkeypatch):
    monkeypatch.setattr(packed, "DIRECTORY_LIMIT", 1000)
    with pytest.raises(Unreadable, match="more than 20000 files"):
        read(file(zipped(**{f"member {n}": "" for n in range(40)})))


def test_two_cells_far_apart_take_no_memory_of_ours(book, tmp_path):
    made = openpyxl.Workbook()
    made.active["A1"], made.active["XFD1048576"] = "text", "far away"
    made.save(tmp_path / "items.xlsx")
    with pytest.raises(Unreadable, match="takes more memory to read than we allow") as refused:
        read(tmp_path / "items.xlsx")
    assert "far from the table" in refused.value.remedy


def test_a_workbook_that_takes_too_long_is_stopped(book, monkeypatch):
    monkeypatch.setattr(workbook, "SECONDS", 0)
    with pytest.raises(Unreadable, match="takes longer to read than we allow"):
        read(book(Letters=[["text"], *[["word " * 50] for _ in range(20_000)]]))


@pytest.mark.parametrize("rows", [[], [[None, None], ["", " "]]])
def test_an_empty_sheet_says_so_by_name(book, rows):
    with pytest.raises(Unreadable, match="The sheet “Nothing” is empty"):
        read(book(Nothing=rows))


def test_a_wrong_header_names_sheet_and_row(book):
    with pytest.raises(Unreadable, match=r"Sheet “Letters”: Column 2 has no name in the header \(line 3\)"):
        read(book(Letters=[[], [None], ["id", None, "text"], [1, 2, 3]]))


# What is read


def test_every_kind_of_cell_becomes_plain_text(book):
    rows = [
        ["number", "half", "large", "truth", "day", "moment", "hour", "span", "text"],
        [
            7, 2.5, 1e20, True, dt.date(2024, 5, 6), dt.datetime(2024, 5, 6, 7, 8, 9), dt.time(7, 8),  # noqa: DTZ001
            dt.timedelta(hours=30), "Käyttö\n=1+1",
        ],
        [-3, None, 0, False, None, None, None, None, "  pad "],
    ]  # fmt: skip
    first, second = read(book(Letters=rows))
    assert first.cells[:4] == ["7", "2.5", "1e+20", "true"]
    assert first.cells[4:] == ["2024-05-06", "2024-05-06T07:08:09", "07:08:00", "30:00:00", "Käyttö\n=1+1"]
    assert second.cells == ["-3", "", "0", "false", "", "", "", "", "  pad "]


def test_a_formula_is_not_evaluated(book):
    made = read(book(Letters=[["text", "sum"], ["a", "=1+1"], ["b", '=HYPERLINK("http://x")']]))
    assert [row.cells[1] for row in made] == ["", ""]  # nothing stored it a value, and nobody here works it out


def test_rows_are_numbered_as_the_spreadsheet_does_and_blank_ones_are_passed_over(book):
    rows = [[], ["id", "text"], [1, "a"], [None, None], [2, "b"], [3, "c", None, "stray"], [4, "d"]]
    assert [(type(row), row.line) for row in read(book(Letters=rows))] == [
        (Row, 3), (Row, 5), (Rejected, 6), (Row, 7),
    ]  # fmt: skip


def test_a_cell_that_is_too_long_is_rejected_with_its_column(book, monkeypatch):
    monkeypatch.setattr(workbook, "CELL_LIMIT", 100)
    found = read(book(Letters=[["id", "text"], [1, "w" * 101], [2, "fine"]]))
    assert isinstance(found[0], Rejected)
    assert "“text” is longer than" in found[0].reason
    assert found[1] == Row(3, ["2", "fine"])


def test_the_first_sheet_with_something_in_it_is_read_unless_another_is_named(book):
    path = book(Empty=[], Letters=[["text"], ["a"]], Words=[["word"], ["b"]])
    assert inspect(path).sheets == ("Empty", "Letters", "Words")
    assert inspect(path).sheet == "Letters"
    assert read(path, "Words") == [Row(2, ["b"])]


def test_hidden_sheets_are_not_offered(tmp_path):
    made = openpyxl.Workbook()
    made.active.append(["secret"])
    made.active.sheet_state = "hidden"
    shown = made.create_sheet("Shown")
    shown.append(["text"])
    shown.append(["a"])
    made.save(tmp_path / "items.xlsx")
    assert inspect(tmp_path / "items.xlsx").sheets == ("Shown",)


def test_reading_stops_cleanly_when_nobody_reads_on(book):
    path = book(Letters=[["text"], *[[f"row {n}"] for n in range(5000)]])
    with open_table(path, inspect(path)) as table:
        assert next(iter(table)) == Row(2, ["row 0"])
    assert table.reader.returncode is not None


def test_progress_ends_at_the_size_of_the_file(book):
    path = book(Letters=[["text"], *[[f"row {n}"] for n in range(1000)]])
    shape = inspect(path)
    with open_table(path, shape) as table:
        seen = [table.consumed for _row in table]
    assert seen == sorted(seen)
    assert seen[-1] == shape.size
