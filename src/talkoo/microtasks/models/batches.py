from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from talkoo.access.permissions import Relation
from talkoo.lib.formats import number
from talkoo.people.models import Organisation, Person, Skill, new_code


class BatchState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open")
    PAUSED = "paused", _("Paused")
    CLOSED = "closed", _("Closed")


class Sensitivity(models.IntegerChoices):
    OPEN = 0, _("Open")
    INTERNAL = 1, _("Internal")
    CONFIDENTIAL = 2, _("Confidential")
    RESTRICTED = 3, _("Restricted")


class Batch(models.Model):
    """Many tasks of one type, asked in one way. Where its items are pieces, `records` says of how many records; of each of
    them one person is handed `cap_person` pieces at most, and the people of one organisation `cap_team` together."""

    code = models.CharField(max_length=12, unique=True, default=new_code)
    title = models.CharField(_("Title"), max_length=120)
    summary = models.CharField(_("What people will do, in one sentence"), max_length=240, blank=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="batches")
    people = models.ManyToManyField(Person, through="BatchPerson", related_name="batches")
    state = models.CharField(max_length=10, choices=BatchState.choices, default=BatchState.DRAFT)
    sensitivity = models.PositiveSmallIntegerField(choices=Sensitivity.choices, default=Sensitivity.INTERNAL)
    item_word = models.CharField(_("What one item is called"), max_length=40, default="item")
    language = models.CharField(_("Language of the items and the question"), max_length=35, blank=True)

    task_type = models.CharField(max_length=40, default="choice")
    question = models.CharField(_("Question"), max_length=240, blank=True)
    help = models.CharField(_("Help under the question"), max_length=480, blank=True)
    config = models.JSONField(default=dict)
    ask_sure = models.BooleanField(_("Ask how sure people are"), default=True)
    minutes = models.DecimalField(_("Minutes for one item"), max_digits=5, decimal_places=1, default=2)

    adaptive = models.BooleanField(default=True)
    least = models.PositiveSmallIntegerField(_("Answers at least"), default=2)
    most = models.PositiveSmallIntegerField(_("Answers at most"), default=7)
    sure = models.PositiveSmallIntegerField(_("How many of 100 results must be right"), default=90)
    may_choose = models.BooleanField(_("People may pick the item they answer"), default=False)

    control_every = models.PositiveSmallIntegerField(_("One item with a known answer in"), default=10, db_default=10)
    controls_added = models.PositiveIntegerField(default=0, db_default=0)
    practice_added = models.PositiveIntegerField(default=0, db_default=0)
    practice_right = models.PositiveSmallIntegerField(_("Right answers in practice first"), default=0, db_default=0)

    audience = models.ManyToManyField(Organisation, related_name="offered_batches", blank=True)
    skills = models.ManyToManyField(Skill, related_name="batches", blank=True)
    deadline = models.DateField(_("Needed by"), null=True, blank=True)

    records = models.PositiveIntegerField(default=0, db_default=0)
    cap_person = models.PositiveSmallIntegerField(
        _("Pieces of one record for one person, at most"), null=True, blank=True
    )
    cap_team = models.PositiveSmallIntegerField(
        _("Pieces of one record for one organisation, at most"), null=True, blank=True
    )
    tasks_total = models.PositiveIntegerField(default=0)
    instruction = models.PositiveSmallIntegerField(default=1, db_default=1)
    has_questions = models.BooleanField(default=False, db_default=False)
    copy_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="copies")
    created = models.DateTimeField(default=timezone.now)
    opened = models.DateTimeField(null=True, blank=True)
    closed = models.DateTimeField(null=True, blank=True)
    search = models.GeneratedField(
        expression=SearchVector("title", "summary", "question", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    class Meta:
        indexes = [
            GinIndex(fields=["search"], name="batch_search"),
            models.Index(fields=["deadline"], condition=Q(state="open"), name="batch_open"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(least__gte=1, most__gte=F("least"), most__lte=99), name="batch_answers"),
            models.CheckConstraint(
                condition=(Q(cap_person=None) | Q(cap_person__gte=1)) & (Q(cap_team=None) | Q(cap_team__gte=1)),
                name="batch_caps",
            ),
            models.CheckConstraint(condition=Q(sure__gte=50, sure__lte=99), name="batch_sure"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def known_items(self) -> int:
        """Items with a known answer, to be handed out or to practise on. What `with_known_items` counted; without it,
        and once those answers are deleted, as many as were entered (of an open batch also one that was taken back)."""
        counted: int = self.__dict__.get("known_counted", 0)
        return counted or self.controls_added + self.practice_added

    @property
    def items_count(self) -> int:
        """All of them, those with a known answer too, which `tasks_total` leaves out."""
        return self.tasks_total + self.known_items

    @property
    def items_words(self) -> str:
        """How many items there are, in the words used everywhere."""
        words = {"n": number(self.items_count), "known": number(self.known_items)}
        if not self.known_items:
            return ngettext("%(n)s item", "%(n)s items", self.items_count) % words
        if self.items_count == 1:
            return gettext("1 item, with a known answer")
        return gettext("%(n)s items, %(known)s of them with a known answer") % words


class BatchPerson(models.Model):
    """Owners answer for the batch; reviewers decide what people could not agree on."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="ties")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="batch_ties")
    relation = models.CharField(
        max_length=10, choices=[(Relation.OWNER.value, _("Owner")), (Relation.REVIEWER.value, _("Reviewer"))]
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "person", "relation"], name="batch_person_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.relation} of {self.batch_id}"


class UploadState(models.TextChoices):
    QUARANTINE = "quarantine", _("In quarantine")
    RECEIVED = "received", _("Received")
    READING = "reading", _("Reading")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class Upload(models.Model):
    """A file of items and how far reading it has come. `mapping` says for each column what it is used as.

    `kind` is one of lib.tables; `sheet` the one that is read of the several `sheets` a workbook has.
    `run` names the reading that may write: one that starts anew takes over, and the older one stops at its next step.
    `accepted` tells that a file seen before is meant to be used again. `scanned` is when the scanner found nothing in it;
    in quarantine nothing of it is known but its name and size, and a `run` there says that it is read once it is let out.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="uploads")
    by = models.ForeignKey(Person, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    filename = models.CharField(max_length=200)
    stored_as = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=20, default="csv", db_default="csv")
    sheet = models.CharField(max_length=200, blank=True, default="", db_default="")
    sheets = models.JSONField(default=list, db_default=models.Value([], output_field=models.JSONField()))
    encoding = models.CharField(max_length=20, default="utf-8-sig")
    delimiter = models.CharField(max_length=1, default=",")
    accepted = models.BooleanField(default=False)
    scanned = models.DateTimeField(null=True)
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=UploadState.choices, default=UploadState.RECEIVED)
    bytes_read = models.PositiveBigIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    rows_rejected = models.PositiveIntegerField(default=0)
    run = models.UUIDField(null=True)
    moved = models.DateTimeField(null=True)
    message = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["sha256"], name="upload_sha256"),
            models.Index(fields=["id"], condition=Q(state="quarantine"), name="upload_quarantine"),
        ]

    def __str__(self) -> str:
        return self.filename


class FirstRows(models.Model):
    """The texts of the first rows of a file, to choose columns by: of the data, so behind the second wall."""

    upload = models.OneToOneField(Upload, primary_key=True, on_delete=models.CASCADE, related_name="+")
    rows = models.JSONField(default=list)

    def __str__(self) -> str:
        return f"first rows of {self.upload_id}"


class RejectedRow(models.Model):
    """A line of the file that became no task, and why."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="rejected")
    line = models.PositiveIntegerField()
    reason = models.CharField(max_length=240)
    excerpt = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ("line",)

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


class Tally(models.Model):
    """Running counts of a batch, spread over a few rows so that people who answer at once do not wait for each other.

    `moved` is when one of them last changed: whether a batch is quiet is read off eight rows, not off its answers.
    """

    SHARDS = 8

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="tallies")
    shard = models.PositiveSmallIntegerField()
    answers = models.IntegerField(default=0)
    surplus = models.IntegerField(default=0)
    closed = models.IntegerField(default=0)
    review = models.IntegerField(default=0)
    moved = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "shard"], name="tally_shard")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.shard}"

    @classmethod
    def total(cls, batch: Batch) -> dict[str, int]:
        """Sums over the shards: answers, surplus, closed, review."""
        names = ("answers", "surplus", "closed", "review")
        sums = cls.objects.filter(batch=batch).aggregate(**{name: Sum(name, default=0) for name in names})
        return {name: int(sums[name]) for name in names}
