"""What may go wrong in the domain, in words for the person it happens to.

Every error carries what happened (`message`) and what to do about it (`remedy`); one middleware turns it into a
page or into problem+json, so no view ever builds an error response.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar


class DomainError(Exception):
    """A rule of the domain said no."""

    status: ClassVar[int] = 400

    def __init__(self, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy


class Invalid(DomainError):
    """What was sent cannot be used; `fields` says which field and why."""

    status = 400

    def __init__(self, message: str, remedy: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message, remedy)
        self.fields: dict[str, str] = dict(fields or {})


class Denied(DomainError):
    """The person may see that the thing exists, but may not do this with it; `permission` is what was missing."""

    status = 403

    def __init__(self, message: str, remedy: str = "", permission: str = "") -> None:
        super().__init__(message, remedy)
        self.permission = permission


class TooMany(Denied):
    """Too often within some time; later it is open again."""

    status = 429


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that is missing: what, how to get it, and whom to ask; `obligation` is its word for programs.

    `href` is the page where it is got, if there is one, called `label`.
    """

    obligation: str
    what: str
    how: str
    whom: str = ""
    href: str = ""
    label: str = ""


class StepUp(Denied):
    """Refused as things are: with `needs` met it opens. `obligation` is that of the first, to be met first."""

    def __init__(self, message: str, remedy: str = "", permission: str = "", needs: Sequence[Need] = ()) -> None:
        super().__init__(message, remedy, permission)
        self.needs = tuple(needs)

    @property
    def obligation(self) -> str:
        return self.needs[0].obligation if self.needs else ""


class Missing(DomainError):
    """There is no such thing, or none that this person may know of: both look alike on purpose."""

    status = 404


class NoRoom(DomainError):
    """A disk of this installation is full; nothing is wrong with what was sent."""

    status = 507


class Conflict(DomainError):
    """The thing is no longer in the state this needs; somebody else was there first."""

    status = 409
