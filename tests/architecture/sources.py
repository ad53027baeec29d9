"""The files of the house as the architecture tests read them: what git holds, or would hold."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "talkoo"
SLICES = ("audit", "access", "notify", "people", "microtasks", "desk")
NOT_OURS = {
    ".git",
    ".venv",
    "var",
    "vendor",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
}


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track; in an unpacked archive, every file that is not a by-product."""
    if (ROOT / ".git").exists():
        words = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
        listed = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        found = [ROOT / name for name in listed if name]
    else:
        found = [path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file() and not path.is_symlink()))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def text(path: Path) -> str:
    """The words of a file; empty for one that holds none (a picture, a font)."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(text(path), str(path))


def modules() -> list[Path]:
    """The product's Python files without migrations."""
    return [
        path
        for path in tracked()
        if path.suffix == ".py" and PACKAGE in path.parents and "migrations" not in path.parts
    ]


def templates() -> list[Path]:
    return [
        path
        for path in tracked()
        if path.suffix in {".html", ".txt"} and PACKAGE in path.parents and _is_template(path)
    ]


def _is_template(path: Path) -> bool:
    return "templates" in path.parts or "task_types" in path.parts


def dotted(path: Path) -> str:
    """talkoo.people.models for src/talkoo/people/models.py; a package is named without its __init__."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_action(path: Path) -> bool:
    """Whether the module may write: actions.py of a slice, or a module in its package actions."""
    parts = dotted(path).split(".")
    return len(parts) > 2 and parts[2] == "actions"


def functions(of: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(of) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def report(found: list[str]) -> str:
    """One finding a line, as the message of a failed assertion."""
    return "\n  " + "\n  ".join(found)
