"""Background work of access."""

from django.utils import timezone
from procrastinate.contrib.django import app

from talkoo.access.actions.calls import forget_responses
from talkoo.access.actions.counting import forget_counts
from talkoo.access.actions.devices import forget_tokens
from talkoo.access.actions.keeping import forget_forms
from talkoo.lib.clock import sure_now


@app.periodic(cron="25 * * * *")
@app.task(name="talkoo.access.jobs.forget_responses", queueing_lock="forget_responses")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_responses()


@app.periodic(cron="*/15 * * * *")
@app.task(name="talkoo.access.jobs.forget_forms", queueing_lock="forget_forms")
def forget_kept(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_forms()
    forget_tokens()


@app.periodic(cron="12 0 * * *")
@app.task(name="talkoo.access.jobs.forget_counts", queueing_lock="forget_counts")
def forget_counted(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_counts(today=timezone.localdate(sure_now()))
