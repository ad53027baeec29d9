"""The Talkoo that journeys visit: the Harbour Region on a database of its own, served as an operator would."""

import contextlib
import datetime as dt
import email
import email.policy
import fcntl
import hashlib
import os
import re
import time
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

from tests import databases, servers

SOURCE = Path("src/talkoo")
PATIENCE = 30  # seconds for a mail, a read file or a finished job
LINK = re.compile(r"https?://\S+")


@dataclass
class World:
    """A served Talkoo: where it answers, where it keeps its files, how its command line is called."""

    address: str
    env: dict[str, str] = field(repr=False)

    @property
    def var(self) -> Path:
        return Path(self.env["TALKOO_VAR"])

    def talkoo(self, *words: str) -> str:
        """What one command of the command line printed; it must succeed."""
        done = servers.talkoo(*words, env=self.env)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def setup_code(self) -> str:
        """What `talkoo serve` tells the operator of an empty Talkoo."""
        return (self.var / "setup-code").read_text().strip()

    def small_batch(self, title: str, items: list[str], *words: str, owner: str = "jonas.lindqvist@housing.example"):
        """An open batch with one yes/no question about each item; its code."""
        path = self.var / f"{hashlib.sha256(title.encode()).hexdigest()[:8]}.csv"
        path.write_text("text\n" + "".join(f'"{item}"\n' for item in items))
        kind = () if "--type" in words else ("--type", "yes_no")
        return self.talkoo(
            *("import", str(path), "--owner", owner, "--organisation", "housing", "--title", title, "--source", "text"),
            *("--question", "Is this about the harbour?", "--item", "letter", "--open", *kind, *words),
            *("--everybody", "--contact", "dpo@housing.example", "--purpose", "Sorting letters", "--basis", "public"),
            *("--keep-days", "30", "--afterwards", "delete", "--no-personal-data"),
        ).splitlines()[-1]

    def mails(self, to: str) -> list[str]:
        """The texts of all mails to an address, oldest first."""
        found = []
        for path in sorted((self.var / "mail").glob("*"), key=lambda path: path.stat().st_mtime):
            for raw in path.read_text().split("-" * 79 + "\n"):
                mail = email.message_from_string(raw.lstrip("\n"), policy=email.policy.default)
                if to in str(mail["To"] or ""):
                    found.append(mail.get_body(("plain",)).get_content())
        return found

    def link_in_mail(self, to: str, after: int = 0) -> str:
        """The address in the newest mail to somebody, once more than `after` have come."""
        mails = eventually(lambda: (found := self.mails(to))[after:] and found, f"no mail to {to}")
        return LINK.search(mails[-1]).group(0)


def eventually(look, otherwise):
    """What `look` finds as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError(otherwise)


@contextlib.contextmanager
def served(folder: Path, database: str, *words: str, **more: str):
    env = servers.environment(folder, database, **more)
    with servers.serving(env, *words) as address:
        yield World(address, env)


def _demo_fingerprint() -> str:
    """The demonstration is told relative to today, by code and content anywhere in the package."""
    found = hashlib.sha256(f"{databases.template()} {dt.datetime.now(dt.UTC).date()}".encode())
    for path in sorted(SOURCE.rglob("*")):
        if path.suffix in {".py", ".json", ".csv"} and "static" not in path.parts:
            found.update(path.read_bytes())
    return found.hexdigest()[:12]


def demo_template(folder: Path) -> str:
    """The name of a database with the Harbour Region in it; filled once, by whoever comes first."""
    name = f"demo_{_demo_fingerprint()}"
    with open(settings.VAR / "demo.lock", "w") as lock, databases.superuser() as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = [row[0] for row in server.execute("SELECT datname FROM pg_database WHERE datname LIKE 'demo%'")]
        if name in known:
            return name
        for old in known:
            databases._drop(server, old)
        databases._create(server, "demo", databases.template())
        filled = servers.talkoo(
            "demo", "--quiet", env=servers.environment(folder, "demo", TALKOO_DEMO="1"), timeout=180
        )
        assert filled.returncode == 0, filled.stderr
        server.execute(f"ALTER DATABASE demo RENAME TO {name}")
    return name


@contextlib.contextmanager
def copy_of(source: str):
    """The name of a database of one's own, a copy of another, gone afterwards."""
    name = f"test_{os.getpid()}_{os.urandom(4).hex()}"
    with databases.superuser() as server:
        databases._create(server, name, source)
    try:
        yield name
    finally:
        with databases.superuser() as server:
            databases._drop(server, name)
