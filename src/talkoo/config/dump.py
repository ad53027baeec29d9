"""pg_dump and pg_restore with the connection of this installation: the operator need not know socket or password."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from django.core.management.base import CommandError
from django.db import connection

from talkoo.lib import postgres


def run_program(program: str, *words: str) -> None:
    """Run one of PostgreSQL's programs on our database; what it complains about is passed on."""
    found = connection.settings_dict
    env = os.environ | {
        "PGHOST": str(found["HOST"]),
        "PGPORT": str(found["PORT"] or 5432),
        "PGUSER": str(found["USER"]),
        "PGPASSWORD": str(found["PASSWORD"]),
        "PGDATABASE": str(found["NAME"]),
    }
    options = found["OPTIONS"]
    env |= {f"PG{name.upper()}": str(options[name]) for name in ("sslmode", "sslrootcert") if name in options}
    code = subprocess.run([_path(program), *words], env=env, check=False).returncode
    if code:
        raise CommandError(f"{program} failed; its own words stand above. Nothing of Talkoo was changed.")


def _path(program: str) -> str:
    """The operator's own program when it is new enough for the server, else the one of the embedded server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        needed = int(cursor.fetchone()[0]) // 10_000
    for found in (shutil.which(program), str(postgres.programs() / program)):
        if found and _major(found) >= needed:
            return found
    raise CommandError(f"There is no {program} of PostgreSQL {needed} or newer. Install its client programs.")


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found.group(1)) if found else 0


def readable(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        raise CommandError(f"There is no file {path}.")
    return path
