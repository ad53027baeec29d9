"""Estimates before and forecasts during a batch."""

import numpy as np
import pytest

from talkoo.engines.consensus import effort_table, expected_answers, forecast


def rng() -> np.random.Generator:
    return np.random.default_rng(11)


def test_more_certainty_costs_more_answers() -> None:
    costs = list(effort_table(3, 2, 9, rng=rng()).values())
    assert len(costs) == 6
    assert costs == sorted(costs)
    assert 2 <= costs[0] < costs[-1] <= 9


def test_better_people_cost_fewer_answers() -> None:
    careless, careful = (expected_answers(2, 2, 9, 0.95, accuracy=accuracy, rng=rng()) for accuracy in (0.7, 0.95))
    assert careful < careless


def test_the_bounds_hold() -> None:
    assert expected_answers(2, 5, 5, 0.8, rng=rng()) == 5
    assert expected_answers(2, 4, 9, 0.5, rng=rng()) == 4
    assert expected_answers(1, 3, 9, 0.95, rng=rng()) == 3


def test_people_at_chance_are_refused() -> None:
    with pytest.raises(ValueError, match=r"accuracy must lie between chance \(1 / 2\) and 1, but is 0.5"):
        expected_answers(2, 2, 5, 0.9, accuracy=0.5, rng=rng())


def test_a_steady_pace_finishes_on_the_day_one_expects() -> None:
    steady = forecast([10] * 14, 45, rng=rng())
    assert (steady.low, steady.middle, steady.high) == (5, 5, 5)
    assert steady.path[0] == (0, 0.0, 0.0, 0.0)
    assert steady.path[-1] == (5, 45.0, 45.0, 45.0)


def test_an_uneven_pace_widens_the_forecast() -> None:
    uneven = forecast([0, 30, 0, 0, 20, 0, 0], 100, rng=rng())
    assert uneven.low is not None
    assert uneven.middle is not None
    assert uneven.high is not None
    assert uneven.low < uneven.middle < uneven.high
    days, low, middle, high = zip(*uneven.path, strict=True)
    assert days == tuple(range(len(days)))
    assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))


def test_no_pace_gives_no_date() -> None:
    for quiet in ([], [0, 0, 0]):
        assert forecast(quiet, 5, rng=rng()).middle is None
    assert forecast([1], 5000, rng=rng()).high is None


def test_nothing_left_is_finished_today() -> None:
    assert forecast([3], 0, rng=rng()).high == 0


def test_a_negative_pace_is_refused() -> None:
    with pytest.raises(ValueError, match="numbers from 0 up"):
        forecast([3, -1], 5, rng=rng())
