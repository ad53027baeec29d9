"""What somebody was cleared for."""

from datetime import date, timedelta

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from talkoo.access.subject import USUAL
from talkoo.people.models.people import Organisation, Person


class Clearance(models.Model):
    """The highest level of sensitivity of the work somebody may see, as a security officer stated it; one stands at a time.

    Without one, or once `until` has passed, it is `access.subject.USUAL`. `ground` is what it rests on: a law, a
    decision, a vetting; one that goes beyond the usual runs out by itself. `ended` is when another took its place or it was taken back; rows are never deleted. It is given
    in an `organisation`: that of the person on that day.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="clearances")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    level = models.PositiveSmallIntegerField()
    ground = models.CharField(max_length=400)
    until = models.DateTimeField(null=True)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(default=timezone.now)
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    ended = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(ended=None), name="clearance_one"),
            models.CheckConstraint(condition=Q(level__gte=0, level__lte=3), name="clearance_level"),
            models.CheckConstraint(
                condition=Q(until__gt=F("made")) | Q(until=None, level__lte=USUAL), name="clearance_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} up to {self.level}"

    @property
    def last_day(self) -> date | None:
        """`until` is the midnight after it."""
        return None if self.until is None else timezone.localdate(self.until - timedelta(seconds=1))
