from django.db import models
from django.utils import timezone

from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Person


class Redaction(models.Model):
    """What of the items is redacted, who chose that, who signed it, and how far it is carried out. It speaks of the items
    named by `items` only.

    `choices` says for each finding ("kind part") whether it is redacted or kept; `words` are the owner's own. Once signed
    nothing of it changes; `run` names the carrying out that may write, `done` is the number of the last item it has seen.
    """

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="redaction", primary_key=True)
    items = models.CharField(max_length=60)
    choices = models.JSONField(default=dict)
    words = models.JSONField(default=list)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    signed_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    signed = models.DateTimeField(null=True)
    run = models.UUIDField(null=True)
    done = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    moved = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"redaction of {self.batch_id}"
