"""What SECURITY.md and the table of ASVS clauses name is there: files, functions, tests; and their sums are right."""

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGE, ROOT, functions, report, text, tree

DOCUMENTS = ("SECURITY.md", "docs/reference/asvs.md")
ROOTS = (ROOT, PACKAGE, ROOT / "tests")
QUOTED = re.compile(r"`([^`\s]+)`")
A_PATH = re.compile(r"[\w./-]+/[\w.-]+(?:::\w+)?|[\w-]+\.(?:md|py|toml|txt|json)(?:::\w+)?")
NOT_OURS = {"/metrics"}
CLAUSE = re.compile(
    r"^\| (\d+\.\d+\.\d+) \| (.+?) \| (met|partly|not met|not applicable) \| (.*?) \| (.*?) \|$", re.MULTILINE
)
SUMS = re.compile(r"^\| (\d+|all)\b[^|]*\| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", re.MULTILINE)
STATES = ("met", "partly", "not met", "not applicable")
ASKED = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 47, 7: 19, 8: 13, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 13, 15: 13, 16: 17, 17: 7}  # fmt: skip
IN_A_LINE = re.compile(r"^(?:All \d+ n|N)ot applicable: .*\(([\d., ]+)\)$", re.MULTILINE)


@cache
def named_in(document: str) -> tuple[str, ...]:
    return tuple(
        name for name in QUOTED.findall(text(ROOT / document)) if A_PATH.fullmatch(name) and name not in NOT_OURS
    )


def _where(path: str) -> Path | None:
    return next((root / path for root in ROOTS if (root / path).exists()), None)


def _missing(name: str) -> str:
    path, _sign, function = name.partition("::")
    where = _where(path)
    if where is None:
        return f"{path}: there is no such file"
    if function and function not in {each.name for each in functions(tree(where))}:
        return f"{path}: has no function {function}"
    return ""


def _clauses() -> list[tuple[str, str, str, str]]:
    """Number, state, where, tests; those that a line puts aside together as well."""
    words = text(ROOT / "docs/reference/asvs.md")
    found = [(number, state, where, tests) for number, _what, state, where, tests in CLAUSE.findall(words)]
    aside = [number for line in IN_A_LINE.findall(words) for number in line.split(", ")]
    return found + [(number, "not applicable", "", "") for number in aside]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_function_and_test_that_is_named_exists(document):
    assert len(named_in(document)) > 90
    missing = sorted({wrong for name in named_in(document) if (wrong := _missing(name))})
    assert not missing, report(missing)


def test_every_clause_stands_once_and_the_sums_are_right():
    clauses = _clauses()
    twice = [number for number, times in Counter(number for number, *_rest in clauses).items() if times > 1]
    assert not twice
    for chapter, *sums in SUMS.findall(text(ROOT / "docs/reference/asvs.md")):
        states = Counter(state for number, state, *_rest in clauses if chapter in {"all", number.partition(".")[0]})
        assert [int(each) for each in sums] == [states.total(), *(states[state] for state in STATES)]
        assert states.total() == (sum(ASKED.values()) if chapter == "all" else ASKED[int(chapter)])


def test_what_is_met_names_its_test_or_its_document():
    """A clause that asks for words names the document that has them."""
    bare = [number for number, state, where, tests in _clauses() if state == "met" and not tests and ".md" not in where]
    assert not bare, report(bare)
