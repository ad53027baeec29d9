"""What is held of people no longer than it is stated (queries/holdings): set by set, with a line of how many in the log."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import Model, Q, QuerySet

from talkoo.access.models import Identity, Token
from talkoo.audit import actions as audit
from talkoo.audit.queries import done_before, told_before
from talkoo.notify.models import Choice, Feed, Pace
from talkoo.people.models import HomeNetwork, Invitation, PeopleFile, Person
from talkoo.people.queries.holdings import ENDED, LEFT

AT_ONCE = 5_000  # people who left, looked at in one transaction


@transaction.atomic
def forget_ended(*, now: datetime) -> int:
    """Delete invitations and tokens that ended 180 days ago, and lists of people that were read then; how many rows."""
    then = now - ENDED.after
    rows: dict[str, QuerySet[Any]] = {
        "invitations": Invitation.objects.filter(
            Q(accepted__lt=then) | Q(withdrawn__lt=then) | Q(accepted=None, withdrawn=None, expires__lt=then)
        ),
        "tokens": Token.objects.filter(Q(revoked__lt=then) | Q(expires__lt=then)),
        "files": PeopleFile.objects.filter(at__lt=then),
    }
    return _forget("people.ended.forgotten", rows)


@transaction.atomic
def forget_left(*, now: datetime) -> int:
    """Delete how somebody signed in, their tokens, calendar and choices, 90 days after their account was closed, or was
    merged into another; how many rows. Name and roles stay until an administrator erases them: what was done in those roles has to be answered for.
    """
    closed = Person.objects.filter(is_active=False, erased=None).values_list("code", "pk")
    rows, then = 0, now - LEFT.after
    merged = told_before(action="people.person.merged", fact="gone", before=then)
    for at in range(0, len(them := dict(closed)), AT_ONCE):
        some = list(them)[at : at + AT_ONCE]
        left = done_before(kind="person", codes=some, actions=["people.person.deactivated"], before=then)
        rows += _forget("people.left.forgotten", _of([them[code] for code in {*left, *merged.intersection(some)}]))
    return rows


def _of(people: list[int]) -> dict[str, QuerySet[Any]]:
    kinds: dict[str, type[Model]] = {
        "identities": Identity,
        "tokens": Token,
        "calendars": Feed,
        "choices": Choice,
        "paces": Pace,
        "homes": HomeNetwork,
    }
    found = {name: kind._default_manager.filter(person__in=people) for name, kind in kinds.items()}  # noqa: SLF001 - Django's public name of it
    return {**found, "factors": Authenticator.objects.filter(user__in=people)}


def _forget(action: str, rows: dict[str, QuerySet[Any]]) -> int:
    gone = {name: found.delete()[0] for name, found in rows.items()}
    counted = {name: number for name, number in gone.items() if number}
    if counted:
        audit.record(by=None, action=action, on=("person", "all"), **counted)
    return sum(gone.values())
