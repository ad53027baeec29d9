"""Whether the embedded database was migrated by exactly this code: a look at files, so that a second start is fast."""

import hashlib
from importlib.metadata import distributions
from pathlib import Path

from talkoo.config.environment import PACKAGE

LIBRARIES = {"django", "django-allauth", "procrastinate"}


def fingerprint() -> str:
    """Changes with every migration, ours or a library's, and with the rights that are granted."""
    found = hashlib.sha256()
    for path in [
        PACKAGE / "config/migrate.py",
        *sorted(PACKAGE.glob("*/migrations/*.py")),
        *sorted(PACKAGE.glob("*/starter_*.csv")),
        *sorted(PACKAGE.glob("desk/demo_content/*.*")),
    ]:
        found.update(path.name.encode() + path.read_bytes())
    for library in sorted(f"{each.name} {each.version}" for each in distributions() if each.name.lower() in LIBRARIES):
        found.update(library.encode())
    return found.hexdigest()


def noted(home: Path, what: str) -> str:
    """What was noted when `what` ("migrated", "demo") was done by this code; the note lies beside the cluster."""
    note = home / what
    code, _end, words = note.read_text().partition("\n") if note.exists() else ("", "", "")
    return words if code == fingerprint() else ""


def done(home: Path, what: str, words: str) -> None:
    (home / what).write_text(f"{fingerprint()}\n{words}")
