"""Background work of people: mail. A job may run twice; the later mail then holds the link that works."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from talkoo.people.actions.invitations import mail_invitation


@app.task(name="talkoo.people.jobs.send_invitation", retry=RetryStrategy(max_attempts=8, exponential_wait=4))
def send_invitation(invitation: int, site: str) -> None:
    mail_invitation(number=invitation, site=site)
