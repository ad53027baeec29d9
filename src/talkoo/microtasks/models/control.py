"""What an owner knows beforehand: items with a known answer, and what people practised on them."""

from django.db import models
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.microtasks.models.work import Task
from talkoo.people.models import Person


class KnownAnswer(models.Model):
    """The known answer of an item. It is handed out among the others to measure certainty, or kept for practice.

    `text` is the answer as the file or the owner wrote it, `value` the same as the task type reads it: empty until the
    question is settled. Neither is ever part of the item that contributors are shown. Deleted 90 days after the batch
    closes: then nobody can work out any more how reliable a person was.
    """

    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="known")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="known")
    text = models.CharField(max_length=1000, blank=True)
    value = models.JSONField(null=True)
    why = models.CharField(max_length=1000, blank=True)
    practice = models.BooleanField(default=False)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["batch", "practice"], name="known_of_batch")]

    def __str__(self) -> str:
        return f"{self.task_id}: {self.text}"


class PracticeAnswer(models.Model):
    """What somebody answered to a practice item the last time; one that is right stays. It counts for nothing and is
    shown to that person alone."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="practised")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="practised")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    value = models.JSONField(null=True)
    cannot = models.CharField(max_length=40, blank=True)
    agrees = models.BooleanField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "task"], name="practice_once")]
        indexes = [models.Index(fields=["batch", "person"], name="practice_of_person")]

    def __str__(self) -> str:
        return f"{self.person_id} practised {self.task_id}"
