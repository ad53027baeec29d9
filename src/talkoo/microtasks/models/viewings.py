from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.microtasks.models.work import Task
from talkoo.people.models import Person


class Viewing(models.Model):
    """That somebody was shown a confidential or restricted item: when first and last, and how often, counted once a
    minute at most. Nothing of what they did there, and nothing of how long."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, db_index=False, related_name="+")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, db_index=False, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+")
    first = models.DateTimeField(default=timezone.now)
    last = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        indexes = [
            models.Index(fields=["person", "last"], name="viewing_of_person"),
            models.Index(fields=["last"], name="viewing_last"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["task", "person"], name="viewing_once"),
            models.CheckConstraint(condition=Q(last__gte=F("first")), name="viewing_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} saw {self.task_id}"
