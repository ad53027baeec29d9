"""Which items are pieces of one record, and who has had which in hand. No page, export or call for contributors reads it."""

from django.db import models

from talkoo.microtasks.models.batches import Batch
from talkoo.microtasks.models.work import Task
from talkoo.people.models import Person


class Piece(models.Model):
    """An item that is a piece of a record. `record` counts the rows of the file, `part` the pieces of a row; `label` is
    the columns it was made of, `name` what the owner calls the record: its contributors are told neither."""

    task = models.OneToOneField(Task, on_delete=models.CASCADE, primary_key=True, related_name="piece")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, db_index=False, related_name="pieces")
    record = models.PositiveIntegerField()
    part = models.PositiveSmallIntegerField()
    label = models.CharField(max_length=400)
    name = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "record", "part"], name="piece_once")]

    def __str__(self) -> str:
        return f"{self.record}/{self.part}"


class Seen(models.Model):
    """Somebody had a piece in hand, however it ended: what the caps of a batch count. `team` is the id of their
    organisation on that day, 0 for none; it is no reference, for it outlives organisations."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, db_index=False, related_name="seen")
    task = models.ForeignKey(Task, on_delete=models.CASCADE, db_index=False, related_name="+")
    record = models.PositiveIntegerField()
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    team = models.BigIntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["batch", "record", "person"], name="seen_by_person"),
            models.Index(fields=["batch", "record", "team"], name="seen_by_team"),
        ]
        constraints = [models.UniqueConstraint(fields=["task", "person", "team"], name="seen_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.task_id}"
