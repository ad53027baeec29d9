"""Who may import whom. The contracts stand in pyproject.toml; what they cannot say stands here."""

import ast
import sys
from functools import cache

import grimp
from importlinter.cli import lint_imports

from tests.architecture.sources import PACKAGE, ROOT, SLICES, dotted, modules, named, report, tree

ROOMS = {"actions", "queries", "models"}
DOORS = {  # what else of a slice may be imported from another, and why
    "talkoo.access.permissions": "the declaration of who may do what",
    "talkoo.access.context": "how surely and from where somebody asks",
    "talkoo.access.deciding": "the rules at their best, for what is told of and not shown",
    "talkoo.access.scopes": "the declaration of what a token can be given",
    "talkoo.access.subject": "who is asking",
    "talkoo.access.bearer": "what every operation of the API stands behind",
    "talkoo.access.views": "what every page of a signed-in person stands behind",
    "talkoo.access.visiting": "what is agreed about guests",
    "talkoo.people.checks": "what a name and an address look like, wherever somebody is invited",
    "talkoo.people.forms": "the fields that choose organisations and people, for pages about work and people at once",
    "talkoo.microtasks.task_types": "the declaration of what can be asked",
}
PURE = {  # what engines may import besides each other, NumPy, SciPy, cryptography and Cedar: nothing that knows time, chance or the outside
    "__future__", "base64", "calendar", "collections", "dataclasses", "enum", "fractions", "functools", "hashlib", "itertools", "json", "math", "operator", "re", "statistics", "types", "typing", "unicodedata", "zlib",
}  # fmt: skip
OUTSIDE = {"open", "print", "input", "exec", "eval", "__import__"}


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("talkoo", cache_dir=None)


def _slice(module: str) -> str:
    return module.split(".")[1] if "." in module else ""


def _imports() -> list[tuple[str, str, str]]:
    """Every import between our modules: importer, imported, and where it stands."""
    found = []
    for importer in sorted(graph().modules):
        for imported in sorted(graph().find_modules_directly_imported_by(importer)):
            line = graph().get_import_details(importer=importer, imported=imported)[0]["line_number"]
            found.append((importer, imported, f"{importer}:{line} imports {imported}"))
    return found


def test_the_contracts_of_pyproject_are_kept(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr("importlinter.cli.logging_config.dictConfig", lambda _said: None)  # it switches our loggers off
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert status == 0, capsys.readouterr().out


def test_slices_meet_only_at_their_doors():
    through_the_wall = []
    for importer, imported, where in _imports():
        theirs, ours = _slice(imported), _slice(importer)
        if theirs not in SLICES or ours in {theirs, "config"}:
            continue
        room = imported.split(".")[2] if imported.count(".") > 1 else ""
        if room not in ROOMS and not any(imported == door or imported.startswith(f"{door}.") for door in DOORS):
            through_the_wall.append(where)
    assert not through_the_wall, report(through_the_wall)


def test_every_door_is_used():
    """A door that nobody goes through is a wall with a hole in it."""
    used = {imported for importer, imported, _where in _imports() if _slice(importer) != _slice(imported)}
    idle = [door for door in DOORS if not any(each == door or each.startswith(f"{door}.") for each in used)]
    assert not idle, report(idle)


def test_only_the_composition_root_knows_every_slice():
    above = [
        where
        for importer, imported, where in _imports()
        if _slice(imported) == "config" and _slice(importer) != "config"
    ]
    assert not above, report(above)


def test_slices_do_not_import_each_other_in_a_circle():
    after: dict[str, set[str]] = {}
    for importer, imported, _where in _imports():
        if _slice(importer) != _slice(imported):
            after.setdefault(_slice(importer), set()).add(_slice(imported))
    left = dict(after)
    while free := [name for name, imported in left.items() if not imported & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_no_module_imports_itself_by_way_of_others():
    circles = []
    for importer, imported, where in _imports():
        if graph().find_shortest_chain(imported, importer):
            circles.append(where)
    assert not circles, report(circles)


def _engines():
    return [path for path in modules() if PACKAGE / "engines" in path.parents]


def _imported_names(path) -> list[tuple[int, str]]:
    found = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found += [(node.lineno, alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.lineno, node.module or "."))
    return found


def test_engines_import_nothing_that_knows_the_world():
    known = PURE | {"numpy", "scipy", "cryptography", "cedarpy"}
    worldly = [
        f"{named(path)}:{line}: {name}"
        for path in _engines()
        for line, name in _imported_names(path)
        if name.split(".")[0] not in known and not name.startswith("talkoo.engines")
    ]
    assert not worldly, report(worldly)


def test_engines_ask_neither_clock_nor_chance_nor_disk():
    """Chance comes in as a generator: only the type is named, and never the one that NumPy shares."""
    asking = []
    for path in _engines():
        for node in ast.walk(tree(path)):
            words = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            chance = "random." in words and not words.startswith(("rng.", "self.rng."))
            if words in OUTSIDE or chance or words.endswith((".load", ".save", ".fromfile", ".tofile", ".loadtxt")):
                asking.append(f"{named(path)}:{node.lineno}: {words}")
    assert not asking, report(asking)


def test_engines_do_not_know_each_other():
    crossing = [
        where
        for importer, imported, where in _imports()
        if importer.startswith("talkoo.engines.")
        and imported.startswith("talkoo.engines.")
        and importer.split(".")[2] != imported.split(".")[2]
    ]
    assert not crossing, report(crossing)


def test_every_module_is_seen():
    """The graph leaves out folders without __init__.py, and so would every rule above."""
    unseen = [named(path) for path in modules() if dotted(path) not in graph().modules]
    assert not unseen, report(unseen)
