"""Addresses of static files that change when a file changes, so browsers may keep them without asking again."""

import hashlib
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage


@cache
def stamp() -> str:
    """Short hash of the names, sizes and times of our own static files and those taken from npm."""
    found = hashlib.sha256()
    for folder in settings.STATICFILES_DIRS:
        for path in sorted(Path(folder).rglob("*")):
            if path.is_file():
                about = path.stat()
                found.update(f"{path.name} {about.st_size} {about.st_mtime_ns}".encode())
    return found.hexdigest()[:8]


class StampedStorage(StaticFilesStorage):
    """Static files with the stamp as a query; in debug mode without, so that a fresh look is always fresh."""

    def url(self, name: str | None, *args: object) -> str:
        address = str(super().url(name, *args))
        return address if settings.DEBUG else f"{address}?{stamp()}"
