"""When a clock is set: how far it was moved, and which time can be relied on.

A machine whose battery is empty, a virtual machine that was asleep, a time server that is put right: clocks jump, by an
hour back or a day ahead. What is planned goes on by itself (see `Watch`); what cannot be undone waits (see `sure_now`).
"""

import threading
import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection

EVERY = 5.0  # seconds between two looks
JUMP = 30.0  # seconds; less is slewed by time servers, or does no harm
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # nobody sets it, and it goes on while asleep

SURE = """
SELECT now() - coalesce(max(gap), interval '0') FROM (
    SELECT at, at - lag(at) OVER (ORDER BY at) AS gap FROM procrastinate_events
    WHERE at <= now()
) seen WHERE at > now() - interval '24 hours' AND gap > interval '10 minutes'
"""


def sure_now() -> datetime:
    """The time up to which what is old may be deleted: now, less the longest silence that ended within the last day.

    Jobs leave an event each minute. A clock that was set ahead looks like a house that was switched off for as long: in
    both cases nothing counts as older than it would without that time, until a day was lived through. So a clock that is
    wrong for a night deletes nothing, and one that is right deletes a day late at most. Where no job ever ran: now.
    """
    with connection.cursor() as cursor:
        cursor.execute(SURE)
        sure: datetime = cursor.fetchone()[0]
    return sure


class Watch(threading.Thread):
    """Calls `told` with the seconds by which the clock was moved, once, and ends."""

    def __init__(
        self,
        told: Callable[[float], None],
        *,
        every: float = EVERY,
        clock: Callable[[], float] = time.time,
        steady: Callable[[], float] = lambda: time.clock_gettime(STEADY),
    ) -> None:
        super().__init__(name="clock", daemon=True)
        self.told, self.every, self.clock, self.steady = told, every, clock, steady
        self.over = threading.Event()

    def run(self) -> None:
        before = self._apart()
        while not self.over.wait(self.every):
            after = self._apart()
            if abs(after - before) > JUMP:
                self.told(after - before)
                return
            before = after

    def stop(self) -> None:
        self.over.set()
        self.join()

    def _apart(self) -> float:
        return self.clock() - self.steady()
