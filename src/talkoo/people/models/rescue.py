from django.db import models
from django.utils import timezone

from talkoo.people.models.people import Person


class Rescue(models.Model):
    """That an administrator's second factor is to be removed: asked for by one administrator, decided by another."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    asked_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    asked = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided = models.DateTimeField(null=True)
    agreed = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=models.Q(decided__isnull=True), name="rescue_once")
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.asked}"
