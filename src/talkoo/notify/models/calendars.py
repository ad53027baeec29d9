from django.conf import settings
from django.db import models
from django.utils import timezone


class Feed(models.Model):
    """The address under which a calendar program reads what somebody promised. Only the hash of its token is kept."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    token_hash = models.CharField(max_length=64, unique=True)
    made = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"


class Entry(models.Model):
    """How an entry of a feed was last told: a calendar program takes a change only with a higher number (RFC 5545, 3.8.7.4)."""

    feed = models.ForeignKey(Feed, on_delete=models.CASCADE, related_name="entries")
    code = models.CharField(max_length=40)
    told = models.CharField(max_length=64)
    sequence = models.PositiveIntegerField(default=0)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feed", "code"], name="entry_once")]

    def __str__(self) -> str:
        return f"{self.code} {self.sequence}"
