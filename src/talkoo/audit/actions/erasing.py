"""The one thing that may be taken out of the log: what events say, beside who did what on what and when, of somebody who
was erased."""

from datetime import datetime

from django.db import connection, transaction

from talkoo.audit.actions import Actor
from talkoo.audit.actions.sequencing import sequence_all

WITHOUT_END = 1_000_000  # portions


@transaction.atomic
def erase_person_payloads(*, by: Actor | None, code: str) -> list[int]:
    """Erase payload and salt of the events that speak of an erased person, for good; the numbers of their entries, which stay.

    The action that empties the person calls it, in its transaction, after it has recorded `people.person.erased`: the
    database goes by that entry, not by what it is told here. It chooses the events itself (ADR 22), and writes the event
    of the erasure. What has no number yet gets one first, however much waits: an erasure names entries by number. Raises
    DatabaseError where nobody of this code was erased.
    """
    del by
    sequence_all(portions=WITHOUT_END)
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase_person(%s)", [code])
        entries: list[int] = cursor.fetchone()[0]
    return entries


def erase_old_payloads(*, now: datetime) -> int:
    """Erase what the log says in detail of signing in, tokens, skills and work on items, two years after; how many entries.

    Portion by portion; the database writes an entry for each. `now` is a time that is sure: the database takes its own
    where that is earlier.
    """
    total = 0
    while erased := _erase_old(now):
        total += erased
    return total


@transaction.atomic
def _erase_old(now: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_erase_old(%s)", [now])
        return int(cursor.fetchone()[0])
