"""What machines ask: does the process live, may it get requests, how is it doing."""

import ipaddress
import json
import os
import secrets
from functools import cache
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from talkoo.config import metrics
from talkoo.config.condition import role_findings, wall_findings
from talkoo.config.proxies import was_passed_on

STOPPING = "stopping"  # the note of `talkoo serve`
WORKERS = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '30 seconds'"


@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The process answers. Whoever restarts processes asks this: a database that is away is no reason to restart."""
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The process answers and its database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """200 where requests may come: not stopping, the database answers, no migration is missing, the second wall stands
    and keeps us out. Else 503 and why.

    The number of workers alive is told, and no reason to turn people away: what they do waits for one.
    """
    found: dict[str, object] = {
        "stopping": stopping(),
        "database": True,
        "missing_migrations": 0,
        "wall": True,
        "workers": 0,
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            found["missing_migrations"] = len(_ours() - set(cursor.fetchall()))
            cursor.execute(WORKERS)
            found["workers"] = cursor.fetchone()[0]
            found["wall"] = bool(found["missing_migrations"]) or _keeps_us_out()
    except DatabaseError:
        found["database"] = False
    ready = not found["stopping"] and found["database"] and not found["missing_migrations"] and found["wall"]
    body = json.dumps({"ready": bool(ready), **found})
    return HttpResponse(body, content_type="application/json", status=200 if ready else 503)


def _keeps_us_out() -> bool:
    """Whether the second wall stands, knows our key, and is none that our role could go around."""
    return not [*role_findings(), *wall_findings()]


@cache
def _ours() -> frozenset[tuple[str, str]]:
    """The migrations this code needs; those a newer one has added do no harm."""
    return frozenset(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def stopping() -> bool:
    """Whether `talkoo serve` was told to stop: it leaves a note in the folder its processes share."""
    folder = os.environ.get(metrics.FOLDER, "")
    return bool(folder) and (Path(folder) / STOPPING).exists()


@never_cache
@require_safe
def show_metrics(request: HttpRequest) -> HttpResponse:
    """For Prometheus: with the token of TALKOO_METRICS_TOKEN, or where there is none, from this very machine."""
    if not _may_measure(request):
        raise Http404
    return HttpResponse(metrics.page(), content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    return not was_passed_on(request) and _loopback(request.META.get("REMOTE_ADDR", ""))


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
