"""What the log says of one thing, for pages that have to name who was there before."""

from collections.abc import Collection
from datetime import datetime

from talkoo.audit.models import Event


def last_done(*, on: tuple[str, str], actions: Collection[str]) -> tuple[int | None, datetime] | None:
    """Who did one of these to the thing `on` (kind, code) most recently, and when; None where nobody did. One query.

    The person is None where a service or the system did it.
    """
    kind, code = on
    found = Event.objects.filter(kind=kind, code=code, action__in=actions).order_by("-id")
    return found.values_list("actor_id", "at").first()
