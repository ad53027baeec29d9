from django.db import models
from django.db.models import Q
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.microtasks.models.work import Task
from talkoo.people.models import Person


class Reply(models.Model):
    """What an owner or a reviewer said to one question or to several at once, for everybody who gets one of their items,
    and where `everywhere` for everybody in the batch. `question` is what was asked as others read it.

    It hangs on the item that it was first asked about: what erases that item takes the reply along.
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="replies")
    question = models.CharField(max_length=1000)
    text = models.CharField(max_length=1000)
    everywhere = models.BooleanField(default=False)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["batch", "-at", "-id"], condition=Q(everywhere=True), name="reply_everywhere"),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Question(models.Model):
    """Somebody who has an item in hand asks about it. Who it was is shown to the owners alone."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="questions")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="questions")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(default=timezone.now)
    reply = models.ForeignKey(Reply, null=True, on_delete=models.SET_NULL, related_name="questions")

    class Meta:
        indexes = [models.Index(fields=["batch", "at"], condition=Q(reply=None), name="question_waiting")]

    def __str__(self) -> str:
        return self.text[:60]
