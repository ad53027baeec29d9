"""Whether something may be measured of people: where a works council agreed to just this, or there is none."""

import time
from collections.abc import Mapping

from django.conf import settings
from django.utils.module_loading import import_string

from talkoo.lib.holdings import Measure

SECONDS = 60  # that a process goes by what it knows; whoever states something goes by it at once
ANYTHING = "*"
Agreed = Mapping[int | None, frozenset[str]]


class Known:
    agreed: Agreed = {}
    until: float = 0


def runs(measure: Measure, organisation: int | None) -> bool:
    """Whether it may run for the work of an organisation: what its council, or the nearest above, agreed to last.

    Where nobody said anything it does not run. At most one look at the database a minute and process.
    """
    versions = known().get(organisation, frozenset())
    return measure.version in versions or ANYTHING in versions


def known() -> Agreed:
    if time.monotonic() >= Known.until:
        Known.agreed = import_string(settings.MEASURES_AGREED)()
        Known.until = time.monotonic() + SECONDS
    return Known.agreed


def forget() -> None:
    """The next question is asked of the database."""
    Known.until = 0
