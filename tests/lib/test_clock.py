"""A clock that jumps: what cannot be undone waits, and what is planned goes on."""

import threading
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from talkoo.lib.clock import Watch, sure_now
from tests.clocks import lived

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def sure():
    """By how much the time that can be relied on lies behind now."""
    return timezone.now() - sure_now()


@pytest.mark.django_db
def test_the_time_is_relied_on_where_jobs_ran_all_day_or_never():
    assert sure() < timedelta(minutes=1)
    lived((3 * DAY, timedelta(0)))
    assert sure() < timedelta(minutes=1)


@pytest.mark.django_db
def test_a_clock_set_ahead_makes_nothing_older_until_a_day_was_lived_through():
    lived((3 * DAY, DAY + 2 * HOUR), (2 * HOUR, timedelta(0)))
    assert DAY - HOUR < sure() < DAY + HOUR
    lived((400 * DAY, 370 * DAY), (2 * HOUR, timedelta(0)))
    assert sure() > 369 * DAY
    lived((400 * DAY, 370 * DAY), (DAY + HOUR, timedelta(0)))
    assert sure() < timedelta(minutes=1)


@pytest.mark.django_db
def test_a_house_that_rests_each_night_still_forgets_hours_later():
    lived((30 * HOUR, 12 * HOUR), (10 * HOUR, timedelta(0)))
    assert HOUR < sure() < 3 * HOUR


@pytest.mark.parametrize("jump", [3600.0, -3600.0])
def test_a_watch_tells_once_by_how_much_the_clock_was_set_and_not_of_time_that_passes(jump):
    moved, told, found = [0.0], threading.Event(), []
    watch = Watch(
        lambda seconds: (found.append(seconds), told.set()), every=0.01,
        clock=lambda: time.monotonic() + moved[0], steady=time.monotonic,
    )  # fmt: skip
    watch.start()
    assert not told.wait(0.05)
    moved[0] = jump
    assert told.wait(10)
    watch.stop()
    assert [round(seconds) for seconds in found] == [round(jump)]
