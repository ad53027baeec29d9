"""The one thing that may be taken out of the log: what an event says beside who did what on what and when."""

from collections.abc import Sequence

from django.db import connection, transaction

from talkoo.audit.actions import Actor
from talkoo.audit.actions.sequencing import sequence_all

AT_ONCE = 500


@transaction.atomic
def erase_payload(*, by: Actor | None, events: Sequence[int], reason: str) -> list[int]:
    """Erase payload and salt of these events for good; the numbers of their entries, which stay.

    Whoever calls it has authorised `by`: this module knows no roles. `reason` stands in the log for ever, so it names a
    law or a case, nobody's name. The database function writes the event of the erasure itself, in portions of 500; what
    is erased already, and earlier erasures, are left alone.
    """
    sequence_all()
    who, numbers, erased = by.author_id if by else None, sorted(set(events)), list[int]()
    with connection.cursor() as cursor:
        for at in range(0, len(numbers), AT_ONCE):
            some = numbers[at : at + AT_ONCE]
            cursor.execute("SELECT audit_erase(%s::bigint[], %s, %s)", [some, who, reason])
            erased += cursor.fetchone()[0]
    return erased
