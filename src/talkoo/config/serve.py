"""`talkoo serve`: embedded PostgreSQL, web server and worker under one process, one Ctrl-C.

The supervisor imports no Django, so it is small and quick. Children live in sessions of their own (Ctrl-C reaches
only the supervisor, which stops them in order) and the kernel ends them should the supervisor be killed.
"""

import argparse
import contextlib
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from talkoo.config import state
from talkoo.config.cli import Database
from talkoo.config.environment import DECLARED, var_folder
from talkoo.lib import keeper
from talkoo.lib.env import Environment

READY_SECONDS = 60
STOP_SECONDS = 25  # requests and the job in hand get so long to end; then all is stopped
SHARED = (
    "PROMETHEUS_MULTIPROC_DIR"  # as prometheus-client wants it named: what the web processes count, they count there
)
STOPPING = "stopping"  # the note beside the counts that /readyz looks for
CAST = "You can be:"  # from here on the words of `talkoo demo` hold at every start
JOBS = "2"  # so that mail goes out while a file of a million rows is read
FEW_RESTARTS, A_WHILE = 3, 60  # a child that dies more often than this in so many seconds will not get better
TALKOO = [sys.executable, "-m", "talkoo.config.cli"]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1: this machine only)"
    )
    parser.add_argument("--port", type=_port, default=8000, help="port (default 8000; 0 takes a free one)")
    parser.add_argument("--migrate", action="store_true", help="first bring the database to this version")
    parser.add_argument("--demo", action="store_true", help="first fill an empty database with demo content")
    parser.add_argument("--no-worker", action="store_true", help="web server only; run `talkoo worker` elsewhere")


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; use a number from 1 to 65535, or 0 for a free one")
    return int(text)


def free_port(host: str, wanted: int) -> int:
    """The wanted port if nobody has it, or any free one for 0; tells the remedy otherwise."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, wanted))
        except OSError as error:
            raise SystemExit(
                f"talkoo serve: cannot listen on {host}:{wanted} ({error.strerror}). Try --port 0."
            ) from None
        return int(probe.getsockname()[1])


def web_command(host: str, port: int, workers: int) -> list[str]:
    """granian as measured best: WSGI, two threads a process, no websockets."""
    return [
        *(sys.executable, "-m", "talkoo.config.web", "--interface", "wsgi", "--no-ws"),
        *("--host", host, "--port", str(port), "--workers", str(workers), "--blocking-threads", "2"),
        *("--respawn-failed-workers", "--workers-kill-timeout", str(STOP_SECONDS - 5), "--log-level", "warning"),
        "talkoo.config.wsgi:application",
    ]


def run(arguments: argparse.Namespace) -> int:
    """Serve until told to stop; 1 when a child cannot be kept alive."""
    environment = Environment(DECLARED, os.environ, "TALKOO_")
    workers = max(1, environment.number("TALKOO_WEB_WORKERS"))
    port = free_port(arguments.host, arguments.port)
    commands = {"web server": web_command(arguments.host, port, workers)}
    if not arguments.no_worker:
        commands["worker"] = [*TALKOO, "worker", "--jobs", JOBS]
    with Database() as database, shared_folder() as folder:
        prepare(database, migrate=arguments.migrate, demo=arguments.demo)
        drain = environment.number("TALKOO_DRAIN_SECONDS")
        return Supervisor(commands, database, folder, drain).run(arguments.host, port)


@contextlib.contextmanager
def shared_folder() -> Iterator[Path]:
    """Where the web processes of this server count together: of this machine, as TALKOO_VAR may be shared by several.

    What an earlier server left that was killed is taken away.
    """
    for older in Path(tempfile.gettempdir()).glob("talkoo-serving-*"):
        if not Path("/proc", older.name.split("-")[2]).exists():
            shutil.rmtree(older, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"talkoo-serving-{os.getpid()}-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def prepare(database: Database, *, migrate: bool, demo: bool) -> None:
    """Migrate and fill where that was not done yet; only for the embedded server can a note beside it tell."""
    home = database.attachment.place.home if database.attachment else None
    if migrate and not (home and state.noted(home, "migrated")):
        print("· Database tables", flush=True)
        _first([*TALKOO, "migrate", "--quiet"])
        if home:
            state.done(home, "migrated", "yes")
    if demo:
        cast = state.noted(home, "demo") if home else ""
        print(cast or "· Demo content", flush=True)
        told = cast or _first([*TALKOO, "demo"])
        if home and not cast:
            state.done(home, "demo", told[max(0, told.find(CAST)) :])


def _first(command: list[str]) -> str:
    """Run a command to its end before anything is served, and hand back what it said; its failure is ours."""
    told = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            told.append(line)
    if process.returncode:
        raise SystemExit(process.returncode if process.returncode > 0 else 1)
    return "".join(told).strip()


class Supervisor:
    """Starts the children, tells when they are ready, restarts one that dies, stops all."""

    def __init__(self, commands: dict[str, list[str]], database: Database, folder: Path, drain: int) -> None:
        self.commands, self.database, self.folder, self.drain = commands, database, folder, drain
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.deaths: list[float] = []
        self.stopping = threading.Event()

    def run(self, host: str, port: int) -> int:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._told)
        try:
            for name in self.commands:
                self._spawn(name)
            if self._wait_until_ready(host, port):
                shown = f"[{host}]" if ":" in host else host
                print(f"Talkoo is ready: http://{shown}:{port}/   (Ctrl-C stops it)", flush=True)
                print_first_run(f"http://{shown}:{port}")
            while not self.stopping.wait(0.2):
                if not self._all_well():
                    return 1
            return 0
        finally:
            self._stop()

    def _told(self, number: int, _frame: FrameType | None) -> None:
        """From now on /readyz says no. At a terminal nobody wants to wait for a load balancer to look."""
        (self.folder / STOPPING).touch()
        if number == signal.SIGTERM and not self.stopping.is_set():
            time.sleep(self.drain)
        self.stopping.set()

    def _spawn(self, name: str) -> None:
        parting = signal.SIGKILL if name == "worker" else signal.SIGTERM  # granian has processes of its own to end
        self.children[name] = subprocess.Popen(
            self.commands[name],
            preexec_fn=keeper.follow(parting=parting),  # noqa: PLW1509
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            env=os.environ | {SHARED: str(self.folder)},
        )

    def _wait_until_ready(self, host: str, port: int) -> bool:
        end = time.monotonic() + READY_SECONDS
        while time.monotonic() < end and not self.stopping.is_set():
            if healthy(host, port):
                return True
            if not self._all_well():
                break
            time.sleep(0.05)
        if not self.stopping.is_set():
            print("talkoo serve: the web server does not answer; the lines above tell why.", file=sys.stderr)
            self.stopping.set()
        return False

    def _all_well(self) -> bool:
        """Bring back what died; False when it dies too often."""
        for name, child in self.children.items():
            code = child.poll()
            if code is None:
                continue
            print(f"talkoo serve: the {name} ended ({code}).", file=sys.stderr, flush=True)
            now = time.monotonic()
            self.deaths = [*(when for when in self.deaths if now - when < A_WHILE), now]
            if len(self.deaths) > FEW_RESTARTS:
                print("talkoo serve: that was too often, so all is stopped.", file=sys.stderr)
                return False
            self.database.revive()
            end_group(child)
            self._spawn(name)
        return self.database.revive()

    def _stop(self) -> None:
        for child in self.children.values():
            if child.poll() is None:
                child.terminate()
        end = time.monotonic() + STOP_SECONDS
        for child in self.children.values():
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, end - time.monotonic()))
            end_group(child)


def end_group(child: "subprocess.Popen[bytes]") -> None:
    """End a child and whatever it started: granian that is killed leaves its workers behind, on the same port."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def print_first_run(address: str) -> None:
    """Where the first administrator is made; the web server keeps the code in a file as long as nobody is there."""
    file = var_folder(os.environ) / "setup-code"
    if file.exists():
        print(f"Nobody is here yet. Begin at {address}/first-run/?code={file.read_text().strip()}", flush=True)


def healthy(host: str, port: int) -> bool:
    """Whether the application answers, its database included."""
    connection = http.client.HTTPConnection("127.0.0.1" if host == "0.0.0.0" else host, port, timeout=5)  # noqa: S104
    try:
        connection.request("GET", "/healthz", headers={"Host": "localhost"})
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
