"""pg_dump and pg_restore with the connection of this installation: the operator need not know socket or password."""

import contextlib
import os
import re
import shutil
import subprocess
from typing import Any

import psycopg
from django.db import connection
from psycopg.rows import TupleRow

from talkoo.lib import postgres
from talkoo.lib.errors import Missing

Connection = psycopg.Connection[TupleRow]
SAME_WORDS = (  # what a row reads like as text must not depend on how a server is set up
    "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex';"
    " SET extra_float_digits = 1; SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0"
)


def connect() -> Connection:
    """A connection of our own, outside the pool, as the owner of the tables."""
    found = connection.settings_dict
    options = {name: value for name, value in found["OPTIONS"].items() if name != "pool"}
    opened = psycopg.connect(
        host=found["HOST"] or None, port=found["PORT"] or None, user=found["USER"], password=found["PASSWORD"],
        dbname=found["NAME"], autocommit=True, **options,
    )  # fmt: skip
    opened.execute(SAME_WORDS)
    return opened


def start(program: str, *words: str, **pipes: Any) -> "subprocess.Popen[bytes]":
    """Start one of PostgreSQL's programs on our database."""
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
    return subprocess.Popen([path_of(program), *words], env=env, **pipes)


def path_of(program: str) -> str:
    """The operator's own program when it is new enough for the server, else the one of the embedded server."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        needed = int(cursor.fetchone()[0]) // 10_000
    known = [shutil.which(program)]
    with contextlib.suppress(postgres.ServerError):
        known.append(str(postgres.programs() / program))
    for found in known:
        if found and _major(found) >= needed:
            return found
    raise Missing(f"There is no {program} of PostgreSQL {needed} or newer.", "Install its client programs.")


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", told)
    return int(found.group(1)) if found else 0
