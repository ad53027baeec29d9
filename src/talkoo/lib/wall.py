"""The second wall: which rows of the protected tables the database shows to this connection (ADR 24).

What lets somebody in says so here: `open(number)`. Before the next statement the numbers that are open go to the
database, signed for this very backend; the policies of the protected tables compare them with each row. Nothing that
is not open is read or written, whatever the statement says.
"""

import contextlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db import connection as default
from psycopg.pq import TransactionStatus

if TYPE_CHECKING:
    import psycopg

LIFE = 300  # seconds a signature holds; a clock that is further off shows nothing, and readiness says so
RENEW = 60  # seconds after which it is signed anew
SAY = "SELECT set_config('talkoo.scope', %s, false)"
LABEL = b"talkoo.lib.wall"
BLOCK = 64  # of SHA-256, which HMAC fills up its key to


NOTHING = 0  # the number of nothing: opened by whoever asks on purpose where nothing may be open


class Scope:
    """What is open on a connection of Django, and what its backend was told of it."""

    def __init__(self) -> None:
        self.numbers: frozenset[int] = frozenset()
        self.told: frozenset[int] | None = frozenset()  # None: it may believe anything, a transaction was rolled back
        self.renew = 0.0


class Walled(Protocol):
    """A connection of lib.database."""

    scope: Scope
    connection: Any

    @property
    def wrap_database_errors(self) -> Any: ...


def open(*numbers: int) -> None:  # noqa: A001 - the word of the product
    """Show the rows of these as well, until the request, the job or the `opened` around it ends. Costs no statement."""
    default.scope.numbers |= frozenset(numbers)  # type: ignore[attr-defined]


@contextlib.contextmanager
def opened(*numbers: int) -> Iterator[None]:
    """Show the rows of these inside the block; afterwards what was shown before it."""
    scope: Scope = default.scope  # type: ignore[attr-defined]
    before = scope.numbers
    scope.numbers = before | frozenset(numbers)
    try:
        yield
    finally:
        scope.numbers = before


def close() -> None:
    """Show nothing any more: at the start of every request, and at the end of it and of every job."""
    default.scope.numbers = frozenset()  # type: ignore[attr-defined]


def closing(work: Callable[..., Any]) -> Callable[..., Any]:
    """A job that leaves nothing open behind it, however it ends."""

    @wraps(work)
    def worked(*words: Any, **named: Any) -> Any:
        try:
            return work(*words, **named)
        finally:
            close()

    return worked


def streamed(rows: Iterable[Any], *numbers: int) -> Iterator[Any]:
    """Rows that are read while they are sent, when the request may be over and in the hands of another thread."""
    with opened(*numbers):
        yield from rows


def settle(walled: Walled) -> None:
    """Tell the backend what is open, where it does not know. Called before each statement."""
    scope = walled.scope
    if scope.told == scope.numbers and (not scope.numbers or time.monotonic() < scope.renew):
        return
    backend: psycopg.Connection[Any] | None = walled.connection
    if backend is None or backend.info.transaction_status == TransactionStatus.INERROR:  # the statement says it itself
        return
    backend.talkoo_told = True  # type: ignore[attr-defined]
    with walled.wrap_database_errors:
        backend.execute(SAY, [words(scope.numbers, _number(backend))])
    scope.told, scope.renew = scope.numbers, time.monotonic() + RENEW


def _number(backend: "psycopg.Connection[Any]") -> int:
    """The process of the backend as the database knows it: a pool like PgBouncer tells its clients another number."""
    known: int | None = getattr(backend, "talkoo_backend", None)
    if known is None:
        (known,) = backend.execute("SELECT pg_backend_pid()").fetchone() or (0,)
        backend.talkoo_backend = known  # type: ignore[attr-defined]
    return known


def words(numbers: Iterable[int], backend: int, *, now: float | None = None, secret: str = "") -> str:
    """The numbers, until when they hold, and the signature of both for one backend."""
    listed = ",".join(map(str, sorted(numbers)))
    if not listed:
        return ""
    until = int((time.time() if now is None else now) + LIFE)
    message = f"{backend}|{until}|{listed}".encode()
    signature = hmac.digest(key(secret or str(settings.SECRET_KEY)), message, "sha256")
    return f"{until}|{listed}|{signature.hex()}"


@cache
def key(secret: str) -> bytes:
    """Drawn from the secret key, for this purpose alone."""
    return hmac.digest(secret.encode(), LABEL, "sha256")


def pads(secret: str) -> tuple[bytes, bytes]:
    """The key as the two blocks that HMAC hashes first: PostgreSQL has sha256, and no HMAC of its own."""
    filled = key(secret).ljust(BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in filled), bytes(byte ^ 0x5C for byte in filled)


def forget(backend: "psycopg.Connection[Any]") -> None:
    """Called by the pool when a connection comes back: whoever gets it next starts with nothing open."""
    if getattr(backend, "talkoo_told", False):
        backend.execute("SELECT set_config('talkoo.scope', '', false)")
        if not backend.autocommit:
            backend.commit()
        backend.talkoo_told = False  # type: ignore[attr-defined]
