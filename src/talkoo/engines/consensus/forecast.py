"""When a batch will be finished, at the pace of its last days."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

HORIZON = 730
WINDOW = 28
ROUNDS = 1000


@dataclass(frozen=True)
class Forecast:
    """Days from now until the last task closes: 90 % sure between `low` and `high`; None: not within two years.

    `path` holds for each day from today (day, low, middle, high) of the tasks closed from now on, for the chart.
    """

    low: int | None
    middle: int | None
    high: int | None
    path: tuple[tuple[int, float, float, float], ...]


def forecast(closed_per_day: Sequence[int], remaining: int, *, rng: np.random.Generator) -> Forecast:
    """Draws future days from the last 28 with replacement (bootstrap) until `remaining` tasks are closed.

    `closed_per_day` runs from the oldest day to the latest, quiet days as 0. It takes tomorrow to be like the days
    behind: no trend, no holidays.

    >>> forecast([5, 5, 5], 20, rng=np.random.default_rng(0)).middle
    4
    """
    if remaining <= 0:
        return Forecast(0, 0, 0, ())
    days = np.asarray(closed_per_day[-WINDOW:], dtype=np.float64)
    if days.size and (days.min() < 0 or not np.isfinite(days).all()):
        raise ValueError("closed_per_day must hold numbers from 0 up")
    if not days.size or not days.any():
        return Forecast(None, None, None, ())
    closed = rng.choice(days, size=(ROUNDS, HORIZON)).cumsum(axis=1)
    finish = np.where(closed[:, -1] >= remaining, (closed < remaining).sum(axis=1) + 1, HORIZON + 1)
    low, middle, high = (int(day) for day in np.quantile(finish, [0.05, 0.5, 0.95], method="closest_observation"))
    shown = closed[:, : min(high, HORIZON)].clip(max=remaining)
    bands = np.quantile(shown, [0.05, 0.5, 0.95], axis=0).T
    path = tuple((day, *(float(value) for value in band)) for day, band in enumerate(bands, start=1))
    return Forecast(_within(low), _within(middle), _within(high), ((0, 0.0, 0.0, 0.0), *path))  # type: ignore[arg-type]


def _within(day: int) -> int | None:
    return day if day <= HORIZON else None
