"""Where and when somebody works outside of the office, as they and their manager agreed."""

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.people.models.people import Organisation, Person, new_code


class ArrangementState(models.TextChoices):
    PROPOSED = "proposed", _("Waits for a decision")
    AGREED = "agreed", _("Agreed")
    DECLINED = "declined", _("Declined")
    WITHDRAWN = "withdrawn", _("Taken back")
    ENDED = "ended", _("Ended")


class Arrangement(models.Model):
    """One version: days, hours, places and the sensitivity allowed at each (`lines`), from a day up to, not including, another.

    It is proposed by its person and agreed in their `organisation` of that day; elsewhere it does not hold. A new version
    leaves the agreed one in force until it is agreed itself, and then takes its place from its own first day, or the day
    of agreeing, on. Versions are never changed otherwise. `zone` is the clock by which its days and hours are meant;
    empty, of before it was kept, that of the house.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="arrangements")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    lines = models.JSONField()
    starts = models.DateField()
    ends = models.DateField()
    zone = models.CharField(max_length=63, blank=True)
    note = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=10, choices=ArrangementState.choices, default=ArrangementState.PROPOSED)
    made = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    ended = models.DateTimeField(null=True)
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        indexes = [models.Index(fields=["organisation", "state"], name="arrangement_organisation")]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="proposed"), name="arrangement_once"),
            models.CheckConstraint(condition=Q(ends__gte=F("starts")), name="arrangement_dates"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts}"


class HomeNetwork(models.Model):
    """An address that somebody said is one of their places: sealed, and found by a keyed hash (`mark`)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="home_networks")
    place = models.CharField(max_length=40)
    mark = models.CharField(max_length=64)
    sealed = models.TextField()
    made = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "mark"], name="home_network_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.place}"
