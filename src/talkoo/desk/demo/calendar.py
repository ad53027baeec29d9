"""When the people of the demonstration answered: working days before today, and the hours of an office."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import accumulate
from typing import Any

from django.utils import timezone


class Calendar:
    """Turns progress from 0 to 1 into a moment: busy days and hours take more of it, and time never runs backwards."""

    def __init__(self, spread: Mapping[str, Any], days: int, today: date) -> None:
        dates = working_days(today, days)
        weights: Sequence[int] = spread["days"][-days:]
        hours = {int(hour): weight for hour, weight in spread["hours"].items()}
        cells = [
            (day, hour, busy * weight)
            for day, busy in zip(dates, weights, strict=True)
            for hour, weight in hours.items()
        ]
        total = sum(weight for _day, _hour, weight in cells)
        self.cells = [(day, hour) for day, hour, _weight in cells]
        self.ends = [end / total for end in accumulate(weight for _day, _hour, weight in cells)]
        self.last = at(dates[0], 0)

    def moment(self, progress: float) -> datetime:
        """The moment at which this share was done; at least a few seconds after the last one that was asked for."""
        place = next((n for n, end in enumerate(self.ends) if end >= progress), len(self.ends) - 1)
        before = self.ends[place - 1] if place else 0.0
        within = (progress - before) / ((self.ends[place] - before) or 1)
        day, hour = self.cells[place]
        self.last = max(self.last + timedelta(seconds=7), at(day, hour) + timedelta(hours=min(within, 1.0)))
        return self.last


def working_days(today: date, number: int) -> list[date]:
    """The last Mondays to Fridays before today, oldest first."""
    before = (today - timedelta(days=back) for back in range(1, 3 * number + 5))
    return [day for day in before if day.weekday() < 5][:number][::-1]


def at(day: date, hour: int) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))
