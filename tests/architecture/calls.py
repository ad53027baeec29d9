"""Who calls whom among the actions, read from the source: good enough to ask whether a write is always recorded."""

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from tests.architecture.sources import dotted, is_action, modules, named, tree
from tests.architecture.writing import writes_in

RECORD = "talkoo.audit.actions.record"


@dataclass
class Action:
    """A function at the top of an actions module."""

    name: str
    path: Path
    node: ast.FunctionDef
    calls: set[str] = field(default_factory=set)
    writes: list[int] = field(default_factory=list)

    @property
    def public(self) -> bool:
        return not self.name.rsplit(".", 1)[1].startswith("_")

    @property
    def where(self) -> str:
        return f"{named(self.path)}:{self.node.lineno}: {self.node.name}"

    @property
    def asks_who(self) -> bool:
        """Whether `by` is its first argument and every argument is named by the caller."""
        arguments = self.node.args
        given = [*arguments.posonlyargs, *arguments.args]
        return not given and bool(arguments.kwonlyargs) and arguments.kwonlyargs[0].arg == "by"


def known_as(path: Path) -> dict[str, str]:
    """Each name a module imports or defines, in full: `audit` → talkoo.audit.actions."""
    found = {}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.asname: alias.name for alias in node.names if alias.asname}
    top = [node for node in tree(path).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return found | {node.name: f"{dotted(path)}.{node.name}" for node in top}


def full(words: str, names: dict[str, str]) -> str:
    """`audit.record` → talkoo.audit.actions.record."""
    first, _dot, rest = words.partition(".")
    return f"{names.get(first, first)}.{rest}" if rest else names.get(first, first)


def mentioned(node: ast.AST, names: dict[str, str]) -> set[str]:
    """Every dotted name that occurs, in full. Naming a function counts as calling it: tables of functions are called too."""
    found = [each for each in ast.walk(node) if isinstance(each, ast.Name | ast.Attribute)]
    return {full(ast.unparse(each), names) for each in found}


@cache
def actions() -> dict[str, Action]:
    """Every function of every actions module, by its full name."""
    found = {}
    for path in modules():
        if is_action(path):
            names, tables = known_as(path), _tables(path)
            for node in tree(path).body:
                if isinstance(node, ast.FunctionDef):
                    name = f"{dotted(path)}.{node.name}"
                    calls = mentioned(node, names)
                    for table in calls & tables.keys():
                        calls |= tables[table]
                    found[name] = Action(name, path, node, calls - {name}, [line for line, _what in writes_in(node)])
    return found


def _tables(path: Path) -> dict[str, set[str]]:
    """Module-level names that hold functions, such as BEFORE = {"open": _first_opened}."""
    names, found = known_as(path), {}
    for node in tree(path).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = mentioned(node.value, names)
    return found


def reached(name: str) -> set[str]:
    """All names mentioned by a function or by the actions it calls."""
    seen, waiting = set(), [name]
    while waiting:
        for call in actions()[waiting.pop()].calls - seen:
            seen.add(call)
            if call in actions():
                waiting.append(call)
    return seen


@cache
def entries() -> dict[str, set[str]]:
    """The public actions that somebody outside the actions of their slice uses, and which modules those are."""
    found: dict[str, set[str]] = {}
    for path in modules():
        here, names = dotted(path), known_as(path)
        for name in mentioned(tree(path), names) | set(names.values()):
            if name in actions() and actions()[name].public and not _same_room(here, name):
                found.setdefault(name, set()).add(here)
    return found


def _same_room(module: str, action: str) -> bool:
    return module.split(".")[:3] == action.split(".")[:3]


def writes(name: str) -> bool:
    return any(actions()[each].writes for each in {name, *reached(name)} if each in actions())
