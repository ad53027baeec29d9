"""`talkoo check`: look at everything an installation needs, and say for each fault what to do."""

import argparse
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

from talkoo.config.environment import PACKAGE

OLDEST = 150_000  # PostgreSQL 15, as server_version_num
YEAR = 31_536_000  # seconds
Findings = Iterator[str]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--mail", metavar="ADDRESS", help="also send a message to this address")


def run(arguments: argparse.Namespace) -> int:
    """Prints a line for each part; 1 when something must be done."""
    from talkoo.config import condition

    logging.getLogger("psycopg").setLevel(logging.ERROR)  # its retries would drown what we say
    parts: list[tuple[str, Callable[[], Findings]]] = [
        ("settings", settings_findings),
        ("database", database_findings),
        ("styles and fonts", asset_findings),
        ("disks", condition.disk_findings),
        ("mail", lambda: mail_findings(arguments.mail)),
    ]
    faults = [_tell(name, list(findings())) for name, findings in parts]
    if not faults[1]:  # the rest asks the database
        working = [
            ("rights", condition.rights_findings),
            ("second wall", condition.wall_findings),
            ("clocks", condition.clock_findings),
            ("workers and jobs", condition.job_findings),
            ("audit log", condition.log_findings),
            (f"scanner of files: {condition.scanner_words()}", condition.scanner_findings),
        ]
        faults += [_tell(name, list(findings())) for name, findings in working]
    return max(faults)


def _tell(name: str, found: list[str]) -> int:
    print(f"{'fault' if found else 'good ':6} {name}")
    for line in found:
        print(f"       - {line}")
    return 1 if found else 0


def settings_findings() -> Findings:
    """Django's own checks for a server that faces people, and ours for what is only for trying out."""
    from django.conf import settings
    from django.core import checks

    for message in checks.run_checks(include_deployment_checks=not settings.INSECURE_HTTP):
        if message.level >= checks.WARNING and not message.is_silenced():
            yield f"{message.msg} {message.hint or ''}".strip()
    if settings.DEMO:
        yield "TALKOO_DEMO=1: everybody can sign in as anybody. Fine for a trial; leave it out for real work."
    elif settings.INSECURE_HTTP:
        yield "TALKOO_INSECURE_HTTP=1: passwords travel readable. Put a reverse proxy with https in front and leave it out."
    yield from _signin_findings()
    yield from _device_findings()
    if not settings.BASE_URL and not settings.DEMO:
        yield "TALKOO_URL is not set: only this machine can reach Talkoo. Set it to the public https address."


def _signin_findings() -> Findings:
    """Django looks at cookies and HSTS itself; these are about signing in."""
    from django.conf import settings

    from talkoo.access.oidc_provider import Unusable, provider

    if settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN:
        yield "MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN is on: any page could ask for passkeys. Take it out of the settings."
    if settings.SECURE_HSTS_SECONDS < YEAR and not settings.INSECURE_HTTP:
        yield "SECURE_HSTS_SECONDS is less than a year: a browser could be led to plain http. Take it out of the settings."
    if settings.OIDC_ISSUER:
        try:
            provider()
        except Unusable as error:
            yield f"People cannot sign in at their organisation: {error}. Look at TALKOO_OIDC_ISSUER."


def _device_findings() -> Findings:
    """What would leave every device unknown without anybody being told but the log."""
    from django.conf import settings

    from talkoo.access.devices import keys

    if settings.DEVICE_ISSUER:
        try:
            keys()
        except ValueError as error:
            yield f"TALKOO_DEVICE_KEYS: {settings.DEVICE_KEYS} {error}. Until then every device is unknown."


def database_findings() -> Findings:
    from django.conf import settings
    from django.db import Error, connection
    from django.db.migrations.executor import MigrationExecutor

    from talkoo.config import condition

    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version_num')::int")
            version = cursor.fetchone()[0]
    except Error as error:
        where = settings.DATABASES["default"]["HOST"] or "this machine"
        yield f"The database on {where} does not answer ({str(error).strip()}). Look at TALKOO_DATABASE_URL and the server."
        return
    if version < OLDEST:
        yield f"PostgreSQL {version // 10_000} is too old; Talkoo needs 15 or newer."
    yield from condition.role_findings()
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield f"{len(missing)} migrations are missing. Run: talkoo migrate"


def asset_findings() -> Findings:
    if not (PACKAGE / "static/vendor/made-from").exists():
        yield "They are not there. In a checkout run: python frontend/build.py (the wheel carries them)."


def letters_findings() -> Findings:
    """What the mail server did not take: the last reason, and how many were given up."""
    from django.db import Error

    from talkoo.notify.queries.post import post_state

    try:
        state = post_state()
    except Error:
        return  # said under "database"
    if state.late:
        yield f"{state.late} mails have waited for more than an hour; the server said: {state.reason or 'nothing'}. Is the worker running?"
    if state.given_up:
        yield f"{state.given_up} mails were given up in the last week; the last reason: {state.reason}."


def mail_findings(send_to: str | None) -> Findings:
    """Whether the mail server lets us in; a message is sent only when asked for."""
    from django.conf import settings
    from django.core.mail import EmailMessage, get_connection

    if not settings.EMAIL_BACKEND.endswith("smtp.EmailBackend"):
        if not settings.DEMO:
            yield f"TALKOO_SMTP_URL is not set: mail is only written to files in {Path(settings.EMAIL_FILE_PATH)}."
        return
    yield from letters_findings()
    try:
        with get_connection() as post:
            if send_to:
                host = urlsplit(settings.BASE_URL).hostname or "localhost"
                EmailMessage(
                    "Talkoo can send mail", f"Sent by talkoo check on {host}.", to=[send_to], connection=post
                ).send()
    except OSError as error:
        yield f"The mail server {settings.EMAIL_HOST}:{settings.EMAIL_PORT} does not take mail ({error}). Look at TALKOO_SMTP_URL."
