"""From notices to mails: when each may go out, how many a day, and which go together. Run by a job every minute."""

from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction

from talkoo.audit import actions as audit
from talkoo.notify.hours import Hours, next_moment, next_summary
from talkoo.notify.kinds import URGENT, Channel
from talkoo.notify.models import Pace, Rhythm

MOST_A_DAY = 3  # mails to one person in 24 hours besides the summary and what is urgent; the rest waits for it
LATEST = timedelta(days=8)  # nothing waits longer; what does was told while a clock was ahead
PEOPLE = 1000  # mails made in one transaction
TURN = "talkoo.notify gather"
WAITING = "n.mail_id IS NULL AND n.channel IN ('at_once', 'digest')"

PACES = f"""
SELECT n.id, concat_ws('|', CASE WHEN n.channel = 'at_once' AND n.kind = ANY(%(urgent)s) THEN 'urgent' ELSE n.channel END,
                       coalesce(p.rhythm, %(rhythm)s), array_to_string(coalesce(p.days, %(days)s), ','),
                       coalesce(p.starts, %(starts)s), coalesce(p.ends, %(ends)s), coalesce(nullif(p.zone, ''), %(zone)s)
       ) AS pace
FROM notify_notice n LEFT JOIN notify_pace p ON p.person_id = n.person_id
WHERE {WAITING} AND (n.due IS NULL OR n.due > %(latest)s)
"""  # noqa: S608 - constants
SET_DUE = f"""
UPDATE notify_notice n SET due = found.due
FROM ({PACES}) mine JOIN unnest(%(paces)s::text[], %(dues)s::timestamptz[]) AS found (pace, due) USING (pace)
WHERE n.id = mine.id
"""  # noqa: S608 - constants
KEEP_CAP = f"""
UPDATE notify_notice n SET channel = 'digest', due = NULL
WHERE {WAITING} AND n.channel = 'at_once' AND n.due <= %(now)s AND n.kind <> ALL(%(urgent)s)
  AND %(most)s <= (SELECT count(*) FROM notify_mail m
                   WHERE m.person_id = n.person_id AND NOT m.digest AND m.made > %(since)s)
"""  # noqa: S608 - constants
MAKE = f"""
WITH people AS (
    SELECT n.person_id FROM notify_notice n WHERE {WAITING} AND n.due <= %(now)s
    GROUP BY n.person_id ORDER BY min(n.due) LIMIT %(people)s),
mine AS (
    SELECT n.id, n.person_id, n.channel FROM notify_notice n JOIN people USING (person_id)
    WHERE {WAITING} AND n.due <= %(now)s FOR UPDATE OF n),
made AS (
    INSERT INTO notify_mail (person_id, digest, made, state, next_try, attempts, reason)
    SELECT person_id, bool_or(channel = 'digest'), %(now)s, 'queued', %(now)s, 0, '' FROM mine GROUP BY person_id
    RETURNING id, person_id)
UPDATE notify_notice n SET mail_id = made.id FROM mine JOIN made USING (person_id) WHERE n.id = mine.id
"""  # noqa: S608 - constants


def gather(*, now: datetime) -> int:
    """Make the mails whose time has come, one a person; what is not due yet waits. Returns how many notices go out.

    One job at a time does it: a second one finds the turn taken and leaves. Killed at any point, it leaves whole steps.
    """
    total = 0
    while True:
        with transaction.atomic():
            if not _turn():
                return total
            _set_due(now)
            if _run(KEEP_CAP, now=now, most=MOST_A_DAY, urgent=URGENT, since=now - timedelta(days=1)):
                _set_due(now)
            gathered = _run(MAKE, now=now, people=PEOPLE)
            if gathered:
                audit.record(by=None, action="notify.mail.gathered", on=("mail", "all"), notices=gathered)
        total += gathered
        if not gathered:
            return total


def _turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [TURN])
        return bool(cursor.fetchone()[0])


def _run(statement: str, **values: Any) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        touched: int = cursor.rowcount
    return touched


def _set_due(now: datetime) -> None:
    """Look at each pace of those who wait once, however many they are."""
    usual = Pace()
    values: dict[str, Any] = {
        "rhythm": str(usual.rhythm), "days": usual.days, "starts": usual.starts, "ends": usual.ends,
        "zone": settings.TIME_ZONE, "latest": now + LATEST, "urgent": URGENT,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT DISTINCT pace FROM ({PACES}) mine", values)  # noqa: S608 - constants
        paces = [pace for (pace,) in cursor.fetchall()]
    if paces:
        _run(SET_DUE, **values, paces=paces, dues=[_due(pace, now) for pace in paces])


def _due(pace: str, now: datetime) -> datetime:
    """When a notice of this channel and pace may go out; both stand in one word, as the statement above writes it."""
    channel, rhythm, days, starts, ends, zone = pace.split("|")
    if channel == "urgent":
        return now
    hours = Hours(
        tuple(sorted(int(day) for day in days.split(","))), time.fromisoformat(starts), time.fromisoformat(ends), zone,
        weekly=rhythm == Rhythm.WEEKLY,
    )  # fmt: skip
    return next_moment(now, hours) if channel == Channel.AT_ONCE else next_summary(now, hours)
