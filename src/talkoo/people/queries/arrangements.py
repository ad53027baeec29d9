"""What people agreed of their places: what holds at a moment, what waits, and who may look at it."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Self
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from talkoo.access.permissions import BY_ROLE, Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.lib.formats import clock
from talkoo.lib.networks import Address, network_of_host
from talkoo.lib.sealing import Column, Unreadable
from talkoo.notify.queries.things import Thing
from talkoo.people.models import Arrangement, ArrangementState, HomeNetwork, Person
from talkoo.people.queries.persons import holding

DECIDE = Permission.ARRANGEMENT_DECIDE
HOME = Column("people.homenetwork.network")
USUAL_AT_HOME = 1  # internal work needs no arrangement
LISTED = 100
MIDNIGHT = time(0)
NAMED = 3  # managers whose names stand in a refusal


@dataclass(frozen=True, slots=True)
class Line:
    """A place with its days (0 is Monday), hours of those days, and the highest sensitivity of work allowed there.

    What ends at midnight ends with its day."""

    place: str
    days: tuple[int, ...]
    begins: time
    ends: time
    level: int

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        hours = time.fromisoformat(kept["begins"]), time.fromisoformat(kept["ends"])
        return cls(kept["place"], tuple(kept["days"]), *hours, kept["level"])

    def kept(self) -> dict[str, Any]:
        """As the table keeps it."""
        hours = {"begins": self.begins.isoformat("minutes"), "ends": self.ends.isoformat("minutes")}
        return {"place": self.place, "days": list(self.days), **hours, "level": self.level}

    def holds(self, now: datetime) -> bool:
        in_hours = self.begins <= now.time() and (self.ends == MIDNIGHT or now.time() < self.ends)
        return now.weekday() in self.days and in_hours

    @property
    def until(self) -> str:
        return _("the end of the day") if self.ends == MIDNIGHT else clock(self.ends)

    @property
    def weekdays(self) -> str:
        return ", ".join(str(WEEKDAYS[day]) for day in self.days)


def lines_of(arrangement: Arrangement) -> list[Line]:
    return [Line.read(kept) for kept in arrangement.lines]


def marks_of(address: Address | None, person_id: int) -> list[str]:
    """What the row of a home network at this address is found by; nothing for no address."""
    return [] if address is None else HOME.marks(str(network_of_host(address)), person_id)


def at_home(found: str | list[dict[str, Any]] | None, now: datetime) -> int | None:
    """The level that holds at the place where somebody is, or None where they are at none that was agreed.

    `found` are the agreed versions with the name of the place that the address was declared as. Days and hours are those
    of the clock that was agreed; outside of them somebody is at home all the same, and may what everybody may there.
    """
    level = None
    for version in json.loads(found) if isinstance(found, str) else found or []:
        here = now.astimezone(ZoneInfo(version["zone"] or settings.TIME_ZONE))
        if version["starts"] <= here.date().isoformat() < version["ends"]:
            there = [line for line in map(Line.read, version["lines"]) if line.place == version["place"]]
            allowed = [line.level for line in there if line.holds(here)]
            level = max([level or USUAL_AT_HOME, *allowed]) if there else level
    return level


# One's own


@dataclass(frozen=True, slots=True)
class Declared:
    """An address that was declared, as its person reads it; empty where it cannot be read any more."""

    number: int
    place: str
    written: str
    made: datetime
    here: bool


def my_arrangements(by: Subject) -> list[Arrangement]:
    """All versions of the person who asks, the newest first. One query."""
    found = Arrangement.objects.filter(person=by.person_id).select_related("organisation", "decided_by", "ended_by")
    return list(found.order_by("-made", "-pk")[:LISTED])


def my_homes(by: Subject, address: Address | None) -> list[Declared]:
    """The addresses the person declared. One query."""
    marks = marks_of(address, by.person_id)
    found = HomeNetwork.objects.filter(person=by.person_id).order_by("place", "pk")
    return [Declared(each.pk, each.place, _written(each), each.made, each.mark in marks) for each in found]


def _written(home: HomeNetwork) -> str:
    try:
        return HOME.unseal(home.sealed, home.person_id).removesuffix("/32")
    except Unreadable:
        return ""


def standing(versions: Iterable[Arrangement], day: date | None = None) -> list[Arrangement]:
    """Those agreed that hold on a day (today when None) or begin later, the earliest first."""
    day = day or timezone.localdate()
    held = [each for each in versions if each.state == ArrangementState.AGREED and each.ends > day]
    return sorted((each for each in held if each.ends > each.starts), key=lambda each: each.starts)


# Those in one's care


def arrangements_to_decide(by: Subject) -> QuerySet[Arrangement]:
    """Every version of the people in this person's care, never their own."""
    reach = organisations_where(by, DECIDE)
    return (
        Arrangement.objects.filter(organisation__in=reach)
        .exclude(person=by.person_id)
        .select_related("person", "organisation", "decided_by", "ended_by")
    )


def access_arrangement(by: Subject, code: str) -> Arrangement:
    """The version of this code, for its person and for who decides on it; else `Missing` (404)."""
    mine = Q(person=by.person_id) | Q(organisation__in=organisations_where(by, DECIDE))
    found = Arrangement.objects.filter(mine, code=code).select_related(
        "person", "organisation", "decided_by", "ended_by"
    )
    arrangement = found.first()
    if arrangement is None:
        raise Missing(_("There is no such arrangement that you could see."), _("Look at the list."))
    return arrangement


def managers_of(by: Subject) -> list[Person]:
    """Who may agree with this person, the nearest in charge: coordinators of their organisation, else of one above, else
    administrators; those who are told. At most two queries."""
    for roles, organisations in (
        ((Role.COORDINATOR,), {by.organisation_id}),
        ([role for role in Role if DECIDE in BY_ROLE[role]], by.within),
    ):
        held = holding().filter(role__in=roles, organisation__in=organisations, person__is_active=True)
        held = held.exclude(person=by.person_id).select_related("person").order_by("person__folded", "person_id")
        if found := {each.person_id: each.person for each in held[:LISTED]}:
            return list(found.values())
    return []


def whom_to_ask_for_arrangement(by: Subject) -> str:
    """Who may agree with this person, in one sentence with names."""
    names = [manager.name for manager in managers_of(by)[:NAMED]]
    if not names:
        return _("Nobody can agree to it yet: ask an administrator to name a coordinator for your organisation.")
    return _("You propose it yourself; it goes to: %(names)s.") % {"names": ", ".join(names)}


def noticed_arrangements(by: Subject, codes: Collection[str]) -> Mapping[str, Thing]:
    """Arrangements as notices name them. One query."""
    mine = Q(person=by.person_id) | Q(organisation__in=organisations_where(by, DECIDE))
    found = Arrangement.objects.filter(mine, code__in=codes).values_list("code", "person_id", "person__name")
    yours, theirs = _("Your arrangement"), _("The arrangement of %(name)s")
    return {code: Thing(yours if who == by.person_id else theirs % {"name": name}) for code, who, name in found}
