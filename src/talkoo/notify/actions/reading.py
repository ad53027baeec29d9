"""What a reader does with notices: nothing here is recorded. When somebody looks at their list is nobody's business.

What was read before it was mailed needs no mail any more.
"""

from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import timezone

from talkoo.access.subject import Subject
from talkoo.notify.kinds import Channel
from talkoo.notify.models import Notice
from talkoo.notify.queries.notices import access_notice, my_notices


def mark_read(*, by: Subject, number: int) -> Notice:
    """Mark one's own notice as read; read once, it stays so. Raises Missing for anybody else's."""
    with transaction.atomic():
        notice = access_notice(by, number)
        if notice.read is None:
            notice.read = timezone.now()
            notice.channel = notice.channel if notice.mail_id else Channel.IN_APP
            notice.save(update_fields=["read", "channel"])
    return notice


def mark_all_read(*, by: Subject) -> int:
    """Mark all of one's own. Returns how many were unread."""
    kept = Case(When(mail__isnull=True, then=Value(Channel.IN_APP.value)), default="channel")
    with transaction.atomic():
        return my_notices(by).filter(read__isnull=True).order_by().update(read=timezone.now(), channel=kept)
