"""How somebody wants to be told."""

from dataclasses import dataclass
from zoneinfo import available_timezones

from django.conf import settings

from talkoo.access.subject import Subject
from talkoo.notify.hours import Hours
from talkoo.notify.kinds import KINDS, Channel
from talkoo.notify.models import Choice, Pace, Rhythm


@dataclass(frozen=True, slots=True)
class Wishes:
    """A person's own choices over what holds for everybody: the way of each kind, and their pace."""

    channels: dict[str, Channel]
    pace: Pace


def wishes(by: Subject) -> Wishes:
    """Two queries."""
    chosen = dict(Choice.objects.filter(person=by.person_id).values_list("kind", "channel"))
    channels = {code: Channel(chosen.get(code, kind.channel)) for code, kind in KINDS.items()}
    return Wishes(channels, Pace.objects.filter(person=by.person_id).first() or Pace(person_id=by.person_id))


def hours_of(pace: Pace) -> Hours:
    weekly = pace.rhythm == Rhythm.WEEKLY
    return Hours(tuple(sorted(pace.days)), pace.starts, pace.ends, pace.zone or settings.TIME_ZONE, weekly)


def zones() -> list[str]:
    """Time zones by their city; the one of this installation is there in any case."""
    return sorted(
        {zone for zone in available_timezones() if zone.count("/") == 1 and zone[0] in "AEIP"}
        | {"UTC"}
        | {settings.TIME_ZONE}
    )
