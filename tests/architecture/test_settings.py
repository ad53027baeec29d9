"""Settings come from the environment through one door. That the guide lists each is held in tests/config."""

import ast
import re

from talkoo.config.environment import DECLARED
from tests.architecture.sources import PACKAGE, modules, named, report, text, tracked, tree

NAME = re.compile(r"\bTALKOO_[A-Z]+(?:_[A-Z]+)*\b")
READERS = (  # replay starts a Talkoo of its own; places asks where the system keeps what lives as long as a login
    "src/talkoo/config/",
    "src/talkoo/lib/env.py",
    "src/talkoo/lib/places.py",
    "src/talkoo/desk/replay/",
)
GUIDE = PACKAGE.parents[1] / "docs" / "guide" / "operator.md"


def _names(*, but: str) -> set[str]:
    return {name for path in modules() if named(path) != but for name in NAME.findall(text(path))}


def test_every_setting_that_is_read_is_declared():
    unknown = _names(but="") - {setting.name for setting in DECLARED}
    assert not unknown, report(sorted(unknown))


def test_every_declared_setting_is_read():
    idle = {setting.name for setting in DECLARED} - _names(but="src/talkoo/config/environment.py")
    assert not idle, report(sorted(idle))


def test_the_environment_is_read_in_one_place():
    found = [
        f"{named(path)}:{node.lineno}: {ast.unparse(node)}"
        for path in modules()
        if not named(path).startswith(READERS)
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and ast.unparse(node) in {"os.environ", "os.getenv", "os.environb"}
    ]
    assert not found, report(found)


def test_documents_name_only_settings_that_exist():
    known = {setting.name for setting in DECLARED}
    pages = [path for path in tracked() if path.suffix == ".md" or path.name in {"run", "test"}]
    assert GUIDE in pages
    unknown = [f"{named(path)}: {name}" for path in pages for name in set(NAME.findall(text(path))) - known]
    assert not unknown, report(sorted(unknown))
