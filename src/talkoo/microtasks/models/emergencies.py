from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Person, new_code

LAPSES = timedelta(days=1)  # what nobody decided on by then is asked for anew


class Emergency(models.Model):
    """Somebody has to look at a batch that is not theirs: asked for with a reason, agreed to by another, for hours.

    It is on from `decided` to `until` or `ended`, whichever comes first; one that was turned down has no `until`.
    What nobody decided on within a day has lapsed.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="emergencies")
    reason = models.CharField(max_length=480)
    minutes = models.PositiveSmallIntegerField()
    asked_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    asked = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "asked_by"],
                condition=Q(decided__isnull=True, ended__isnull=True),
                name="emergency_once",
            ),
            models.CheckConstraint(condition=Q(until__isnull=True) | Q(decided__isnull=False), name="emergency_agreed"),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def waits(self) -> bool:
        return self.decided is None and self.ended is None and self.asked > timezone.now() - LAPSES

    @property
    def on(self) -> bool:
        return self.until is not None and self.ended is None and self.until > timezone.now()
