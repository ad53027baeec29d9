"""The one door to the log. Call it in the transaction of the write, as its last line before telling anyone."""

import json
from typing import Any, Protocol

from django.db import connection
from django.utils import timezone

from talkoo.lib.errors import Denied

RECORD = """
INSERT INTO audit_event (at, actor_id, action, kind, code, organisation_id, facts) VALUES (%s, %s, %s, %s, %s, %s, %s)
"""  # as it stands: every answer writes two of them, and building a statement costs more than running it


class Actor(Protocol):
    @property
    def author_id(self) -> int | None: ...

    @property
    def token(self) -> str: ...

    @property
    def organisation_id(self) -> int | None: ...


def record(
    *, by: Actor | None, action: str, on: tuple[str, str], organisation_id: int | None = None, **facts: Any
) -> None:
    """Write that `by` did `action` on the thing `on` (kind, code); `by` None is the system itself.

    Who came through a token is known by it: its code stands among the facts. A service has no person, only its token.
    Facts are plain JSON values: codes, counts, states before and after. Never the content of an answer, a letter
    or a note: those stay in their own tables, where they can be erased. `on` and `action` stand in the log for ever, so
    neither holds a name or an address. What must stay secret, as who chose what in a ballot, is no event at all.
    """
    actor = None if by is None else by.author_id
    through = {"token": by.token} if by and by.token else {}
    with connection.cursor() as cursor:
        cursor.execute(RECORD, [timezone.now(), actor, action, *on, organisation_id, json.dumps({**facts, **through})])


def record_denial(*, by: Actor | None, error: Denied, path: str) -> None:
    """Write that something was refused. The refused work was rolled back; this line stands on its own."""
    home = by.organisation_id if by else None
    record(by=by, action="access.refused", on=("path", path[:80]), organisation_id=home, permission=error.permission)
