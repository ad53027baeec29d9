"""The one door to the log. Call it in the transaction of the write, as its last line before telling anyone."""

from typing import Any, Protocol

from talkoo.audit.models import Event
from talkoo.lib.errors import Denied


class Actor(Protocol):
    @property
    def person_id(self) -> int: ...


def record(
    *, by: Actor | None, action: str, on: tuple[str, str], organisation_id: int | None = None, **facts: Any
) -> None:
    """Write that `by` did `action` on the thing `on` (kind, code); `by` None is the system itself.

    Facts are plain JSON values: codes, counts, states before and after. Never the content of an answer, a letter
    or a note: those stay in their own tables, where they can be erased.
    """
    kind, code = on
    Event.objects.create(
        actor_id=None if by is None else by.person_id,
        action=action,
        kind=kind,
        code=code,
        organisation_id=organisation_id,
        facts=facts,
    )


def record_denial(*, by: Actor | None, error: Denied, path: str) -> None:
    """Write that something was refused. The refused work was rolled back; this line stands on its own."""
    record(by=by, action="access.refused", on=("path", path[:80]), permission=error.permission)
