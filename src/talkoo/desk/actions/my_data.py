"""A copy of one's own data."""

from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.desk.queries.holdings import my_data
from talkoo.lib import wall
from talkoo.lib.errors import Denied
from talkoo.microtasks.queries.holdings import batches_touched


@transaction.atomic
def take_my_data(*, by: Subject) -> bytes:
    """Everything held of the person who asks, as one JSON document in UTF-8 that is whole before any of it is given.

    Only for a person in front of a browser: a token that was lent carries off nobody's life. Raises Denied to tokens.
    """
    if by.through is not None:
        raise Denied(
            _("A copy of your data is for you, not for a program."),
            _("Sign in and take it there."),
            permission="people:person:data",
        )
    audit.record(by=by, action="people.person.data_taken", on=("person", ""), organisation_id=by.organisation_id)
    with wall.opened(*batches_touched(by.person_id)):
        return b"".join(piece.encode() for piece in my_data(by))
