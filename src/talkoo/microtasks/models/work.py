import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.microtasks.models.batches import Batch
from talkoo.people.models import Organisation, Person


class TaskState(models.TextChoices):
    OPEN = "open", _("Open")
    REVIEW = "review", _("With a reviewer")
    CLOSED = "closed", _("Settled")
    CONTROL = "control", _("Known answer")


class Task(models.Model):
    """One item of a batch. `needed`, `active` and `done` count answers; `is_open` is what the claim looks for.

    `pos` orders the claim: a task that opens again goes to the tail, so that people whose cursor has passed it meet it.
    A control item (its answer is known) is closed to the ordinary claim and counts no answers; `spot` is its random
    place in the rotation, empty for one that is kept for practice.
    `estimate` is what the aggregation of the type keeps: of classes the posterior of each unit of the answer, else the
    value it would be now. `probability` is the published one, of the least certain part.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="tasks")
    number = models.PositiveIntegerField()
    pos = models.BigIntegerField()
    name = models.CharField(max_length=120)
    payload = models.JSONField(default=dict)
    group = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=10, choices=TaskState.choices, default=TaskState.OPEN)
    needed = models.PositiveSmallIntegerField(default=1)
    active = models.PositiveSmallIntegerField(default=0)
    done = models.PositiveSmallIntegerField(default=0)
    surplus = models.PositiveSmallIntegerField(default=0)
    closed = models.BooleanField(default=False)
    differ = models.BooleanField(default=False)
    estimate = models.JSONField(default=list)
    probability = models.FloatField(null=True)
    spot = models.FloatField(null=True)
    result = models.ForeignKey("Result", null=True, on_delete=models.SET_NULL, related_name="+")
    is_open = models.GeneratedField(
        expression=ExpressionWrapper(
            Q(closed=False) & Q(needed__gt=F("active") + F("done")), output_field=models.BooleanField()
        ),
        output_field=models.BooleanField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            models.Index(fields=["batch", "pos"], include=["id"], condition=Q(is_open=True), name="task_open"),
            models.Index(fields=["batch", "-differ", "probability"], name="task_explore"),
            models.Index(fields=["batch"], condition=Q(state="review"), name="task_review"),
            models.Index(fields=["batch", "spot"], condition=Q(state="control"), name="task_control"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="task_number"),
            models.CheckConstraint(condition=Q(needed__gte=F("active") + F("done")) | Q(closed=True), name="task_room"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def settled(self) -> bool:
        """Whether no more answers are asked for. A control item never is: its answers may be changed like others."""
        return self.closed and self.state != TaskState.CONTROL


class Standing(models.Model):
    """How a task stands, without a word of what it says: a view for pages over many batches, of which none has to be
    opened for that (lib.wall). Of every task, shown or not; who may see the batch decides the page."""

    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, related_name="+")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=TaskState.choices)
    is_open = models.BooleanField()
    differ = models.BooleanField()
    known = models.BooleanField()

    class Meta:
        managed = False
        db_table = "microtasks_standing"

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}: {self.state}"


class Cursor(models.Model):
    """How far a person has come through a batch: a claim never looks at what lies behind.

    `instruction` is the version of the instructions whose change the person has put aside (queries.instructions);
    `handed` counts what was handed out, `control_at` is the count at which the next item with a known answer is due,
    `control_spot` the place of the last one in the rotation, `controls` how many were given.
    """

    pk = models.CompositePrimaryKey("person_id", "batch_id")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="+")
    pos = models.BigIntegerField(default=0)
    swept = models.DateTimeField(null=True)
    instruction = models.PositiveSmallIntegerField(null=True)
    handed = models.PositiveIntegerField(default=0, db_default=0)
    control_at = models.PositiveIntegerField(null=True)
    control_spot = models.FloatField(null=True)
    controls = models.PositiveIntegerField(default=0, db_default=0)

    def __str__(self) -> str:
        return f"{self.person_id} at {self.pos} of {self.batch_id}"


class AssignmentState(models.TextChoices):
    LEASED = "leased", _("In work")
    ANSWERED = "answered", _("Answered")
    SURPLUS = "surplus", _("Kept as one more opinion")
    SKIPPED = "skipped", _("Skipped")
    LAPSED = "lapsed", _("Time ran out")


class Assignment(models.Model):
    """A task in one person's hands for the time of a lease. Its organisation is a snapshot: people move, work stays."""

    code = models.UUIDField(unique=True, default=uuid.uuid4, db_default=models.Func(function="gen_random_uuid"))
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="assignments")
    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="assignments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="assignments")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=AssignmentState.choices, default=AssignmentState.LEASED)
    lease_until = models.DateTimeField()
    taken = models.DateTimeField(default=timezone.now)
    draft_at = models.DateTimeField(null=True)
    answer = models.ForeignKey("Answer", null=True, on_delete=models.PROTECT, related_name="+")
    answered = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["batch", "lease_until"], condition=Q(state="leased"), name="assignment_lapsing"),
            models.Index(fields=["person", "-taken"], name="assignment_of_person"),
            models.Index(fields=["batch", "person"], name="assignment_in_batch"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "task"], name="assignment_once"),
            models.UniqueConstraint(
                fields=["person", "batch"], condition=Q(state="leased"), name="assignment_one_lease"
            ),
        ]

    def __str__(self) -> str:
        return str(self.code)


class Draft(models.Model):
    """What somebody typed and has not sent; `draft_at` of the assignment says when. An answer to be, so it stands behind
    the second wall as answers do."""

    assignment = models.OneToOneField(Assignment, primary_key=True, on_delete=models.CASCADE, related_name="+")
    typed = models.JSONField()

    def __str__(self) -> str:
        return f"draft of {self.assignment_id}"


class Answer(models.Model):
    """What somebody answered. Never changed: another version is another row, and the assignment points at the last.

    `batch` is that of its task, which a trigger sees to: the second wall goes by it, and nothing else looks it up.
    `instruction` is the version of the batch's instructions that stood above the form.
    """

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="answers")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="answers")
    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    key = models.UUIDField()
    value = models.JSONField(null=True)
    cannot = models.CharField(max_length=40, blank=True)
    sure = models.PositiveSmallIntegerField(null=True)
    note = models.TextField(blank=True)
    surplus = models.BooleanField(default=False)
    instruction = models.PositiveSmallIntegerField(default=1, db_default=1)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["assignment", "key"], name="answer_key"),
            models.UniqueConstraint(fields=["assignment", "version"], name="answer_version"),
            models.CheckConstraint(condition=Q(value__isnull=False) | ~Q(cannot=""), name="answer_says_something"),
        ]

    def __str__(self) -> str:
        return f"{self.assignment_id} v{self.version}"


class Result(models.Model):
    """What the answers came to, and why the task closed. A task that reopens or is refitted gets the next version.

    `low` and `high` bound the probability; `spread`, of numbers and shares, the value itself. `batch` as in an answer.
    """

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="results")
    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+")
    version = models.PositiveSmallIntegerField(default=1)
    value = models.JSONField(null=True)
    probability = models.FloatField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    spread = models.JSONField(null=True)
    method = models.CharField(max_length=40)
    method_version = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    answer_ids = ArrayField(models.BigIntegerField(), default=list)
    at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "version"], name="result_version")]

    def __str__(self) -> str:
        return f"{self.task_id} v{self.version}"


class Problem(models.Model):
    """A contributor says that something is wrong with an item. `batch` as in an answer."""

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="problems")
    batch = models.ForeignKey(Batch, on_delete=models.DO_NOTHING, db_constraint=False, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField(default=timezone.now)
    closed = models.DateTimeField(null=True)
    reply = models.CharField(max_length=1000, blank=True)

    def __str__(self) -> str:
        return self.text[:60]
