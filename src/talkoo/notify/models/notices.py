from datetime import time

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.notify.kinds import Channel
from talkoo.notify.models.mail import Mail


def working_days() -> list[int]:
    return [1, 2, 3, 4, 5]


class Notice(models.Model):
    """Something one person is told. Words are made when it is read: here lie the kind, the thing and plain facts.

    `once` names the occasion: the same occasion is told to a person once, however often a job runs. `due` is when it
    may go out by mail, found by the job that gathers mail; empty for what was not looked at yet.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    about_kind = models.CharField(max_length=20)
    about = models.CharField(max_length=40)
    facts = models.JSONField(default=dict)
    link = models.CharField(max_length=240)
    organisation_id = models.BigIntegerField(null=True)
    sensitivity = models.PositiveSmallIntegerField(default=0)
    once = models.CharField(max_length=120)
    channel = models.CharField(max_length=10, choices=Channel.choices)
    at = models.DateTimeField(default=timezone.now)
    due = models.DateTimeField(null=True)
    read = models.DateTimeField(null=True)
    mail = models.ForeignKey(Mail, null=True, on_delete=models.RESTRICT, related_name="notices")

    class Meta:
        indexes = [
            models.Index(fields=["person", "-at", "-id"], name="notice_list"),
            models.Index(fields=["person"], condition=Q(read__isnull=True), name="notice_unread"),
            models.Index(
                fields=["due", "person"],
                condition=Q(mail__isnull=True, channel__in=["at_once", "digest"]),
                name="notice_to_mail",
            ),
            models.Index(fields=["at"], name="notice_age"),
        ]
        constraints = [models.UniqueConstraint(fields=["person", "once"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.person_id}"


class Choice(models.Model):
    """How one person wants one kind, where that is not as it is for everybody."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=10, choices=Channel.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "kind"], name="choice_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.channel}"


class Rhythm(models.TextChoices):
    DAILY = "daily", _("Every working day")
    WEEKLY = "weekly", _("Once a week, on the first working day")


class Pace(models.Model):
    """When one person wants mail: how often the summary, and which hours they work. Without a row: as by default."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    rhythm = models.CharField(max_length=10, choices=Rhythm.choices, default=Rhythm.DAILY)
    days = ArrayField(models.PositiveSmallIntegerField(), default=working_days)
    starts = models.TimeField(default=time(8))
    ends = models.TimeField(default=time(16))
    zone = models.CharField(max_length=60, blank=True)
    no_mail = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.person_id} {self.rhythm} {self.starts:%H:%M}–{self.ends:%H:%M}"
