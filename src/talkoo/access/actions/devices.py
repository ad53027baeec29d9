"""Tokens about devices, used once."""

from datetime import datetime

from django.db import connection, transaction
from django.utils import timezone

from talkoo.access.models import DeviceToken
from talkoo.access.subject import Subject

USE = """
INSERT INTO access_devicetoken (mark, session, until) VALUES (%s, %s, %s)
ON CONFLICT (mark) DO UPDATE SET until = access_devicetoken.until WHERE access_devicetoken.session = EXCLUDED.session
"""


@transaction.atomic
def use_token(*, by: Subject, mark: str, session: str, until: datetime) -> bool:  # noqa: ARG001 - nothing of a person is kept
    """Whether this session is the first that brought the token, or the one that did: two requests may bring it at once."""
    with connection.cursor() as cursor:
        cursor.execute(USE, [mark, session, until])
        return bool(cursor.rowcount)


@transaction.atomic
def forget_tokens() -> int:
    """Delete those whose time is over: they are refused for that by now; how many."""
    return DeviceToken.objects.filter(until__lt=timezone.now()).delete()[0]
