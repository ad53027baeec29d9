"""Data packages: what a package says of its tables is believed as far as it is true."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from talkoo.lib.tables import Rejected, Row, Unreadable, inspect, open_table

FIELDS = {"fields": [{"name": "id", "type": "integer"}, {"name": "text"}]}
TABLE = "id,text\n1,Käyttö\n2\n3,b\n"


@pytest.fixture
def package(tmp_path):
    def write(resources, files, descriptor="datapackage.json") -> Path:
        said = resources if isinstance(resources, str) else json.dumps({"name": "p", "resources": resources})
        path = tmp_path / "package.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(descriptor, said)
            for name, content in files.items():
                archive.writestr(name, content)
        return path

    return write


def read(path, sheet=""):
    shape = inspect(path, sheet=sheet)
    with open_table(path, shape) as table:
        return list(table)


def test_the_first_table_is_read_as_its_descriptor_says_and_another_when_it_is_named(package):
    resources = [
        {"name": "notes", "path": "notes.pdf", "format": "pdf"},
        {"name": "letters", "path": "data/letters.csv", "schema": FIELDS},
        {"name": "old", "path": ["old.csv"], "encoding": "ISO-8859-1", "dialect": {"delimiter": ";"}},
    ]
    path = package(resources, {"data/letters.csv": TABLE, "old.csv": "a;b\nKäyttö, x;2\n".encode("latin-1")})
    shape = inspect(path)
    assert (shape.kind, shape.sheet, shape.sheets, shape.columns) == (
        "datapackage", "letters", ("letters", "old"), ("id", "text"),
    )  # fmt: skip
    first, wrong, last = read(path)
    assert (first, last) == (Row(2, ["1", "Käyttö"]), Row(4, ["3", "b"]))
    assert isinstance(wrong, Rejected)
    assert read(path, "old") == [Row(2, ["Käyttö, x", "2"])]


def test_a_package_may_lie_in_a_folder_of_its_archive(package):
    path = package([{"path": "letters.csv"}], {"mine/letters.csv": TABLE}, "mine/datapackage.json")
    assert inspect(path).sheet == "table 1"
    assert read(path)[0] == Row(2, ["1", "Käyttö"])


@pytest.mark.parametrize(
    ("resources", "words"),
    [
        ("{nonsense", "cannot be understood"),
        ("[" * 100_000, "cannot be understood"),
        ("[]", "cannot be understood"),
        ([], "holds no table as CSV"),
        ([{"name": "a", "path": "http://x.example/a.csv", "format": "csv"}], "holds no table as CSV"),
        ([{"name": "a", "path": "../../etc/a.csv"}], "holds no such file"),
        ([{"name": "a", "path": "missing.csv"}], "“a” should be in missing.csv"),
        ([{"name": "a", "path": "a.csv", "dialect": {"header": False}}], "no line of column names"),
        ([{"name": "a", "path": "a.csv", "encoding": "ebcdic"}], "written in ebcdic"),
        ([{"name": "a", "path": "a.csv", "schema": {"fields": [{"name": "no"}]}}], "called “id”, its schema says “no”"),
        ([{"name": "a", "path": "a.csv", "schema": {"fields": [{"name": "id"}]}}], "2 columns, its schema names 1"),
    ],
)
def test_a_package_that_does_not_hold_what_it_says_is_refused(package, resources, words):
    with pytest.raises(Unreadable, match=words):
        read(package(resources, {"a.csv": TABLE}))


def test_a_table_damaged_in_its_archive_is_refused(package):
    path = package([{"name": "a", "path": "a.csv"}], {"a.csv": "id,text\n" + "1,words words\n" * 5000})
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("a.csv").header_offset + 60
    content[start : start + 20] = b"\xff" * 20
    path.write_bytes(content)
    with pytest.raises(Unreadable, match="damaged"):
        read(path)


def test_progress_ends_at_the_size_of_the_file(package):
    path = package([{"name": "a", "path": "a.csv"}], {"a.csv": "id,text\n" + "1,words words\n" * 5000})
    shape = inspect(path)
    with open_table(path, shape) as table:
        assert [table.consumed for _row in table][-1] == shape.size
