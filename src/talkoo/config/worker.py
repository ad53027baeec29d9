"""`talkoo worker`: background jobs of this installation, on as many machines as wanted."""

import argparse
import logging
import os
import signal
from collections.abc import Awaitable, Callable
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, cast

from procrastinate import JobContext
from procrastinate.contrib.django import app

from talkoo.config.logs import job_id
from talkoo.lib import wall
from talkoo.lib.clock import Watch

if TYPE_CHECKING:
    from procrastinate.contrib.django.django_connector import DjangoConnector

FINISH = 20  # seconds for the job in hand when told to stop; then it is left to another worker
BEAT = 10  # seconds between signs of life; a worker silent for three beats has died
log = logging.getLogger(__name__)


async def traced(process_job: Callable[[], Awaitable[Any]], context: JobContext, _worker: object) -> Any:
    """Every line of a job's log carries its name and number."""
    token = job_id.set(f"{context.job.task_name.removeprefix('talkoo.')}#{context.job.id}")
    try:
        return await process_job()
    finally:
        job_id.reset(token)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="jobs at a time (default 1)")


def run(arguments: argparse.Namespace) -> int:
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    for task in app.tasks.values():
        if not iscoroutinefunction(task.func):
            task.func = wall.closing(task.func)
    with app.replace_connector(cast("DjangoConnector", app.connector).get_worker_connector()) as worker_app:
        while _jumped(
            lambda: worker_app.run_worker(
                concurrency=arguments.jobs,
                update_heartbeat_interval=BEAT,
                stalled_worker_timeout=3 * BEAT,
                shutdown_graceful_timeout=FINISH,
                worker_middleware=[traced],
            )
        ):
            pass
    return 0


def _jumped(work: Callable[[], None]) -> bool:
    """Work until told to stop, or until the clock was set: then whether to begin anew.

    A worker plans by the clock of when it began. Set back by an hour, it would start no job of the schedule for an hour;
    set ahead by a year, it would first make up for each minute of that year.
    """
    jumps: list[float] = []

    def told(seconds: float) -> None:
        log.warning("The clock was set by %+.0f seconds; the worker begins anew.", seconds)
        jumps.append(seconds)
        os.kill(os.getpid(), signal.SIGTERM)

    watch = Watch(told)
    watch.start()
    try:
        work()
    finally:
        watch.stop()
    return bool(jumps)
