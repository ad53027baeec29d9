import secrets
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.notify.events import EVENTS

OVERLAP = timedelta(days=1)  # both secrets sign for so long after a rotation


def new_code() -> str:
    return secrets.token_hex(6)


class EndpointState(models.TextChoices):
    ACTIVE = "active", _("Active")
    OFF = "off", _("Switched off")
    FAILED = "failed", _("Switched off after days of failure")


class Endpoint(models.Model):
    """An address of an organisation that hears events. `secret` is sealed; `older` signs too until `older_until`.

    `retry_at` is when an endpoint that does not answer is tried next; `busy_until` is the lease of the worker at it.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    organisation_id = models.BigIntegerField()
    url = models.CharField(max_length=400)
    description = models.CharField(max_length=120, blank=True)
    events = ArrayField(models.CharField(max_length=40))
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=EndpointState.choices, default=EndpointState.ACTIVE)
    secret = models.TextField()
    older = models.TextField(blank=True)
    older_until = models.DateTimeField(null=True)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    busy_until = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation_id"], condition=Q(state="active"), name="endpoint_active"),
        ]

    def __str__(self) -> str:
        return self.url


class Happening(models.Model):
    """The outbox: an event as its business transaction wrote it. Gone once deliveries are made of it."""

    type = models.CharField(max_length=40)
    organisation_id = models.BigIntegerField()
    about = models.CharField(max_length=40)
    data = models.JSONField(default=dict)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.type} {self.about}"


class DeliveryState(models.TextChoices):
    WAITING = "waiting", _("Waiting")
    DELIVERED = "delivered", _("Delivered")
    GIVEN_UP = "given_up", _("Given up")


class Delivery(models.Model):
    """One message to one endpoint. `code` is its webhook-id at every try; `body` are the very bytes that are signed."""

    code = models.UUIDField(unique=True, default=uuid.uuid4)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="deliveries")
    type = models.CharField(max_length=40)
    body = models.TextField()
    made = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=DeliveryState.choices, default=DeliveryState.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try = models.DateTimeField(default=timezone.now)
    done = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["endpoint", "id"], condition=Q(state="waiting"), name="delivery_waiting"),
            models.Index(fields=["endpoint", "-id"], name="delivery_log"),
            models.Index(fields=["made"], name="delivery_made"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.state}"

    @property
    def label(self) -> str:
        return str(EVENTS[self.type].label) if self.type in EVENTS else self.type


class Attempt(models.Model):
    """One try of a delivery: what came back, as far as it is kept."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=timezone.now)
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)
    excerpt = models.CharField(max_length=400, blank=True)

    def __str__(self) -> str:
        return f"{self.status} after {self.milliseconds} ms"
