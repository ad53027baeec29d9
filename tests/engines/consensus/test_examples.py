"""The examples in the docstrings run as they are written, and the package touches nothing outside itself."""

import ast
import doctest
import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

from talkoo.engines import consensus

MODULES = sorted(module.name for module in pkgutil.iter_modules(consensus.__path__))


@pytest.mark.parametrize("name", ["__init__", *MODULES])
def test_the_examples_say_what_happens(name: str) -> None:
    module = consensus if name == "__init__" else importlib.import_module(f"talkoo.engines.consensus.{name}")
    assert doctest.testmod(module).failed == 0


def test_every_method_has_an_example() -> None:
    for method in (consensus.majority, consensus.dawid_skene, consensus.score, consensus.next_step, consensus.interval):
        assert ">>>" in (method.__doc__ or ""), method.__name__


def test_the_engine_imports_numbers_and_itself_only() -> None:
    allowed = {"numpy", "scipy", "talkoo"} | (set(sys.stdlib_module_names) - {"os", "time", "random", "socket"})
    for path in Path(consensus.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert all(name.split(".")[0] in allowed for name in names), path.name
            assert all(name.startswith("talkoo.engines.") for name in names if name.startswith("talkoo")), path.name
