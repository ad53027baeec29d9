"""Erasing a person (GDPR Art. 17): what their holdings declare goes, or loses its name, in one transaction."""

from datetime import datetime

from django.db import transaction

from talkoo.access.subject import Subject
from talkoo.audit.actions.erasing import erase_person_payloads
from talkoo.desk.queries.holdings import HOLDINGS
from talkoo.lib import wall
from talkoo.lib.holdings import Erasure
from talkoo.microtasks.actions.guests import empty_absent_guests, empty_guests
from talkoo.microtasks.queries.guests import past_guests
from talkoo.microtasks.queries.holdings import GUESTS_KEPT, batches_touched
from talkoo.people.actions.erasing import empty_past_guest, empty_person
from talkoo.people.models import Person


@transaction.atomic
def erase_person(*, by: Subject, code: str) -> None:
    """Delete and empty what is held of somebody whose account is closed; it cannot be undone.

    What stays (answers in results, acts of an office, the log) stands there without a name: the row of the person is
    kept, and says nothing of anybody. What the log says in detail of them goes as well; its entries stay, so that it can
    still be verified. Refuses as `empty_person` does.
    """
    for person in empty_person(by=by, code=code):
        _erase_rest(by, person)


def erase_past_guests(*, now: datetime) -> int:
    """Erase guests half a year after their last visit, and the names of those who never came; how many. For the job.

    Each in a transaction of their own. `now` is a time that is sure.
    """
    before = now - GUESTS_KEPT
    gone = list(past_guests(before))
    for person in gone:
        with transaction.atomic():
            empty_past_guest(person=person)
            _erase_rest(None, person)
    return len(gone) + empty_absent_guests(before=before)


def _erase_rest(by: Subject | None, person: Person) -> None:
    with wall.opened(*batches_touched(person.pk)):
        _delete(person)
    empty_guests(by=by, person=person.pk)
    erase_person_payloads(by=by, code=person.code)


def _delete(person: Person) -> None:
    """In the order of the declarations: what others hang on comes after those (a notice before the mail it went by)."""
    tables = [table for holding in HOLDINGS for table in holding.tables if table.erasure == Erasure.DELETED]
    for table in tables:
        table.rows(person.pk).order_by().delete()
