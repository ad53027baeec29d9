"""Running what pg_dump or pg_restore wrote as plain SQL, within a transaction of our own.

So a restore needs no psql, can be checked before it is committed, and takes a newer program's words to an older server.
"""

from collections.abc import Callable, Iterable, Iterator

from psycopg import Cursor
from psycopg.rows import TupleRow

COPY, FROM, END = b"COPY ", b" FROM stdin;\n", b"\\.\n"
NOT_FOR_US = (b"\\restrict ", b"\\unrestrict ", b"CREATE SCHEMA public;")  # words to psql; what every database has
POLICY = (b"CREATE POLICY ", b"COMMENT ON POLICY ")  # they name the owner of there; the wall is raised anew (lib.walls)
RAISED = (b" ENABLE ROW LEVEL SECURITY;\n", b" FORCE ROW LEVEL SECURITY;\n")
SINCE_17 = b"SET transaction_timeout"
CHUNK = 256 * 1024


def run_script(
    cursor: Cursor[TupleRow], lines: Iterable[bytes], tell: Callable[[str], None] = lambda _table: None
) -> None:
    """Send statements as they stand and rows as they come; `tell` hears the name of each table before its rows.

    Memory stays at one chunk of rows and the statements between two tables.
    """
    old_server = cursor.connection.info.server_version < 170_000
    rest, statements = iter(lines), list[bytes]()
    for line in rest:
        if line.startswith(POLICY):
            while not line.endswith(b";\n"):
                line = next(rest)  # noqa: PLW2901 - the rest of that statement
        elif line.startswith(COPY) and line.endswith(FROM):
            _send(cursor, statements)
            tell(line.split()[1].decode().removeprefix("public."))
            with cursor.copy(line) as copy:
                for rows in _rows(rest):
                    copy.write(rows)
        elif (
            not line.startswith(NOT_FOR_US + POLICY)
            and not line.endswith(RAISED)
            and not (old_server and line.startswith(SINCE_17))
        ):
            statements.append(line)
    _send(cursor, statements)
    cursor.execute("SET search_path = public")


def _send(cursor: Cursor[TupleRow], statements: list[bytes]) -> None:
    text = b"".join(statements)
    statements.clear()
    if text.strip():
        cursor.execute(text)


def _rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    """The rows of one table in chunks, up to the line that ends them."""
    held, size = list[bytes](), 0
    for line in lines:
        if line == END:
            break
        held.append(line)
        size += len(line)
        if size > CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)
