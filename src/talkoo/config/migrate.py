"""`talkoo migrate`: the tables as the owner, then the second wall and the rights of web and worker, table by table."""

import argparse
import os
from collections.abc import Sequence

from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from talkoo.config.environment import DECLARED
from talkoo.lib import postgres, walls
from talkoo.lib.env import Environment, credentials

THERE = """
SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v')
"""
NEEDED = (
    "wall_scope",
    "audit_erase_person",
    "audit_erase_old",
    "microtasks\\_%",
    "procrastinate\\_%",
)  # functions, as LIKE has it
CALLED = """
SELECT p.oid::regprocedure::text, p.proname LIKE ANY (%s) FROM pg_proc p
WHERE p.pronamespace = current_schema()::regnamespace AND p.prokind = 'f'
AND p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user)
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quiet", action="store_true", help="say nothing when all goes well")


def run(arguments: argparse.Namespace) -> int:
    from talkoo.people.actions.skills import load_starter_skills

    call_command("migrate", interactive=False, verbosity=0 if arguments.quiet else 1)
    grant_rights(app_role())
    load_starter_skills()
    if not arguments.quiet:
        print("The database is at this version.")
    return 0


def app_role() -> str:
    """The role web and worker use."""
    if settings.EMBEDDED:
        return postgres.APP
    parts = Environment(DECLARED, os.environ, "TALKOO_").url("TALKOO_DATABASE_URL", ["postgresql", "postgres"])
    return credentials(parts)[0] if parts else ""


def grant_rights(role: str, *more: str) -> None:
    """Raise the second wall, then let `role` read and write rows, but never change an entry of the append-only tables,
    read the key of the wall, call a function that is not NEEDED, or change any table itself.

    `more` is for test databases, which empty their tables with TRUNCATE.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        walls.raise_walls(
            cursor,
            settings.WALLED_TABLES,
            [str(each) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)],
        )
        if role and role != connection.settings_dict["USER"]:
            _grant(cursor, role, more)


def _grant(cursor: CursorWrapper, role: str, more: Sequence[str]) -> None:
    words = sql.SQL(", ".join(["SELECT", "INSERT", "UPDATE", "DELETE", *more]))
    name = sql.Identifier(role)
    cursor.execute(THERE)
    tables = {row[0] for row in cursor.fetchall()}
    statements = [
        sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name),
        sql.SQL("GRANT {} ON ALL TABLES IN SCHEMA public TO {}").format(words, name),
        sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name),
        *_calls(cursor, name),
    ]
    for taken, kept in (
        ("UPDATE, DELETE", settings.APPEND_ONLY_TABLES),
        ("INSERT, UPDATE, DELETE", settings.READ_ONLY_TABLES),
        ("ALL", [walls.KEY_TABLE]),
    ):
        statements += [
            sql.SQL("REVOKE {} ON {} FROM {}").format(sql.SQL(taken), sql.Identifier(table), name)
            for table in kept
            if table in tables
        ]
    for statement in statements:
        cursor.execute(statement)


def _calls(cursor: CursorWrapper, name: sql.Identifier) -> list[sql.Composed]:
    """Earlier versions let the role call every function: that is taken back, for all but those it needs."""
    cursor.execute(CALLED, [list(NEEDED)])
    return [
        sql.SQL("{} EXECUTE ON FUNCTION {} {} {}").format(
            sql.SQL("GRANT" if needed else "REVOKE"), sql.SQL(function), sql.SQL("TO" if needed else "FROM"), name
        )
        for function, needed in cursor.fetchall()
    ]
