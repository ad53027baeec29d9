"""Accounts at the door, before anybody has a role."""

from datetime import date

from django.contrib.auth import get_user_model
from django.utils import timezone

from talkoo.access.permissions import Role

COLUMNS = ("code", *(f"memberships__{name}" for name in ("starts", "pk", "organisation", "role", "ends")))


def account_tried(email: str) -> tuple[str, int | None]:
    """The code of the account of this address and the organisation that is its home today; nothing where there is none.

    One query, and as much work for an address that nobody has.
    """
    today = timezone.localdate()
    found = list(get_user_model().objects.filter(email__iexact=email).values_list(*COLUMNS))
    home = min((row for row in found if _belongs(row, today)), key=lambda row: (row[1], row[2]), default=None)
    return (found[0][0] if found else ""), (home[3] if home else None)


def _belongs(row: tuple[str, date | None, int | None, int | None, str | None, date | None], today: date) -> bool:
    """Whether the row is a membership that makes an organisation somebody's home (people.queries.subject)."""
    _code, starts, _pk, _organisation, role, ends = row
    return role == Role.CONTRIBUTOR and starts is not None and starts <= today and (ends is None or ends > today)
