"""The log for auditors and security officers: what happened, by whom, on what, in the words of the house."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.audit.queries.events import Found, Narrowing, Reach, event_at, found_events
from talkoo.desk.log_words import ACTIONS, AREAS, FACTS, KINDS
from talkoo.lib.errors import Denied, Missing
from talkoo.microtasks.models import Batch
from talkoo.microtasks.queries.batches import titled
from talkoo.people.models import Organisation, Person

MOST = 200  # names that a word of the search may stand for


@dataclass(frozen=True)
class Asked:
    """What an address asks for, as it was written."""

    who: str = ""
    system: bool = False
    thing: str = ""
    kind: str = ""
    area: str = ""
    organisation: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @property
    def filters(self) -> int:
        words = (self.who, self.system, self.thing, self.kind, self.area, self.organisation, self.since, self.until)
        return sum(bool(each) for each in words)


@dataclass(frozen=True)
class Line:
    """One event in words. `number` is its place in the log, None while it waits for one; `code` is shown where no name is known."""

    number: int | None
    at: datetime
    who: str
    what: str
    kind: str
    thing: str
    code: str
    where: str
    warns: bool
    facts: list[tuple[str, str, str]] = field(default_factory=list)
    erased: bool = False
    action: str = ""


@dataclass(frozen=True)
class LogPage:
    lines: list[Line]
    more: int | None
    organisations: list[tuple[str, str]]


def reach_of(by: Subject) -> Reach:
    """Whose events this person may see. What belongs to no organisation is for those who look after a whole tree.

    Raises Denied to everybody who looks after no log. One query.
    """
    places = organisations_where(by, Permission.AUDIT_SEE)
    if not places:
        raise Denied(
            _("The log is for auditors and security officers."),
            _("Ask the security officer of your organisation what you need to know of it."),
            permission=Permission.AUDIT_SEE.value,
        )
    tops = Organisation.objects.filter(
        placements__parent__isnull=True, placements__ends__isnull=True, ends__isnull=True
    )
    return Reach(places, house=not tops.exclude(pk__in=places).exists())


def log_page(by: Subject, asked: Asked) -> LogPage:
    """The events that are asked for, in words. At most seven queries."""
    reach = reach_of(by)
    places = dict(Organisation.objects.filter(pk__in=reach.places).order_by("name").values_list("pk", "name"))
    codes = {str(pk): pk for pk in places}
    found = found_events(reach, _narrowing(by, reach, asked, codes.get(asked.organisation)))
    return LogPage(_lines(by, found, places), found.more, [(str(pk), name) for pk, name in places.items()])


def _narrowing(by: Subject, reach: Reach, asked: Asked, place: int | None) -> Narrowing:
    return Narrowing(
        actors=_people(asked.who) if asked.who else None, system=asked.system,
        things=_things(by, reach, asked.thing) if asked.thing else None, kind=asked.kind if asked.kind in KINDS else "",
        actions=asked.area if asked.area in AREAS else "", place=place, since=_begin(asked.since),
        until=_begin(asked.until and asked.until + timedelta(days=1)), before=asked.before,
    )  # fmt: skip


def _begin(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def _people(words: str) -> list[int]:
    return list(
        Person.objects.filter(Q(name__icontains=words) | Q(email__iexact=words)).values_list("pk", flat=True)[:MOST]
    )


def _things(by: Subject, reach: Reach, words: str) -> list[str]:
    """The codes that the words may mean: a code itself, or what has such a name that they may be shown. One query."""
    batches = Batch.objects.filter(
        titled(by, Permission.AUDIT_SEE), organisation__in=reach.places, title__icontains=words
    ).values_list("code")
    people = Person.objects.filter(name__icontains=words).values_list("code")
    places = Organisation.objects.filter(pk__in=reach.places, name__icontains=words).values_list("code")
    found = batches.order_by().union(people.order_by(), places.order_by())[:MOST]
    return [words, *(code for (code,) in found)]


def _lines(by: Subject, found: Found, places: dict[int, str]) -> list[Line]:
    names = _names(by, found.events)
    return [line_of(event, names, places) for event in found.events]


@dataclass(frozen=True)
class Names:
    """The names of those who acted, by number, and of what they acted on, by (kind, code)."""

    actors: dict[int, str]
    things: dict[tuple[str, str], str]


def _names(by: Subject, events: Collection[Any]) -> Names:
    """Two or three queries, however many events."""
    codes: dict[str, set[str]] = {}
    for event in events:
        codes.setdefault(event.kind, set()).add(event.code)
    actors = {event.actor_id for event in events if event.actor_id is not None}
    people = Person.objects.filter(Q(pk__in=actors) | Q(code__in=codes.get("person", ()))).values_list(
        "pk", "code", "name"
    )
    known = [(pk, code, name) for pk, code, name in people]
    things = {("person", code): name for _pk, code, name in known}
    if places := codes.get("organisation"):
        named = Organisation.objects.filter(code__in=places).values_list("code", "name")
        things |= {("organisation", code): name for code, name in named}
    if batches := codes.get("batch"):
        # the title of work that they may not be shown is its code here, as of what is gone
        titles = Batch.objects.filter(titled(by, Permission.AUDIT_SEE), code__in=batches).values_list("code", "title")
        things |= {("batch", code): title for code, title in titles}
    return Names({pk: name for pk, _code, name in known}, things)


def line_of(event: Any, names: Names, places: dict[int, str]) -> Line:
    thing = names.things.get((event.kind, event.code), "")
    return Line(
        number=event.leaf.position if hasattr(event, "leaf") else None, at=event.at, who=_who(event, names),
        what=str(ACTIONS.get(event.action, "")), kind=str(KINDS.get(event.kind, event.kind)), thing=thing,
        code="" if thing else event.code, where=places.get(event.organisation_id, ""),
        warns=event.action == "access.refused", action=event.action,
    )  # fmt: skip


def _who(event: Any, names: Names) -> str:
    if event.actor_id is not None:
        return names.actors.get(event.actor_id) or _("Person number %(number)s") % {"number": event.actor_id}
    token = event.facts.get("token")
    return _("Service with the token %(token)s") % {"token": token} if token else _("The system, or a visitor")


def entry(by: Subject, position: int) -> Line:
    """One entry with everything that is known of it. Raises Missing where it is not there or not this person's to see."""
    event = event_at(reach_of(by), position) if organisations_where(by, Permission.AUDIT_SEE) else None
    if event is None:
        raise Missing(_("There is no such entry in your part of the log."), _("Look at the list of entries."))
    place = Organisation.objects.filter(pk__in=[event.organisation_id or 0]).values_list("pk", "name")
    line = line_of(event, _names(by, [event]), dict(place))
    facts = [(str(FACTS.get(name, "")), name, _words(value)) for name, value in event.facts.items()]
    return Line(**{**vars(line), "facts": facts, "erased": event.payload is None})


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "–"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {_words(each)}" for name, each in value.items())
    return "–" if value in (None, "") else str(value)


def choices(named: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """The options of a list of the filters, the first of which narrows nothing."""
    return [("", _("All")), *sorted(((key, str(words)) for key, words in named), key=lambda pair: pair[1])]
