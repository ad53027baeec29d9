"""That somebody signed in, proved more, left, or was not let in: a line in the log each, of how and never from where."""

from dataclasses import dataclass

from django.db import transaction

from talkoo.access.queries.accounts import account_tried
from talkoo.access.sign_ins import SignIn
from talkoo.audit import actions as audit


@dataclass(frozen=True, slots=True)
class Entering:
    """Somebody at the door: known by now, but not yet with roles."""

    author_id: int | None
    token: str = ""
    organisation_id: int | None = None


@transaction.atomic
def note_entry(*, by: Entering, sign_in: SignIn, further: bool) -> None:
    """`further` where somebody signed in already proved more."""
    action = "access.session.raised" if further else "access.session.begun"
    audit.record(
        by=by, action=action, on=("session", sign_in.code), organisation_id=by.organisation_id,
        methods=list(sign_in.methods), level=int(sign_in.assurance),
    )  # fmt: skip


@transaction.atomic
def note_refused_entry(*, by: Entering, email: str, way: str) -> None:
    """Whose account was tried, where there is one, in the log of its organisation; never what was typed. Both cases cost
    the same."""
    code, home = account_tried(email)
    audit.record(by=by, action="access.sign_in.refused", on=("person", code), organisation_id=home, way=way)


@transaction.atomic
def note_leaving(*, by: Entering, sign_in: SignIn) -> None:
    audit.record(by=by, action="access.session.left", on=("session", sign_in.code), organisation_id=by.organisation_id)
