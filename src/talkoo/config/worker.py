"""`talkoo worker`: background jobs of this installation, on as many machines as wanted."""

import argparse
import logging
from typing import TYPE_CHECKING, cast

from procrastinate.contrib.django import app

if TYPE_CHECKING:
    from procrastinate.contrib.django.django_connector import DjangoConnector

BEAT = 10  # seconds between signs of life; a worker silent for three beats has died


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="jobs at a time (default 1)")


def run(arguments: argparse.Namespace) -> int:
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    with app.replace_connector(cast("DjangoConnector", app.connector).get_worker_connector()) as worker_app:
        worker_app.run_worker(
            concurrency=arguments.jobs,
            update_heartbeat_interval=BEAT,
            stalled_worker_timeout=3 * BEAT,
            shutdown_graceful_timeout=2,
        )
    return 0
