"""Housekeeping that belongs to no slice."""

import datetime as dt

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends.db import SessionStore as SessionsOfBefore
from django.core.management import call_command
from django.utils import timezone
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from talkoo.lib.clock import sure_now

KEEP_FINISHED = dt.timedelta(days=7)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Give the jobs of a worker that died to another one; jobs are idempotent for this reason."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=30):
        try:
            await jobs.retry_job(job)
        except UniqueViolation:  # the same waits already, and cannot begin before this one has let go
            await jobs.finish_job(job, Status.ABORTED, delete_job=True)


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="forget_finished", pass_context=True)
async def forget_finished(context: JobContext, timestamp: int) -> None:  # noqa: ARG001
    """Delete the rows of jobs that ended well some days ago."""
    keep = KEEP_FINISHED + (timezone.now() - await sync_to_async(sure_now)())
    await context.app.job_manager.delete_old_jobs(nb_hours=int(keep.total_seconds() // 3600))


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="forget_sessions")
def forget_sessions(timestamp: int) -> None:  # noqa: ARG001
    """Delete the rows of sessions that have run out."""
    call_command("clearsessions")
    SessionsOfBefore.clear_expired()
