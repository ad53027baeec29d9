"""How fast batches are settled, and the forecast that follows from it: the same on the page of a batch and elsewhere."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

import numpy as np
from django.db import connection
from django.utils import timezone

from talkoo.engines.consensus import Forecast, forecast
from talkoo.lib import wall
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries.results import DAYS
from talkoo.microtasks.queries.said import read_json

FEWEST_DAYS = 3  # a pace seen on fewer days says nothing of the days to come
WINDOW = 28  # the days that a forecast rests on
OF_SEVERAL = f"SELECT b.id, ({DAYS.replace('%(batch)s', 'b.id')}) FROM unnest(%(batches)s::bigint[]) AS b (id)"  # noqa: S608 - no word of anybody in it

Days = Sequence[tuple[date, int]]


def settled_days(batches: Iterable[Batch]) -> Mapping[int, Days]:
    """By batch the days on which tasks were settled, and how many. One query, over the settled tasks of all of them."""
    ids = [batch.pk for batch in batches]
    if not ids:
        return {}
    with wall.opened(*ids), connection.cursor() as cursor:  # for this count alone
        cursor.execute(OF_SEVERAL, {"batches": ids, "zone": timezone.get_current_timezone_name()})
        return {pk: [(date.fromisoformat(day), n) for day, n in read_json(rows) or []] for pk, rows in cursor}


def day_by_day(batch: Batch, settled: Days, today: date) -> list[tuple[date, int]]:
    """Tasks settled on every day from the first to today, quiet days as 0; empty before the first."""
    if not settled:
        return []
    counted, first = dict(settled), settled[0][0]
    if batch.opened:
        first = min(first, batch.opened.date())
    days = [first + timedelta(days=i) for i in range((today - first).days + 1)]
    return [(day, counted.get(day, 0)) for day in days]


def forecast_of(batch: Batch, settled: Days, remaining: int, today: date) -> Forecast | None:
    """The forecast from whole days, seeded so that the same day shows the same one; None before there are three."""
    days = _whole_days(batch, settled, today)
    if batch.state == BatchState.CLOSED or remaining <= 0 or len(days) < FEWEST_DAYS:
        return None
    return forecast(days, remaining, rng=np.random.default_rng([batch.pk, today.toordinal()]))


def late_day(batch: Batch, settled: Days, remaining: int, today: date) -> date | None:
    """The middle day of the forecast where it is past the deadline. One that is clearly in time is not worked out."""
    if not batch.deadline or _clearly_in_time(
        _whole_days(batch, settled, today), remaining, (batch.deadline - today).days
    ):
        return None
    ahead = forecast_of(batch, settled, remaining, today)
    if ahead is None or ahead.middle is None:
        return None
    middle = today + timedelta(days=ahead.middle)
    return middle if middle > batch.deadline else None


def _whole_days(batch: Batch, settled: Days, today: date) -> list[int]:
    return [n for _day, n in day_by_day(batch, settled, today)][:-1]


def _clearly_in_time(days: Sequence[int], remaining: int, until: int) -> bool:
    """Whether four of five draws at least end in time (Cantelli's inequality), so that the middle one does for sure."""
    if not days or until <= 0:
        return False
    drawn = np.asarray(days[-WINDOW:], dtype=np.float64)
    return bool(drawn.mean() * until - remaining > 2 * drawn.std() * until**0.5)
