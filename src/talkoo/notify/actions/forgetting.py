"""What is forgotten when its time is over."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from talkoo.audit import actions as audit
from talkoo.notify.models import Delivery, Mail, Notice

KEEP_NOTICES, KEEP_DELIVERIES = timedelta(days=180), timedelta(days=30)
AT_ONCE = 20_000  # rows deleted in one transaction


def forget_old(*, now: datetime) -> int:
    """Delete notices of half a year ago, the mails none of whose notices is left, and what webhooks were sent a month
    ago. Returns how many notices.
    """
    total = 0
    while rows := _forget_notices(now):
        total += rows
    with transaction.atomic():
        left = Notice.objects.filter(mail=OuterRef("pk"))
        Mail.objects.filter(~Exists(left), made__lt=now - KEEP_NOTICES).delete()
        Delivery.objects.filter(made__lt=now - KEEP_DELIVERIES).delete()
    return total


def _forget_notices(now: datetime) -> int:
    with transaction.atomic():
        old = Notice.objects.filter(at__lt=now - KEEP_NOTICES).values("pk")[:AT_ONCE]
        rows, _kinds = Notice.objects.filter(pk__in=old).delete()
        if rows:
            audit.record(by=None, action="notify.notices.forgotten", on=("notice", "all"), rows=rows)
    return rows
