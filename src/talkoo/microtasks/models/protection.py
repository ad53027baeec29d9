from datetime import date, timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.lib.holdings import Basis
from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Organisation, Person


class SpecialBasis(models.TextChoices):
    """Why data of special categories may be used besides: GDPR Art. 9(2)."""

    CONSENT = "consent", _("Explicit consent (a)")
    EMPLOYMENT = "employment", _("Employment and social protection law (b)")
    VITAL = "vital", _("Vital interests (c)")
    MEMBERS = "members", _("Members of a non-profit body (d)")
    PUBLISHED = "published", _("Made public by the person (e)")
    CLAIMS = "claims", _("Legal claims and courts (f)")
    PUBLIC = "public", _("Substantial public interest in law (g)")
    HEALTH = "health", _("Health and social care (h)")
    PUBLIC_HEALTH = "public-health", _("Public health (i)")
    ARCHIVE = "archive", _("Archiving, research and statistics (j)")


class Afterwards(models.TextChoices):
    DELETE = "delete", _("Delete everything")
    RESULTS = "results", _("Keep the results only")


class Protection(models.Model):
    """What the owner states of the data in a batch, and how far its deletion has come.

    `keep_days` count from the day the batch closes. `reached` is the number of the last item that was erased: the
    database function that erases goes on from there. What it erased is counted in `erased_counts`.
    """

    batch = models.OneToOneField(Batch, on_delete=models.CASCADE, related_name="protection", primary_key=True)
    controller = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    contact = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=480, blank=True)
    basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    special = models.BooleanField(default=False)
    special_basis = models.CharField(max_length=14, choices=SpecialBasis.choices, blank=True)
    keep_days = models.PositiveSmallIntegerField(null=True)
    afterwards = models.CharField(max_length=8, choices=Afterwards.choices, blank=True)
    reached = models.PositiveIntegerField(default=0)
    erasing = models.DateTimeField(null=True)
    erased = models.DateTimeField(null=True)
    erased_counts = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["batch"], condition=Q(erased=None, keep_days__gte=1), name="protection_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(keep_days=None) | Q(keep_days__gte=1, keep_days__lte=7300), name="protection_days"
            )
        ]

    def __str__(self) -> str:
        return f"data of {self.batch_id}"


class ProtectionDefaults(models.Model):
    """What an organisation usually states; a new batch begins with it."""

    organisation = models.OneToOneField(
        Organisation, on_delete=models.CASCADE, related_name="protection_defaults", primary_key=True
    )
    contact = models.CharField(max_length=200, blank=True)
    purpose = models.CharField(max_length=480, blank=True)
    basis = models.CharField(max_length=12, choices=Basis.choices, blank=True)
    keep_days = models.PositiveSmallIntegerField(null=True)
    afterwards = models.CharField(max_length=8, choices=Afterwards.choices, blank=True)

    def __str__(self) -> str:
        return f"usual statements of {self.organisation_id}"


class DataCheck(models.Model):
    """One look through all items for what has the shape of personal data. It speaks of the items named by `items` only.

    `run` names the looking that may write: one that starts anew takes over. `findings` holds counts and masked
    examples, never the data itself.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="data_checks")
    items = models.CharField(max_length=60)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    run = models.UUIDField()
    started = models.DateTimeField(default=timezone.now)
    moved = models.DateTimeField(default=timezone.now)
    finished = models.DateTimeField(null=True)
    looked = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    findings = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"check of {self.batch_id}"


class Says(models.TextChoices):
    NONE = "none", _("No personal data")
    NEEDED = "needed", _("Personal data is needed")


class DataStatement(models.Model):
    """The person's word on personal data in the items named by `items`; void once they change. Kept, never changed."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="data_statements")
    items = models.CharField(max_length=60)
    says = models.CharField(max_length=6, choices=Says.choices)
    because = models.CharField(max_length=480, blank=True)
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(says="none") | ~Q(because=""), name="data_statement_because")]

    def __str__(self) -> str:
        return f"{self.says} of {self.batch_id}"


class Hold(models.Model):
    """While a hold stands, nothing of the batch is deleted: it may be needed by a court, an audit, a request."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="holds")
    reason = models.CharField(max_length=480)
    until = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    lifted = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["batch", "until"], condition=Q(lifted=None), name="hold_standing")]

    def __str__(self) -> str:
        return f"hold on {self.batch_id}"

    @property
    def last_day(self) -> date:
        """`until` is the midnight after it."""
        return timezone.localdate(self.until - timedelta(seconds=1))
