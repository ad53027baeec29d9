"""Mails go out. Each is taken by one worker, sent outside of any transaction, and marked; a server that is away loses nothing.

SMTP has no way to take a mail back: a worker that is killed between sending and marking leaves a mail that the next one
sends again after `LEASE`, with the same Message-ID, by which mail servers and programs know what they had already.
"""

import logging
import smtplib
import time
from contextlib import closing
from datetime import datetime, timedelta
from enum import Enum

from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction

from talkoo.audit import actions as audit
from talkoo.notify.models import Mail, MailState
from talkoo.notify.queries.letters import letter

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=10)
GIVE_UP = timedelta(days=3)
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=4)
SECONDS = 45  # of one run; the next one goes on

TAKE = """
UPDATE notify_mail SET state = 'sending', attempts = attempts + 1, next_try = %(until)s
WHERE id = (SELECT id FROM notify_mail WHERE state IN ('queued', 'sending') AND (next_try <= %(now)s OR attempts = 0)
            ORDER BY next_try, id LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING id
"""


class Outcome(Enum):
    """What became of one try: SERVER means that trying the next mail is useless for now."""

    SENT = "sent"
    DROPPED = "dropped"
    REFUSED = "refused"
    LATER = "later"
    SERVER = "server"


def post(*, now: datetime) -> dict[str, int]:
    """Send what is due, one mail after the other over one connection, as long as the server takes them.

    Returns how many ended how. Workers may do this at the same time: none takes what another has.
    """
    counted: dict[str, int] = {}
    ends = time.monotonic() + SECONDS
    with closing(get_connection()) as server:
        while time.monotonic() < ends and (mail := _take(now)):
            outcome, reason = _send(mail, server)
            _mark(mail, outcome, reason, now)
            counted[outcome.value] = counted.get(outcome.value, 0) + 1
            if outcome == Outcome.SERVER:
                log.warning("The mail server does not take mail: %s", reason)
                break
    if counted:
        with transaction.atomic():
            audit.record(by=None, action="notify.mail.posted", on=("mail", "all"), **counted)
    return counted


def _take(now: datetime) -> Mail | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(TAKE, {"now": now, "until": now + LEASE})
        row = cursor.fetchone()
    return Mail.objects.select_related("person").get(pk=row[0]) if row else None


def _send(mail: Mail, server: BaseEmailBackend) -> tuple[Outcome, str]:
    try:
        message = letter(mail)
        if message is None:
            return Outcome.DROPPED, ""
        message.connection = server
        server.open()
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        return _refused(code, words)
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error)
    except OSError as error:  # smtplib's other errors are OSErrors too
        return Outcome.SERVER, str(error)
    except Exception as error:
        log.exception("Mail %s could not be written", mail.code)  # one that cannot be must not keep the others back
        return Outcome.LATER, f"{type(error).__name__}: {error}"
    return Outcome.SENT, ""


def _refused(code: int, words: bytes | str) -> tuple[Outcome, str]:
    """5xx is for good, 4xx is for now (RFC 5321, 4.2.1)."""
    said = words.decode(errors="replace") if isinstance(words, bytes) else words
    return Outcome.REFUSED if code >= 500 else Outcome.LATER, f"{code} {said}"


def _mark(mail: Mail, outcome: Outcome, reason: str, now: datetime) -> None:
    """Write down what became of it, unless somebody took it over meanwhile."""
    said: dict[str, object] = {"reason": reason.replace("\0", "")[:240]}
    if outcome in {Outcome.SENT, Outcome.DROPPED}:
        said |= {"state": outcome.value, "done": now}
    elif outcome == Outcome.REFUSED or mail.made < now - GIVE_UP:
        said |= {"state": MailState.GIVEN_UP, "done": now}
        log.error("A mail to person %s was given up: %s", mail.person_id, reason)
    else:
        wait = min(FIRST_WAIT * 2 ** min(mail.attempts - 1, 12), LONGEST_WAIT)
        said |= {"state": MailState.QUEUED, "next_try": now + wait}
    Mail.objects.filter(pk=mail.pk, state=MailState.SENDING, attempts=mail.attempts).update(**said)
