"""How the post does, for the operator."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from talkoo.notify.models import Mail, MailState

LATE, LATELY = timedelta(hours=1), timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PostState:
    """Mails that waited too long, mails given up lately, and what the server said last."""

    late: int
    given_up: int
    reason: str


def post_state() -> PostState:
    """Three queries."""
    now = timezone.now()
    waiting = Mail.objects.filter(state__in=[MailState.QUEUED, MailState.SENDING], made__lt=now - LATE)
    given_up = Mail.objects.filter(state=MailState.GIVEN_UP, done__gt=now - LATELY)
    last = (waiting | given_up).exclude(reason="").order_by("-made").values_list("reason", flat=True).first()
    return PostState(waiting.count(), given_up.count(), last or "")
