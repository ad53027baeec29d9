"""Log lines: which request or job they belong to, as text or JSON, without addresses that open something.

A path may hold the token of an invitation and a query what somebody searched for; so lines name the route, never the
path, and no line names a person.
"""

import json
import logging
import re
import time
import uuid
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest

WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
request_id: ContextVar[str] = ContextVar("request_id", default="")
job_id: ContextVar[str] = ContextVar("job_id", default="")


def accepted(given: str) -> str:
    """The id a proxy gave the request, if it is one; else a new one. What is odd never comes into a log."""
    return given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex


def route(request: HttpRequest) -> str:
    """The name of the address, of which there are only so many; "none" where no address matched."""
    match = getattr(request, "resolver_match", None)
    return (match.view_name if match else "") or "none"


class Traced(logging.Filter):
    """Gives every line its request and job, and takes the path out of those that Django writes."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id, record.job_id = request_id.get(), job_id.get()
        request = getattr(record, "request", None)
        if isinstance(request, HttpRequest) and isinstance(record.args, tuple):
            record.args = tuple(route(request) if part == request.path else part for part in record.args)
        return True


class Lines(logging.Formatter):
    """For people: time in UTC, level, logger, words on one line, and the request or job at the end."""

    converter = staticmethod(time.gmtime)
    default_time_format, default_msec_format = "%Y-%m-%dT%H:%M:%S", "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - so named by Python
        """What came from outside cannot begin a line that looks like one of ours."""
        record.message = record.message.replace("\r", "\\r").replace("\n", "\\n")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        said = super().format(record)
        about = " ".join(f"{name}={value}" for name, value in traces(record).items())
        return f"{said} [{about}]" if about else said


class JsonLines(logging.Formatter):
    """For machines: one object a line."""

    def format(self, record: logging.LogRecord) -> str:
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **traces(record),
            **getattr(record, "facts", {}),
        }
        if record.exc_info:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False, default=str)


def traces(record: logging.LogRecord) -> dict[str, str]:
    found = {"request": getattr(record, "request_id", ""), "job": getattr(record, "job_id", "")}
    return {name: value for name, value in found.items() if value}
