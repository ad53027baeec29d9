"""Everything stays small enough to be read in one go, and says something."""

import ast
import re
from statistics import quantiles

from tests.architecture.sources import ROOT, functions, named, report, templates, text, tracked, tree

FUNCTION, FUNCTION_MOST, FILE, TEMPLATE = 30, 60, 400, 120
BANNED_MODULES = {"utils", "helpers", "services", "managers", "base", "common", "misc", "util", "helper"}
BANNED_WORDS = re.compile(
    r"\b(?:TO"
    r"DO|FIX"
    r"ME|XX"
    r"X|HA"
    r"CK|NotImplemented"
    r"Error|not implemented "
    r"yet|placeholder "
    r"implementation)\b"
)
CHECKS = re.compile(r"assert|raises|expect|check|fail|verify|must|refuse|axe", re.IGNORECASE)


def _ours(*, tests: bool):
    found = [path for path in tracked() if path.suffix == ".py" and "migrations" not in path.parts]
    return [path for path in found if (path.relative_to(ROOT).parts[0] in {"tests", "bench"}) == tests]


def _length(node) -> int:
    return node.end_lineno - node.lineno + 1


def test_nearly_all_functions_fit_in_thirty_lines_and_none_passes_sixty():
    lengths = {
        (named(path), each.lineno, each.name): _length(each)
        for path in _ours(tests=False)
        for each in functions(tree(path))
    }
    long = [f"{path}:{line}: {name} has {n} lines" for (path, line, name), n in lengths.items() if n > FUNCTION_MOST]
    assert not long, report(long)
    assert quantiles(lengths.values(), n=20)[-1] <= FUNCTION


def test_no_file_passes_four_hundred_lines():
    long = [f"{named(path)}: {n} lines" for path in _ours(tests=False) if (n := text(path).count("\n") + 1) > FILE]
    assert not long, report(long)


def test_no_template_passes_a_hundred_and_twenty_lines():
    long = [f"{named(path)}: {n} lines" for path in templates() if (n := text(path).count("\n") + 1) > TEMPLATE]
    assert not long, report(long)


NAMED_BY_OTHERS = {"src/talkoo/lib/database/base.py"}  # Django looks for a backend under this name


def test_modules_are_named_for_what_they_hold():
    vague = [
        named(path)
        for path in _ours(tests=False) + _ours(tests=True)
        if path.stem in BANNED_MODULES and named(path) not in NAMED_BY_OTHERS
    ]
    assert not vague, report(vague)


def test_nothing_is_left_for_later():
    left = [
        f"{named(path)}:{number}: {line.strip()[:90]}"
        for path in tracked()
        if path.suffix in {".py", ".html", ".js", ".css", ".sql", ".toml", ".sh", ""} and "vendor" not in path.parts
        for number, line in enumerate(text(path).splitlines(), 1)
        if BANNED_WORDS.search(line)
    ]
    assert not left, report(left)


def _calls(function: ast.AST) -> set[str]:
    return {ast.unparse(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}


def _can_fail(function: ast.AST) -> bool:
    """Whether it holds an assertion, raises, or calls something whose name says that it checks."""
    plain = any(isinstance(node, ast.Assert | ast.Raise) for node in ast.walk(function))
    return plain or any(CHECKS.search(name) for name in _calls(function))


def test_every_test_can_fail():
    """By itself, or through a function of the tests that can."""
    ours = [(path, each) for path in _ours(tests=True) for each in functions(tree(path))]
    checkers = {each.name for _path, each in ours if not each.name.startswith("test_") and _can_fail(each)}
    idle = [
        f"{named(path)}:{each.lineno}: {each.name}"
        for path, each in ours
        if each.name.startswith("test_") and not _can_fail(each)
        if not {call.rsplit(".", 1)[-1] for call in _calls(each)} & checkers
    ]
    assert not idle, report(idle)


def _marks(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    return [ast.unparse(each) for each in function.decorator_list]


def test_no_test_is_expected_to_fail_or_skipped_for_good():
    passed_over = [
        f"{named(path)}:{each.lineno}: {each.name}: {mark}"
        for path in _ours(tests=True)
        for each in functions(tree(path))
        for mark in _marks(each)
        if re.search(r"mark\.(xfail|skip\b)", mark)
    ]
    assert not passed_over, report(passed_over)
