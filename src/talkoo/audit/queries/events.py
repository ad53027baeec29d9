"""Events as those see them who look into the log: narrowed, newest first, page by page without counting."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from talkoo.audit.models import Event, Leaf

PER_PAGE = 50


@dataclass(frozen=True)
class Reach:
    """Whose events may be seen: those of these organisations, and where `house` those of nobody's."""

    places: frozenset[int]
    house: bool = False

    def covers(self, event: Event) -> bool:
        return self.house if event.organisation_id is None else event.organisation_id in self.places


@dataclass(frozen=True)
class Narrowing:
    """What is looked for; what is None or empty narrows nothing. `until` is not included; `before` is the id of the last
    event of the page before."""

    actors: Collection[int] | None = None
    system: bool = False
    things: Collection[str] | None = None
    kind: str = ""
    actions: str = ""
    place: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None


@dataclass(frozen=True)
class Found:
    """One page, and the id to go on from where there is more."""

    events: list[Event]
    more: int | None


def found_events(reach: Reach, asked: Narrowing) -> Found:
    """One page of events, two queries where it is not the first."""
    found = list(_narrowed(reach, asked).select_related("leaf").order_by("-at", "-id")[: PER_PAGE + 1])
    return Found(found[:PER_PAGE], found[PER_PAGE - 1].pk if len(found) > PER_PAGE else None)


def _narrowed(reach: Reach, asked: Narrowing) -> QuerySet[Event]:
    found = Event.objects.filter(_seen(reach) if asked.place is None else Q(organisation_id=asked.place))
    plain: dict[str, Any] = {
        "actor_id__in": asked.actors, "code__in": asked.things, "kind": asked.kind or None, "at__gte": asked.since,
        "at__lt": asked.until, "action__startswith": asked.actions or None,
    }  # fmt: skip
    found = found.filter(**{name: value for name, value in plain.items() if value is not None})
    if asked.system:
        found = found.filter(actor_id__isnull=True)
    last = asked.before and Event.objects.filter(pk=asked.before).values_list("at", "pk").first()
    if last:
        at, number = last
        found = found.filter(at__lte=at).exclude(at=at, pk__gte=number)
    return found


def _seen(reach: Reach) -> Q:
    own = Q(organisation_id__in=reach.places)
    return own | Q(organisation_id__isnull=True) if reach.house else own


def event_at(reach: Reach, position: int) -> Event | None:
    """The event of this number, None where it is not there or out of reach. One query."""
    leaf = Leaf.objects.filter(position=position).select_related("event").first()
    return leaf.event if leaf and reach.covers(leaf.event) else None
