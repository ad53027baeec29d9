"""Databases for tests: one embedded server for all test processes, one template, one copy for whoever asks."""

import contextlib
import fcntl
import hashlib
import os
import uuid
from importlib.metadata import version
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from talkoo.config import migrate
from talkoo.lib import postgres
from talkoo.lib import walls as raising
from tests import walls

QUICK = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off", "max_connections": "200"}
LIBRARIES = ("django", "django-allauth", "procrastinate")
KEEP_TEMPLATES = 3
EMPTIED = "ALTER TABLE {} DISABLE TRIGGER audit_never_emptied"  # Django empties tables between tests that commit


def place():
    return postgres.cluster(settings.VAR / "postgres")


def superuser():
    return psycopg.connect(**place().dsn(postgres.SUPERUSER, "postgres"), autocommit=True)


def _fingerprint():
    """Changes when a migration, a library with migrations or the granted rights change."""
    found = hashlib.sha256(" ".join(version(name) for name in LIBRARIES).encode())
    found.update(Path(migrate.__file__).read_bytes())
    found.update(Path(raising.__file__).read_bytes() + Path(walls.__file__).read_bytes())
    found.update(
        repr([settings.APPEND_ONLY_TABLES, settings.READ_ONLY_TABLES, settings.WALLED_TABLES, EMPTIED]).encode()
    )
    found.update(settings.SECRET_KEY.encode())
    for app in sorted(apps.get_app_configs(), key=lambda app: app.label):
        if app.name.startswith("talkoo."):
            for path in sorted((Path(app.path) / "migrations").glob("*.py")):
                found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:12]


def connect_to(database, role):
    """Point Django at a database of the test server."""
    connection.close()
    dsn = place().dsn(role, database)
    connection.settings_dict |= {
        "NAME": database, "USER": role, "PASSWORD": dsn["password"], "HOST": dsn["host"],
    }  # fmt: skip
    settings.DATABASES["default"] |= {
        key: connection.settings_dict[key] for key in ("NAME", "USER", "PASSWORD", "HOST")
    }


def template():
    """The name of a migrated, empty database; made once for a state of the migrations, by whoever comes first."""
    name = f"template_{_fingerprint()}"
    with open(settings.VAR / "template.lock", "w") as lock, superuser() as server:
        fcntl.flock(lock, fcntl.LOCK_EX)
        names = [row[0] for row in server.execute("SELECT datname FROM pg_database ORDER BY oid")]
        if name not in names:
            _drop(server, "making")
            _create(server, "making", "template1")
            connect_to("making", postgres.OWNER)
            call_command("migrate", verbosity=0, interactive=False)
            migrate.grant_rights(postgres.APP, "TRUNCATE")
            with connection.cursor() as cursor:
                for table in ("audit_event", "audit_leaf"):
                    cursor.execute(EMPTIED.format(table))
                walls.strict(cursor)
            connection.close()
            server.execute(sql.SQL("ALTER DATABASE making RENAME TO {}").format(sql.Identifier(name)))
            for old in [each for each in names if each.startswith("template_")][: -KEEP_TEMPLATES + 1]:
                _drop(server, old)
        _drop_left_behind(server, names)
    return name


def _create(server, name, source):
    server.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(*map(sql.Identifier, (name, source, postgres.OWNER)))
    )


def _drop(server, name):
    server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _drop_left_behind(server, names):
    """Databases are named after the process that uses them; a process that was killed cannot clean up."""
    for name in names:
        if name.startswith("test_") and not Path("/proc", name.split("_")[1]).exists():
            _drop(server, name)


@contextlib.contextmanager
def database(source=None):
    """The name of a database of one's own, gone afterwards: migrated and empty, or a copy of `source`."""
    name = f"test_{os.getpid()}_{uuid.uuid4().hex[:8]}"
    source = source or template()
    with superuser() as server:
        _create(server, name, source)
    try:
        yield name
    finally:
        with superuser() as server:
            _drop(server, name)


def address(name, role=postgres.APP):
    """The address of a test database as an operator would write it."""
    dsn = place().dsn(role, name)
    return f"postgresql://{role}:{dsn['password']}@/{name}?host={dsn['host']}"
