"""Every event that a webhook can carry, to be read from top to bottom. `data` of an event holds codes, counts and names
of what is not confidential; never the content of an item or an answer, and never who gave one."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class EventType:
    """`bundled`: those of one thing that wait together travel as one, their `data` in a list."""

    code: str
    label: str | Promise
    bundled: bool = False


EVENTS: Mapping[str, EventType] = MappingProxyType({
    event.code: event
    for event in (
        EventType("batch.opened", _("A batch was opened")),
        EventType("batch.closed", _("A batch was closed")),
        EventType("task.settled", _("Items have a result"), bundled=True),
        EventType("result.changed", _("Results have changed"), bundled=True),
        EventType("person.joined", _("Somebody joined the organisation")),
        EventType("person.left", _("Somebody left the organisation")),
    )
})  # fmt: skip
