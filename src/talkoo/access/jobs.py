"""Background work of access."""

from procrastinate.contrib.django import app

from talkoo.access.actions.calls import forget_responses
from talkoo.access.actions.devices import forget_tokens
from talkoo.access.actions.keeping import forget_forms


@app.periodic(cron="25 * * * *")
@app.task(name="talkoo.access.jobs.forget_responses", queueing_lock="forget_responses")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_responses()


@app.periodic(cron="*/15 * * * *")
@app.task(name="talkoo.access.jobs.forget_forms", queueing_lock="forget_forms")
def forget_kept(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_forms()
    forget_tokens()
