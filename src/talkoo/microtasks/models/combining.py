from django.db import models

from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Person


class Model(models.Model):
    """What the last refit of a batch learned: the class prior, the confusion of a person nothing is known of, and from
    items with a known answer the temperature of the probabilities and how accurate its people are, as a whole."""

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="model")
    method = models.CharField(max_length=40)
    version = models.CharField(max_length=20)
    class_prior = models.JSONField(default=list)
    pooled = models.JSONField(default=list)
    answers = models.PositiveIntegerField(default=0)
    alpha = models.JSONField(default=dict)
    temperature = models.FloatField(null=True)
    accuracy = models.JSONField(null=True)
    fitted = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.batch_id} {self.method}"


class Reliability(models.Model):
    """Soft counts (true class × given label) of one person in one batch, and on how many of the items with a known
    answer that person agreed with it. Shown to that person alone, never to a manager; deleted 90 days after the batch
    closes."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="reliabilities")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    counts = models.JSONField(default=list)
    controls = models.PositiveIntegerField(default=0, db_default=0)
    agreed = models.PositiveIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "person"], name="reliability_once")]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.batch_id}"
