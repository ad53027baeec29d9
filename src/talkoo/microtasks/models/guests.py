from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Upper
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Person, new_code


class Guest(models.Model):
    """Somebody from outside the public service, invited to one batch until a moment.

    `person` is empty until they came in for the first time. `terms` is the version of the words they accepted. What they
    answer hangs on the person, as everybody's does.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="guests")
    email = models.EmailField()
    name = models.CharField(max_length=120)
    person = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    invited_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    invited = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField()
    terms = models.PositiveSmallIntegerField(null=True)
    accepted = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(Upper("email"), name="guest_email_upper")]  # what `iexact` asks for
        constraints = [
            models.UniqueConstraint("batch", Lower("email"), condition=Q(ended__isnull=True), name="guest_once")
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def over(self) -> bool:
        return self.ended is not None or self.until <= timezone.now()


class GuestLink(models.Model):
    """A link to sign in by, sent by mail. Only the hash of its token is kept; it works once and for minutes."""

    guest = models.ForeignKey(Guest, on_delete=models.CASCADE, related_name="links")
    hash = models.CharField(max_length=64, unique=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.guest_id} until {self.expires}"
