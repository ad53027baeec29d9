"""When a disk is full: what the operating system and the database call by several names."""

import errno
import shutil
from pathlib import Path

DISK_FULL = "53100"  # SQLSTATE, PostgreSQL's list of error codes
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
RESERVE = 100_000_000  # bytes that no file may take: PostgreSQL stops where it cannot write its log, and starts only with room


def no_room(error: BaseException | None) -> bool:
    """Whether an error, or the one it was raised from, says that a disk, a quota or a file is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        if getattr(error, "sqlstate", None) == DISK_FULL:
            return True
        error = error.__cause__
    return False


def room_for(folder: Path, size: int) -> bool:
    """Whether the disk of this folder takes so many bytes more and still has its reserve."""
    return shutil.disk_usage(folder).free >= size + RESERVE
