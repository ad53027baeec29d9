"""Raising the second wall (lib.wall): its key, the function that verifies what is open, and the policy of each table.

All of it is made anew by whoever owns the tables, at every `talkoo migrate` and after a restore: the policies name that
role, and the key follows the secret key.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg import sql

from talkoo.lib import wall

KEY_TABLE = "wall_key"  # only its owner may read it; no backup carries it
TABLE = (
    "CREATE TABLE IF NOT EXISTS wall_key (id smallint PRIMARY KEY, inner_pad bytea NOT NULL, outer_pad bytea NOT NULL)"
)
# What is wrong is never told: whoever guesses learns nothing. The time is that of the statement, so that one that has
# begun goes on to its end.
SCOPE = """
CREATE OR REPLACE FUNCTION wall_scope() RETURNS bigint[]
LANGUAGE plpgsql STABLE PARALLEL RESTRICTED SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    part text[] := string_to_array(current_setting('talkoo.scope', true), '|');
    message bytea;
    pad record;
BEGIN
    IF cardinality(part) = 3 AND part[1] ~ '^[0-9]{1,11}$' AND part[2] ~ '^[0-9]+(,[0-9]+)*$'
       AND part[1]::bigint >= extract(epoch FROM statement_timestamp()) THEN
        message := convert_to(pg_backend_pid() || '|' || part[1] || '|' || part[2], 'UTF8');
        FOR pad IN SELECT inner_pad, outer_pad FROM public.wall_key LOOP
            IF encode(sha256(pad.outer_pad || sha256(pad.inner_pad || message)), 'hex') = part[3] THEN
                RETURN string_to_array(part[2], ',')::bigint[];
            END IF;
        END LOOP;
    END IF;
    --otherwise
    RETURN '{}';
END $$
"""
# COALESCE is for the planner: of a plain comparison with an array it believes that it leaves next to no rows, and reads a
# whole batch to sort it where a claim needs the first row of an index.
SHOWN = "COALESCE({} = ANY ((SELECT public.wall_scope())::bigint[]), false)"
STANDING = """
SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AND (SELECT count(*) = 2 FROM pg_policy p WHERE p.polrelid = c.oid),
       (SELECT obj_description(p.oid, 'pg_policy') FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'wall'),
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'wall_owner' AND c.relowner = ANY (p.polroles))
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (%s)
"""
Walls = Mapping[
    str, Sequence[str]
]  # table → its column with the number, and the table that column leads to, if not there


def raise_walls(cursor: Any, walls: Walls, secrets: Sequence[str]) -> None:
    """As the owner of the tables, in one transaction. What stands already is left alone: people are at work."""
    cursor.execute(TABLE)
    cursor.execute("REVOKE ALL ON wall_key FROM PUBLIC")
    cursor.execute("DELETE FROM wall_key")
    for number, secret in enumerate(secrets):
        cursor.execute("INSERT INTO wall_key VALUES (%s, %s, %s)", [number, *wall.pads(secret)])
    cursor.execute(SCOPE)
    cursor.execute(STANDING, [list(walls)])
    stands = {table: (whole and owner and mark) for table, whole, mark, owner in cursor.fetchall()}
    for table, way in walls.items():
        if table in stands and stands[table] != _mark(table, way):
            for statement in _wall(table, way):
                cursor.execute(statement)


def standing(cursor: Any, walls: Walls) -> list[str]:
    """Tables whose wall is not as it should be: anybody may ask."""
    cursor.execute(STANDING, [list(walls)])
    whole = {
        table
        for table, stands, mark, owner in cursor.fetchall()
        if stands and owner and mark == _mark(table, walls[table])
    }
    return [table for table in walls if table not in whole]


WALLED_OFF = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND row_security_active(c.oid)
AND NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid AND p.polname = 'wall_owner'
                AND (SELECT oid FROM pg_roles WHERE rolname = current_user) = ANY (p.polroles))
ORDER BY 1
"""


def walled_off(cursor: Any) -> list[str]:
    """Tables of which whoever asks does not see every row."""
    return [row[0] for row in cursor.execute(WALLED_OFF).fetchall()]


def _condition(table: str, way: Sequence[str]) -> str:
    """Which rows are shown, as a condition. A row that has no number of its own follows the one it hangs on."""
    column, *over = way
    if not over:
        return SHOWN.format(column)
    (parent,) = over
    return f"EXISTS (SELECT FROM public.{parent} w WHERE w.id = {table}.{column} AND {SHOWN.format('w.batch_id')})"


def _mark(table: str, way: Sequence[str]) -> str:
    return hashlib.sha256(_condition(table, way).encode()).hexdigest()[:16]


def _wall(table: str, way: Sequence[str]) -> list[sql.Composed]:
    name, condition = sql.Identifier(table), sql.SQL(_condition(table, way))
    return [
        sql.SQL(words).format(table=name, condition=condition, mark=sql.Literal(_mark(table, way)))
        for words in (
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
            "DROP POLICY IF EXISTS wall ON {table}",
            "CREATE POLICY wall ON {table} USING ({condition}) WITH CHECK ({condition})",
            "DROP POLICY IF EXISTS wall_owner ON {table}",
            "CREATE POLICY wall_owner ON {table} TO CURRENT_USER USING (true) WITH CHECK (true)",
            "COMMENT ON POLICY wall ON {table} IS {mark}",
        )
    ]
