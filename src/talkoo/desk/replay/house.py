"""A Talkoo of one's own for the length of a replay: database, server and files in a temporary folder."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from talkoo.lib import keeper, postgres
from talkoo.lib.errors import Conflict

READY = re.compile(r"ready: (http://\S+?)/? ")
SERVE = [sys.executable, "-m", "talkoo.config.cli", "serve", "--migrate", "--no-worker", "--port", "0"]
PATIENCE = 20  # seconds for the server to stop


@contextmanager
def own_house(*, keep: bool) -> Iterator[str]:
    """Start it, make its settings those of this process, yield its address; stop and delete it unless told to keep it."""
    var = Path(tempfile.mkdtemp(prefix="talkoo-replay-"))
    var.chmod(0o711)  # the account that runs the database must get through
    settings = {"TALKOO_VAR": str(var), "TALKOO_INSECURE_HTTP": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TALKOO_")}
    try:
        with _serving({**kept, **settings}, var) as address:
            for name in [name for name in os.environ if name.startswith("TALKOO_")]:
                del os.environ[name]
            os.environ.update(settings)
            yield address
    finally:
        if keep:
            print(f"Kept: TALKOO_VAR={var} TALKOO_INSECURE_HTTP=1 talkoo serve", file=sys.stderr)
        else:
            _remove(var)


@contextmanager
def _serving(environment: dict[str, str], var: Path) -> Iterator[str]:
    with (var / "serve.log").open("w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            SERVE, env=environment, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True,
            preexec_fn=keeper.follow(parting=signal.SIGTERM),  # noqa: PLW1509
        )  # fmt: skip
        try:
            yield _address(server, var / "serve.log")
        except Exception:
            print(_end(var / "serve.log"), file=sys.stderr)
            raise
        finally:
            server.terminate()
            try:
                server.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
            if server.stdout:
                server.stdout.close()


def _address(server: "subprocess.Popen[str]", log: Path) -> str:
    for line in server.stdout or ():
        found = READY.search(line)
        if found:
            return found.group(1)
    server.wait(PATIENCE)
    said = _end(log)
    raise Conflict(f"The server for the replay did not start: {said}", "Look at what it says, then try again.")


def _end(log: Path) -> str:
    """The last lines the server wrote: why it would not start, or what broke in it."""
    return log.read_text(encoding="utf-8", errors="replace").strip()[-1500:]


def _remove(var: Path) -> None:
    """Delete the database, wherever its parts lie, and the folder."""
    try:
        place = postgres.cluster(var / "postgres")
        with postgres.attach(place):
            pass
        postgres.remove(place)
    finally:
        shutil.rmtree(var, ignore_errors=True)
