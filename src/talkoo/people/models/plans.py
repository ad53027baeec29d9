"""Reorganisations: changes of the tree that take effect together on one day."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.people.models.people import Organisation, Person, new_code


class PlanState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    DECIDED = "decided", _("Waits for its day")
    HELD_UP = "held_up", _("Held up")
    IN_FORCE = "in_force", _("In force")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Plan(models.Model):
    """A reorganisation: changes of the tree that take effect together on one day. Before it, the tree is untouched.

    It is about `organisation` and what stands below it, and is seen by those who shape that. `edition` counts its
    changes, so that nobody decides another plan than the one they saw. `reason` says why it is held up.
    """

    code = models.CharField(max_length=12, unique=True, default=new_code)
    name = models.CharField(max_length=120)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    day = models.DateField()
    state = models.CharField(max_length=10, choices=PlanState.choices, default=PlanState.DRAFT)
    edition = models.PositiveIntegerField(default=1)
    made_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    made = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    decided = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["day"], condition=Q(state="decided"), name="plan_due")]

    def __str__(self) -> str:
        return self.name


class StepKind(models.TextChoices):
    ADD = "add", _("Add an organisation")
    MOVE = "move", _("Move")
    RENAME = "rename", _("Rename")
    MERGE = "merge", _("Merge into another")
    CLOSE = "close", _("Close")


class Step(models.Model):
    """One change of a plan. `organisation` changes (empty for one that is added); it goes to `target`, or to what the
    step `target_step` of the same plan adds; `name` is the new one.

    `roles` are those that go along with a merged or closed organisation, and `kept` the memberships and invitations
    that held them when the plan was decided: what was given later does not go along unseen. `was` and `went` keep the
    names of the day on which it happened, `made` the organisation that was added.
    """

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=StepKind.choices)
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    target_step = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="needed_by")
    name = models.CharField(max_length=120, blank=True)
    roles = models.JSONField(default=list)
    kept = models.JSONField(default=dict)
    was = models.CharField(max_length=120, blank=True)
    went = models.CharField(max_length=120, blank=True)
    made = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "number"], name="step_number", deferrable=models.Deferrable.DEFERRED
            ),
            models.CheckConstraint(
                condition=Q(kind="add", organisation=None) | ~Q(kind="add") & Q(organisation__isnull=False),
                name="step_of_what",
            ),
            models.CheckConstraint(condition=Q(target=None) | Q(target_step=None), name="step_one_target"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"

    @property
    def about(self) -> str:
        """What changes, by its name of the day on which it did, or of today."""
        return self.was or (self.organisation.name if self.organisation else self.name)

    @property
    def to(self) -> str:
        """Where it goes, likewise; empty for nowhere."""
        if self.went or self.target is None:
            return self.went or (self.target_step.name if self.target_step else "")
        return self.target.name
