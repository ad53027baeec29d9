"""What `talkoo check` finds of a house at work: rights, clocks, disks, workers and jobs. Each finding brings its remedy."""

import shutil
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.utils import timezone

from talkoo.audit.faults import LogFault
from talkoo.audit.keys import signer
from talkoo.audit.outside import newest
from talkoo.audit.queries.state import check_outside, check_same_past, log_state, unsent, waiting_for_signature
from talkoo.config.queue import ALIVE, LONGEST_DUE
from talkoo.lib import postgres, scanning, wall, walls

Findings = Iterator[str]
SKEW, FUTURE = 2.0, 5.0  # seconds
ROOM = 1_000_000_000  # bytes
LATE = 120  # seconds a job may wait that is due
SCANNER_PATIENCE = 10.0  # seconds
BEHIND = 600  # seconds that the log may lag behind its events

# Of several rights in one call PostgreSQL asks for any: what must all be there is asked one by one.
RIGHTS = """
SELECT tablename,
       NOT (has_table_privilege(current_user, quote_ident(tablename), 'SELECT')
            AND has_table_privilege(current_user, quote_ident(tablename), 'INSERT')) AS closed,
       tablename = ANY(%s) AND has_table_privilege(current_user, quote_ident(tablename), 'UPDATE, DELETE') AS open
FROM pg_tables WHERE schemaname = current_schema() AND NOT tablename = ANY(%s) ORDER BY 1
"""
CLOCK = """
SELECT extract(epoch FROM clock_timestamp()),
       coalesce((SELECT extract(epoch FROM at - clock_timestamp()) FROM audit_event ORDER BY id DESC LIMIT 1), 0)
"""
JOBS = f"""
SELECT {ALIVE}, {LONGEST_DUE},
       (SELECT count(*) FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id
        WHERE j.status = 'doing' AND (w.id IS NULL OR w.last_heartbeat < now() - interval '2 minutes')),
       (SELECT array_agg(DISTINCT task_name) FROM procrastinate_jobs WHERE status = 'failed')
"""  # noqa: S608 - parts that are written in queue.py


QUARANTINED = """
SELECT count(*), coalesce(extract(epoch FROM clock_timestamp() - min(at)), 0)
FROM microtasks_upload WHERE state = 'quarantine'
"""


def log_findings() -> Findings:
    """Whether events get their numbers, are signed outside of the database, and go where they shall."""
    state, now = log_state(), timezone.now()
    if state.since and (now - state.since).total_seconds() > BEHIND:
        more = "More than " if state.many else ""
        yield f"{more}{state.waiting} events of the log wait for their number since {_ago(now - state.since)}. Is a worker running?"
    try:
        key = signer()
        if key is None:
            yield "No key signs the log, so nobody outside can verify it. Run: talkoo audit key"
            return
        last = newest()
        check_outside(key.key.name, last[0] if last else None)
        if last:
            check_same_past(last[0], state.size)
    except LogFault as error:
        yield f"{error.message} {error.remedy}"
        return
    since = waiting_for_signature(last[0] if last else None)
    if since and (now - since).total_seconds() > BEHIND:
        yield f"Entries of the log wait for a signed checkpoint since {_ago(now - since)}. The log of the worker says why."
    target = settings.AUDIT_SYSLOG
    number, since = unsent(target.geturl()) if target else (0, None)
    if since and (now - since).total_seconds() > BEHIND:
        yield f"{number} entries were not sent to TALKOO_AUDIT_SYSLOG, since {_ago(now - since)}. The log of the worker says why."


def _ago(since: timedelta) -> str:
    return f"{since.total_seconds() / 60:,.0f} minutes"


def rights_findings() -> Findings:
    """Whether web and worker may do what they must, and not what they must not."""
    with connection.cursor() as cursor:
        cursor.execute(RIGHTS, [list(settings.APPEND_ONLY_TABLES), [*settings.READ_ONLY_TABLES, walls.KEY_TABLE]])
        rows = cursor.fetchall()
    closed = [table for table, shut, _open in rows if shut]
    if closed:
        yield f"The role of TALKOO_DATABASE_URL may not use {', '.join(closed[:5])}. Run: talkoo migrate"
    changeable = [table for table, _shut, may_change in rows if may_change]
    if changeable:
        yield f"The role of TALKOO_DATABASE_URL may change {', '.join(changeable)}, which must stay as written. Run: talkoo migrate"


ROLE = """
SELECT rolsuper OR rolbypassrls,
       (SELECT count(*) FROM pg_tables WHERE tableowner = current_user AND schemaname = current_schema())
FROM pg_roles WHERE rolname = current_user
"""
ABOVE = """
SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = current_schema() AND tableowner <> current_user
AND pg_has_role(current_user, tableowner, 'MEMBER')
AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
"""


def scanner_words() -> str:
    """What scans uploads, as far as it can be asked."""
    if settings.CLAMD is None:
        return "none, so files for confidential and restricted items are refused (TALKOO_CLAMD)"
    try:
        return scanning.version(settings.CLAMD)
    except scanning.Unanswered:
        return scanning.words_of(settings.CLAMD)


def scanner_findings() -> Findings:
    """Whether the scanner answers, finds what every scanner must find, and whether files wait for it."""
    if settings.CLAMD is not None:
        try:
            if not scanning.finding([scanning.eicar()], settings.CLAMD, SCANNER_PATIENCE):
                yield "The scanner finds nothing in the file that every scanner must find (EICAR). Renew its signatures (freshclam)."
        except (scanning.Unanswered, scanning.TooLarge) as error:
            yield f"The scanner at {scanning.words_of(settings.CLAMD)} does not answer ({error}). Start clamd, or look at TALKOO_CLAMD."
    with connection.cursor() as cursor:
        cursor.execute(QUARANTINED)
        number, oldest = cursor.fetchone()
    if number and oldest > BEHIND:
        yield f"{number} files wait in quarantine, the oldest for {oldest / 60:,.0f} minutes. They are scanned once the scanner answers and a worker runs."


def role_findings() -> Findings:
    """Whether web and worker use a role that no wall keeps out."""
    with connection.cursor() as cursor:
        cursor.execute(ROLE)
        bypasses, owned = cursor.fetchone()
        cursor.execute(ABOVE)
        above = [owner for (owner,) in cursor.fetchall()]
    if bypasses:
        yield "The role of TALKOO_DATABASE_URL is a superuser or bypasses row security. Use one that is neither."
    if owned:
        yield f"The role of TALKOO_DATABASE_URL owns {owned} tables. Give them to another, named in TALKOO_OWNER_DATABASE_URL."
    for owner in above:
        yield f"The role of TALKOO_DATABASE_URL may become {owner}, which owns tables. Take that from it (REVOKE)."


def wall_findings() -> Findings:
    """Whether the second wall stands, and whether the key it knows is that of our secret key."""
    with connection.cursor() as cursor:
        missing = walls.standing(cursor, settings.WALLED_TABLES)
        if missing:
            yield f"Nothing walls off {', '.join(missing)}. Run: talkoo migrate"
        else:
            with wall.opened(wall.NOTHING):
                cursor.execute("SELECT wall_scope() = '{0}'")
                if not cursor.fetchone()[0]:
                    yield "The database does not know our secret key, so every item would be hidden. Run: talkoo migrate"


def clock_findings() -> Findings:
    """Leases and deadlines go by the database's clock, sessions by this machine's: they must be one."""
    with connection.cursor() as cursor:
        begun = time.time()
        cursor.execute(CLOCK)
        database, ahead = (float(value) for value in cursor.fetchone())
    skew = database - (begun + time.time()) / 2
    if abs(skew) > SKEW:
        way = "ahead of" if skew > 0 else "behind"
        yield f"The database's clock is {abs(skew):.0f} seconds {way} this machine's. Let both follow a time server (NTP)."
    if ahead > FUTURE:
        yield (
            f"The last entry of the log lies {ahead:.0f} seconds in the future: a clock was set back. Let it follow a time"
            " server that slows it down instead of setting it back; nothing is lost, but times shown are wrong until then."
        )


def disk_findings() -> Findings:
    for what, folder in _folders().items():
        free = shutil.disk_usage(folder).free
        if free < ROOM:
            yield f"{free / 1e6:,.0f} MB are free for {what} ({folder}). Make room before it is full: at least 1 GB."


def _folders() -> dict[str, Path]:
    found = {"uploads": Path(settings.VAR)}
    if settings.EMBEDDED:
        found["the database"] = postgres.cluster(Path(settings.VAR) / "postgres").data
    return found


def job_findings() -> Findings:
    """Whether somebody does the jobs: without a worker no mail goes, no file is read, no result is refitted."""
    with connection.cursor() as cursor:
        cursor.execute(JOBS)
        alive, oldest, orphaned, failed = cursor.fetchone()
    if oldest > LATE and not alive:
        yield f"No worker is alive, and a job waits for {oldest / 60:.0f} minutes. Start talkoo serve or talkoo worker."
    elif oldest > LATE:
        yield f"A job waits for {oldest / 60:.0f} minutes; {alive} workers are alive. Start another: talkoo worker"
    if orphaned:
        yield f"{orphaned} jobs are in the hands of workers that died. A worker that is alive takes them within a minute."
    if failed:
        yield f"Jobs were given up: {', '.join(failed)}. Look into the log of the worker, mend the cause, then see the operator's guide."
