"""The process that owns one embedded PostgreSQL server and stops it when nobody uses it any more.

Everybody who uses the server holds a shared lock on `users.lock`. The keeper waits for the exclusive lock on the
same file: the kernel grants it when the last user has left, however that user ended (even by SIGKILL). It then
stops the server and goes. Should the keeper itself be killed, the kernel tells the server to shut down.

Run by file name with `python -I -S`, so it imports nothing outside the standard library and weighs little.
"""

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from types import FrameType
from typing import TypedDict

PR_SET_PDEATHSIG = 1
PATIENCE = 30  # seconds for a fast shutdown before an immediate one


class Plan(TypedDict):
    """What to run, as whom, and the files that go with it; handed over as JSON."""

    command: list[str]
    account: list[int] | None
    users: str
    log: str


def follow(account: tuple[int, int] | None = None, parting: int = signal.SIGINT) -> Callable[[], None]:
    """Give a child to run before exec: become `account` (uid, gid), and get the signal `parting` when the parent dies.

    The death signal is set last because setuid clears it. SIGINT is PostgreSQL's fast shutdown.
    """
    libc = ctypes.CDLL(None)

    def before_exec() -> None:
        if account:
            os.setgroups([])
            os.setgid(account[1])
            os.setuid(account[0])
            os.umask(0o077)
        if sys.platform == "linux":
            libc.prctl(PR_SET_PDEATHSIG, parting)

    return before_exec


def _stop(server: "subprocess.Popen[bytes]") -> None:
    server.send_signal(signal.SIGINT)
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.send_signal(signal.SIGQUIT)
        server.wait()


def main(plan: Plan) -> int:
    """Run the server until its last user has left; return its exit code."""
    account = (plan["account"][0], plan["account"][1]) if plan["account"] else None
    with open(plan["log"], "ab") as log, open(plan["users"], "r+b") as users:
        server = subprocess.Popen(
            plan["command"], preexec_fn=follow(account), cwd="/", stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )

        def ended(_signal: int, _frame: FrameType | None) -> None:
            if server.poll() is not None:
                raise SystemExit(server.returncode)

        def told(_signal: int, _frame: FrameType | None) -> None:
            raise SystemExit(0)

        signal.signal(signal.SIGCHLD, ended)
        signal.signal(signal.SIGTERM, told)
        if server.poll() is not None:
            return server.returncode
        with contextlib.suppress(SystemExit):
            fcntl.flock(users, fcntl.LOCK_EX)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        if server.poll() is None:
            _stop(server)
        return server.returncode


def leave_the_family() -> None:
    """Become nobody's child, so that the process which happened to start us may end when it likes."""
    if os.fork():
        os._exit(0)
    os.setsid()


if __name__ == "__main__":
    leave_the_family()
    raise SystemExit(main(json.loads(sys.argv[1])))
