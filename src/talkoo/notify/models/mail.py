import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailState(models.TextChoices):
    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DROPPED = "dropped", _("Not needed any more")
    GIVEN_UP = "given_up", _("Given up")


class Mail(models.Model):
    """One mail to one person: which notices it carries is said by them; its words are made when it is sent, and not kept.

    `code` is the same at each try and makes the Message-ID, by which mail servers know a mail they had already.
    """

    code = models.UUIDField(unique=True, default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid"))
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    digest = models.BooleanField(default=False)
    made = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=MailState.choices, default=MailState.QUEUED)
    next_try = models.DateTimeField(default=timezone.now)
    attempts = models.PositiveSmallIntegerField(default=0)
    reason = models.CharField(max_length=240, blank=True)
    done = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["next_try"], condition=Q(state__in=["queued", "sending"]), name="mail_waiting"),
            models.Index(fields=["person", "made"], name="mail_of_person"),
            models.Index(fields=["made"], name="mail_made"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"
