"""Background work of notify. Every job may be run twice: what is done is marked, and what is marked is not done again."""

from django.utils import timezone
from procrastinate.contrib.django import app

from talkoo.notify.actions.forgetting import forget_old
from talkoo.notify.actions.gathering import gather
from talkoo.notify.actions.posting import post


@app.periodic(cron="* * * * *")
@app.task(name="talkoo.notify.jobs.mail", queueing_lock="notify_mail")
def mail(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    """Within a minute of being told, in working hours, a mail is on its way; what comes in the same minute goes together."""
    now = timezone.now()
    gather(now=now)
    post(now=now)


@app.periodic(cron="45 3 * * *")
@app.task(name="talkoo.notify.jobs.forget", queueing_lock="notify_forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_old(now=timezone.now())
