"""What is kept of calls with a token: how many came this minute, on which day the last one, and answers for repeats."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.models import KeptResponse, Token
from talkoo.lib.clock import sure_now
from talkoo.lib.errors import Conflict, Invalid
from talkoo.lib.sealing import Column, Unreadable

KEPT = timedelta(hours=24)
BODY = Column("access.keptresponse.body", former="talkoo kept response 1")
COUNT = """
INSERT INTO access_call AS c (token_id, minute, calls) VALUES (%(token)s, %(minute)s, 1)
ON CONFLICT (token_id) DO UPDATE
SET calls = CASE WHEN c.minute = EXCLUDED.minute THEN c.calls + 1 ELSE 1 END, minute = EXCLUDED.minute
RETURNING calls
"""


@transaction.atomic
def count_call(token: Token) -> int:
    """Count one call and return how many came in this minute of the clock, by any web process.

    The counters lie in an unlogged table: no call waits for the disk because of them. The day of the last use is
    written once a day.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"token": token.pk, "minute": int(now.timestamp()) // 60})
        calls: int = cursor.fetchone()[0]
    if token.used != timezone.localdate():
        Token.objects.filter(pk=token.pk).update(used=timezone.localdate())
    return calls


def kept_response(token: Token, key: str, fingerprint: str) -> KeptResponse | None:
    """The answer kept for this key, or None where the request may run; call it in the transaction of the request.

    The turn of the key is held until that transaction ends, and what the request does is committed with its answer:
    killed in between, neither is there, and the same key may be sent again.

    Raises Conflict while the same key is being worked on or where its answer lies sealed under a key that is gone,
    Invalid where it came with another request before.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, %s))", [f"talkoo.access key {key}", token.pk]
        )
        free = cursor.fetchone()[0]
    if not free:
        raise Conflict(
            _("A request with this Idempotency-Key is being worked on."), _("Wait a moment, then send it again.")
        )
    kept = KeptResponse.objects.filter(token=token, key=key).first()
    if kept is not None and kept.fingerprint != fingerprint:
        message = _("This Idempotency-Key came with another request before.")
        raise Invalid(message, _("Use a new key for a new request."))
    return kept and _opened(kept)


def _opened(kept: KeptResponse) -> KeptResponse:
    try:
        kept.body = BODY.unseal(kept.body, f"{kept.token_id} {kept.key}")
    except Unreadable:
        message = _("This was done before, but what it was answered can no longer be read.")
        raise Conflict(message, _("Look at what is there now. Use a new key for a new request.")) from None
    return kept


@transaction.atomic
def keep_response(
    token: Token, key: str, fingerprint: str, *, status: int, headers: Mapping[str, str], body: str
) -> None:
    """Keep what a request that did something was answered, sealed: it may hold the secret of a webhook, or an item."""
    KeptResponse.objects.filter(token=token, key=key).delete()
    KeptResponse.objects.create(
        token=token, key=key, fingerprint=fingerprint, status=status, headers=dict(headers),
        body=BODY.seal(body, f"{token.pk} {key}"),
    )  # fmt: skip


@transaction.atomic
def forget_responses() -> int:
    """Delete the answers whose day is over; how many."""
    return KeptResponse.objects.filter(at__lte=sure_now() - KEPT).delete()[0]
