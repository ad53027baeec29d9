"""Background work that joins slices."""

from procrastinate.contrib.django import app

from talkoo.desk.actions.erasing import erase_past_guests
from talkoo.lib.clock import sure_now


@app.periodic(cron="47 3 * * *")
@app.task(name="talkoo.desk.jobs.forget_guests", queueing_lock="forget_guests")
def forget_guests(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    erase_past_guests(now=sure_now())
