"""A real Talkoo in processes of its own, for journeys and whatever else speaks HTTP."""

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from talkoo.config.serve import STOP_SECONDS
from talkoo.lib import postgres
from tests.databases import address

STOPPED = STOP_SECONDS + 5  # a request or a job in hand is waited for
READY = re.compile(r"ready: (http://\S+?)/? ")
TALKOO = [sys.executable, "-m", "talkoo.config.cli"]


def environment(var: Path, database: str | None = None, **more: str) -> dict[str, str]:
    """The environment of a Talkoo that keeps its files in `var`, on a test database or (None) an embedded server."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TALKOO_", "DJANGO_"))}
    own = {"TALKOO_VAR": str(var), "TALKOO_INSECURE_HTTP": "1", "PYTHONPATH": str(Path("src").resolve())}
    own["TALKOO_WEB_WORKERS"] = "1"  # each loads all of Talkoo; tests that want two say so
    if database:
        _same_key(var)
        own |= {
            "TALKOO_DATABASE_URL": address(database),
            "TALKOO_OWNER_DATABASE_URL": address(database, postgres.OWNER),
        }
    return {**kept, **own, **more}


def _same_key(var: Path) -> None:
    """A test database knows the key under which its second wall was raised: that of the tests."""
    var.mkdir(parents=True, exist_ok=True)
    if not (var / "secret-key").exists():
        with open(os.open(var / "secret-key", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
            file.write(str(settings.SECRET_KEY))


def talkoo(*words: str, env: dict[str, str], timeout: float = 60) -> "subprocess.CompletedProcess[str]":
    """Run one command of the command line and hand back what it said."""
    return subprocess.run([*TALKOO, *words], env=env, capture_output=True, text=True, timeout=timeout, check=False)


@contextlib.contextmanager
def serving(env: dict[str, str], *words: str):
    """`talkoo serve` on a free port; yields its address without the last slash."""
    with (Path(env["TALKOO_VAR"]) / "serve.log").open("w+b") as log:
        process = subprocess.Popen(
            [*TALKOO, "serve", "--port", "0", *words], env=env, stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            found = next((found for line in process.stdout or () if (found := READY.search(line))), None)
            if found is None:
                log.seek(0)
                raise RuntimeError(f"talkoo serve ended, saying {log.read().decode()[-2000:]}")
            yield found.group(1)
        finally:
            process.terminate()
            process.wait(STOPPED)
            if process.stdout:
                process.stdout.close()
