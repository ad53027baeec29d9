"""Background work of notify. Every job may be run twice: what is done is marked, and what is marked is not done again."""

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from talkoo.lib.clock import sure_now
from talkoo.notify.actions.delivering import deliver, make_deliveries
from talkoo.notify.actions.forgetting import forget_old
from talkoo.notify.actions.gathering import gather
from talkoo.notify.actions.posting import post
from talkoo.notify.queries.webhooks import due_endpoints

DELIVER = "talkoo.notify.jobs.deliver"
FIRST = 10  # what people and programs wait for goes before whatever else waits


@app.periodic(cron="* * * * *")
@app.task(name="talkoo.notify.jobs.mail", queueing_lock="notify_mail", priority=FIRST)
def mail(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    """Within a minute of being told, in working hours, a mail is on its way; what comes in the same minute goes together."""
    now = timezone.now()
    gather(now=now)
    post(now=now)


@app.periodic(cron="* * * * *")
@app.task(name="talkoo.notify.jobs.webhooks", queueing_lock="notify_webhooks", priority=FIRST)
def webhooks(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    """Empty the outbox, then have each webhook that may be tried tried by a job of its own: none waits for another."""
    now = timezone.now()
    make_deliveries(now=now)
    for endpoint in due_endpoints(now):
        lock = f"notify-deliver-{endpoint}"
        try:
            with transaction.atomic():
                app.configure_task(DELIVER, lock=lock, queueing_lock=lock).defer(endpoint=endpoint)
        except AlreadyEnqueued:
            continue


@app.task(name=DELIVER, priority=FIRST)
def deliver_to(endpoint: int) -> None:
    deliver(endpoint=endpoint, now=timezone.now())


@app.periodic(cron="45 3 * * *")
@app.task(name="talkoo.notify.jobs.forget", queueing_lock="notify_forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_old(now=sure_now())
