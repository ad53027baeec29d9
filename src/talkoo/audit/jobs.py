"""Background work of the log. Every job may be run twice, and by several workers at once."""

import logging
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from talkoo.audit.actions.erasing import erase_old_payloads
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.actions.signing import sign, tell_witnesses
from talkoo.audit.actions.streaming import stream
from talkoo.audit.faults import LogFault
from talkoo.audit.outside import hand_over
from talkoo.lib.clock import sure_now

if TYPE_CHECKING:
    from collections.abc import Callable

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="talkoo.audit.jobs.keep", queueing_lock="audit_keep")
def keep(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    """Number what was written since the last minute, sign it, and send it on.

    A fault is told to the log of the worker and by `talkoo check`; events wait for none, and the next minute tries again.
    """
    sequence_all()
    steps: list[Callable[[], object]] = [
        partial(sign, now=timezone.now()),
        hand_over,
        partial(stream, target=settings.AUDIT_SYSLOG, facts=settings.AUDIT_SYSLOG_FACTS),
    ]
    for step in steps:
        try:
            step()
        except LogFault as error:
            log.error("%s %s", error.message, error.remedy)  # noqa: TRY400 - the words say it all


@app.periodic(cron="10 5 * * *")
@app.task(
    name="talkoo.audit.jobs.witnesses",
    queueing_lock="audit_witnesses",
    retry=RetryStrategy(max_attempts=6, exponential_wait=4),
)
def witnesses(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    """Mail the newest checkpoint; tried again where the mail server does not take it."""
    tell_witnesses(addresses=settings.AUDIT_WITNESSES, now=timezone.now())


@app.periodic(cron="20 4 * * 0")
@app.task(name="talkoo.audit.jobs.forget", queueing_lock="audit_forget")
def forget(timestamp: int) -> None:  # noqa: ARG001 - given by the schedule
    erase_old_payloads(now=sure_now())
