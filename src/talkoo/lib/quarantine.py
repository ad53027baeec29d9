"""A file that somebody sent is opened by nothing of ours before the scanner has looked at it, where one is connected."""

from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from talkoo.lib import scanning
from talkoo.lib.errors import Invalid

AT_ONCE = 10.0  # seconds that somebody waits for the verdict; after them the file waits instead
LATER = 300.0  # seconds for a job


class Harmful(Invalid):
    """The scanner found something; `found` is its name for it."""

    def __init__(self, found: str) -> None:
        message = _("The scanner found “%(found)s” in this file. It was deleted, and nothing of it was read.")
        remedy = _("Tell whoever looks after the security of your computers, and do not send it again.")
        super().__init__(message % {"found": found}, remedy)
        self.found = found
        self.sha256 = ""


def connected() -> bool:
    return settings.CLAMD is not None


def look(path: Path, patience: float = AT_ONCE) -> bool:
    """Whether the scanner looked at the file and found nothing; False where none is connected.

    Raises Harmful, Invalid where it is larger than the scanner takes, scanning.Unanswered where there is no verdict.
    """
    place: scanning.Place | None = settings.CLAMD
    if place is None:
        return False
    try:
        found = scanning.finding(_chunks(path), place, patience)
    except scanning.TooLarge:
        raise Invalid(
            _("The file is larger than the scanner takes, so it was not kept."),
            _("Split it, or ask your administrator to let the scanner take larger files."),
        ) from None
    if found:
        raise Harmful(found)
    return True


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(scanning.CHUNK):
            yield chunk
