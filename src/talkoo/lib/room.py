"""When a disk is full: what the operating system and the database call by several names."""

import errno

DISK_FULL = "53100"  # SQLSTATE, PostgreSQL's list of error codes
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def no_room(error: BaseException | None) -> bool:
    """Whether an error, or the one it was raised from, says that a disk, a quota or a file is full."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in NO_ROOM:
            return True
        if getattr(error, "sqlstate", None) == DISK_FULL:
            return True
        error = error.__cause__
    return False
