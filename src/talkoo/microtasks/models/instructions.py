from django.db import models
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Person


class Instruction(models.Model):
    """The question and the help under it as they stood from `at` on. Written from the first change on: a batch whose
    words never changed has no row here, and the words of now stand in the batch itself."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="instructions")
    version = models.PositiveSmallIntegerField()
    question = models.CharField(max_length=240)
    help = models.CharField(max_length=480, blank=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("version",)
        constraints = [models.UniqueConstraint(fields=["batch", "version"], name="instruction_version")]

    def __str__(self) -> str:
        return f"{self.batch_id} v{self.version}"
