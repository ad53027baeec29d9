"""What is measured, in the words of Prometheus: requests by this process, everything else read off the database.

Several web processes share one folder (`talkoo serve` makes it), so each scrape tells of all of them, whichever answers.
Labels are names of routes, status classes and states: there are only so many, and none is about a person.
"""

import os
import time
from collections.abc import Iterator

from django.db import DatabaseError, connection
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from talkoo import __version__
from talkoo.config.queue import ALIVE, LONGEST_DUE, WAITING

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
FOLDER = "PROMETHEUS_MULTIPROC_DIR"

local = CollectorRegistry()
requests = Counter("talkoo_requests", "Requests answered.", ["route", "status"], registry=local)
seconds = Histogram("talkoo_request_seconds", "Time to answer.", ["route"], buckets=BUCKETS, registry=local)

STATE = f"""
SELECT extract(epoch FROM clock_timestamp()),
    (SELECT coalesce(sum(answers), 0) FROM microtasks_tally),
    (SELECT coalesce(pg_sequence_last_value('microtasks_assignment_id_seq'), 0)),
    (SELECT count(*) FROM microtasks_assignment WHERE state = 'leased'),
    {WAITING},
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'doing'),
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'),
    {LONGEST_DUE},
    {ALIVE},
    (SELECT count(*) FROM notify_mail WHERE state = 'queued'),
    (SELECT count(*) FROM audit_inbox),
    (SELECT coalesce((SELECT max(position) + 1 FROM audit_leaf), 0)
            - coalesce((SELECT size FROM audit_checkpoint ORDER BY id DESC LIMIT 1), 0)),
    current_setting('max_connections')::int
"""  # noqa: S608 - parts that are written in queue.py
CONNECTIONS = """
SELECT coalesce(state, 'other'), count(*) FROM pg_stat_activity
WHERE datname = current_database() AND usename = current_user GROUP BY 1
"""
GAUGES = (
    ("talkoo_tasks_in_hand", "Tasks in somebody's hands."),
    ("talkoo_jobs_waiting", "Jobs not begun."),
    ("talkoo_jobs_running", "Jobs in work."),
    ("talkoo_jobs_failed", "Jobs given up."),
    ("talkoo_jobs_oldest_seconds", "How long the oldest job that is due has waited."),
    ("talkoo_workers_alive", "Workers that gave a sign of life in the last 30 seconds."),
    ("talkoo_mails_waiting", "Mails not sent yet."),
    ("talkoo_audit_unnumbered", "Events of the log without a number yet."),
    ("talkoo_audit_unsigned", "Entries of the log that no signed checkpoint covers yet."),
    ("talkoo_database_connections_most", "Connections the database allows."),
)


class State(Collector):
    """Asked at each scrape: two statements."""

    def collect(self) -> Iterator[Metric]:
        info = GaugeMetricFamily("talkoo_info", "What runs here.", labels=["version"])
        info.add_metric([__version__], 1)
        yield info
        up = GaugeMetricFamily("talkoo_database_up", "Whether the database answers.")
        try:
            with connection.cursor() as cursor:
                begun = time.time()
                cursor.execute(STATE)
                clock, answers, claims, *gauges = cursor.fetchone()
                skew = float(clock) - (begun + time.time()) / 2
                cursor.execute(CONNECTIONS)
                states = cursor.fetchall()
        except DatabaseError:
            up.add_metric([], 0)
            yield up
            return
        up.add_metric([], 1)
        yield up
        yield CounterMetricFamily("talkoo_answers", "Answers kept.", value=float(answers))
        yield CounterMetricFamily("talkoo_claims", "Tasks handed out, tries included.", value=float(claims))
        yield GaugeMetricFamily("talkoo_clock_skew_seconds", "The database's clock less this machine's.", value=skew)
        for (name, about), value in zip(GAUGES, gauges, strict=True):
            yield GaugeMetricFamily(name, about, value=float(value))
        held = GaugeMetricFamily("talkoo_database_connections", "Connections of web and worker.", labels=["state"])
        for state, count in states:
            held.add_metric([state], count)
        yield held


def answered(route: str, status: int, took: float) -> None:
    """Count one request."""
    requests.labels(route, f"{status // 100}xx").inc()
    seconds.labels(route).observe(took)


def page() -> bytes:
    """Everything in the text format, by all web processes of this server."""
    registry = CollectorRegistry()
    if os.environ.get(FOLDER):
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(local)
    registry.register(State())
    return generate_latest(registry)
