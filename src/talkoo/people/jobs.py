"""Background work of people. A job may run twice; of two mails the later one holds the link that works."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from talkoo.lib.clock import sure_now
from talkoo.people.actions import retention
from talkoo.people.actions.files import forget_people_files
from talkoo.people.actions.invitations import mail_invitation


@app.task(name="talkoo.people.jobs.send_invitation", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def send_invitation(invitation: int, site: str) -> None:
    mail_invitation(number=invitation, site=site)


@app.periodic(cron="20 * * * *")
@app.task(name="talkoo.people.jobs.forget_files", queueing_lock="forget_people_files")
def forget_files(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    forget_people_files()


@app.periodic(cron="32 3 * * *")
@app.task(name="talkoo.people.jobs.forget_ended", queueing_lock="forget_ended")
def forget_ended(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    retention.forget_ended(now=sure_now())


@app.periodic(cron="34 3 * * *")
@app.task(name="talkoo.people.jobs.forget_left", queueing_lock="forget_left")
def forget_left(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    retention.forget_left(now=sure_now())
