"""What is in a database, counted and hashed: the same rows give the same figures on any PostgreSQL.

Rows are read as text in the order of their primary key (texts by code point, whatever the server's language) and
go through SHA-256. What the database computes itself (generated columns, sequences) is left out: it follows; and so is
the key of the second wall, which follows from the secret key.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Cursor, sql
from psycopg.rows import TupleRow

from talkoo.lib.walls import KEY_TABLE

TABLES = f"""
SELECT c.relname,
       array_agg(a.attname::text ORDER BY a.attnum),
       coalesce((SELECT array_agg(k.attname::text ORDER BY array_position(i.indkey::int2[], k.attnum))
                 FROM pg_index i JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey)
                 WHERE i.indrelid = c.oid AND i.indisprimary), '{{}}'),
       array_agg(a.attname::text) FILTER (WHERE a.attcollation <> 0)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '{KEY_TABLE}'
GROUP BY c.oid, c.relname ORDER BY c.relname
"""  # noqa: S608 - a constant


@dataclass(frozen=True)
class Table:
    """One table as it was counted."""

    columns: list[str]
    rows: int
    sha256: str

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(
    cursor: Cursor[TupleRow],
    only: Mapping[str, list[str]] | None = None,
    tell: Callable[[str], None] = lambda _table: None,
) -> Iterator[tuple[str, Table]]:
    """Every table with its count and hash; `only` names the tables and columns to look at, as they were once.

    A table or column that is gone is passed over: whoever compares will miss it.
    """
    for name, columns, key, texts in cursor.execute(TABLES).fetchall():
        wanted = columns if only is None else only.get(name, [])
        if wanted and set(wanted) <= set(columns):
            tell(name)
            yield name, _measured(cursor, name, wanted, key or columns, set(texts or ()))


def _measured(cursor: Cursor[TupleRow], name: str, columns: list[str], key: Iterable[str], texts: set[str]) -> Table:
    order = [
        sql.SQL('{} COLLATE "C"' if column in texts else "{}").format(sql.Identifier(column))
        for column in key
    ]  # fmt: skip
    statement = sql.SQL("COPY (SELECT {} FROM public.{} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(name), sql.SQL(", ").join(order)
    )
    rows, digest = 0, hashlib.sha256()
    with cursor.copy(statement) as copy:
        for data in copy:
            rows += bytes(data).count(b"\n")
            digest.update(data)
    return Table(columns, rows, digest.hexdigest())


def differences(then: Mapping[str, Table], now: Mapping[str, Table]) -> list[str]:
    """What is not as it was, a line a table."""
    said = []
    for name, table in sorted(then.items()):
        here = now.get(name)
        if here is None:
            said.append(f"{name}: the table, or a column of it, is not there")
        elif here.rows != table.rows:
            said.append(f"{name}: {table.rows:,} rows then, {here.rows:,} here")
        elif here.sha256 != table.sha256:
            said.append(f"{name}: as many rows ({table.rows:,}), but not the same")
    return said
