"""When mail may reach somebody: in their working hours. Pure: the moment and the hours come in, a moment goes out."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

WEEK = 8  # days to look ahead: the same weekday again, where today is over


@dataclass(frozen=True, slots=True)
class Hours:
    """Days of the week somebody works (1 Monday to 7 Sunday, at least one), from when to when, on the clock of a zone."""

    days: tuple[int, ...]
    starts: time
    ends: time
    zone: str
    weekly: bool = False


def _starts(after: datetime, hours: Hours, days: Collection[int]) -> datetime:
    """The first beginning of a working day at or after a moment."""
    zone = ZoneInfo(hours.zone)
    first = after.astimezone(zone).date()
    for ahead in range(WEEK):
        day = first + timedelta(days=ahead)
        begins = datetime.combine(day, hours.starts, zone)
        if day.isoweekday() in days and begins >= after:
            return begins
    raise ValueError("no working day in a week")


def next_moment(now: datetime, hours: Hours) -> datetime:
    """When something that should be told at once may be: now in working hours, else when they begin again."""
    here = now.astimezone(ZoneInfo(hours.zone))
    if here.isoweekday() in hours.days and hours.starts <= here.time() < hours.ends:
        return now
    return _starts(now, hours, hours.days)


def next_summary(now: datetime, hours: Hours) -> datetime:
    """When the next summary goes out: as a working day begins, or as the first of a week does."""
    return _starts(now, hours, (min(hours.days),) if hours.weekly else hours.days)
