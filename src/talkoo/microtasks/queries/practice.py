"""Practice: items with a known answer that a person tries before working, and what that person made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, FilteredRelation, Q, QuerySet
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, KnownAnswer, PracticeAnswer
from talkoo.microtasks.task_types import task_type

BEGUN = (AssignmentState.LEASED, AssignmentState.ANSWERED, AssignmentState.SURPLUS)


@dataclass(frozen=True, slots=True)
class Tried:
    """A practice item: its number in the batch, and whether this person was right (None: not tried)."""

    number: int
    right: bool | None


@dataclass(frozen=True, slots=True)
class Practice:
    """All practice items of a batch as one person stands with them. `needed` right answers come before the first item;
    none of whoever has begun already."""

    items: Sequence[Tried]
    needed: int

    @property
    def right(self) -> int:
        return sum(item.right is True for item in self.items)

    @property
    def tried(self) -> int:
        return sum(item.right is not None for item in self.items)

    @property
    def lacking(self) -> int:
        return max(0, min(self.needed, len(self.items)) - self.right)

    def after(self, number: int = 0) -> int | None:
        """The next item to try: of those not tried yet, else of those not right; from `number` on and round again."""
        untried = [item.number for item in self.items if item.right is None]
        waiting = untried or [item.number for item in self.items if not item.right]
        return next((each for each in waiting if each > number), waiting[0] if waiting else None)


def practice_of(by: Subject, batch: Batch) -> Practice:
    """How one person stands with the practice of a batch: nobody else is shown it. One query, of as many rows as there
    are practice items."""
    mine = FilteredRelation("task__practised", condition=Q(task__practised__person=by.person_id))
    found = KnownAnswer.objects.filter(batch=batch, practice=True, value__isnull=False).annotate(
        mine=mine, right=F("mine__agrees"), begun=Exists(_begun(by, batch))
    )
    rows = list(found.order_by("task__number").values_list("task__number", "right", "begun"))
    needed = 0 if rows and rows[0][2] else batch.practice_right
    return Practice([Tried(number, right) for number, right, _begun in rows], needed)


def lacking_practice(by: Subject, batch: Batch) -> int:
    """How many right answers are missing before a person's first item. Asked at every claim: of whoever has begun it
    reads no practice item, and where none are asked for nothing at all."""
    if not batch.practice_right or _begun(by, batch).exists():
        return 0
    return practice_of(by, batch).lacking


def _begun(by: Subject, batch: Batch) -> QuerySet[Assignment]:
    return Assignment.objects.filter(batch=batch, person=by.person_id, state__in=BEGUN)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What a person answered to a practice item, whether it is right, and what the owner says is and why."""

    right: bool
    mine: str
    cannot: str
    known: str
    why: str


def practice_item(batch: Batch, number: int) -> KnownAnswer:
    """A practice item with its task. Raises Missing where that number is none: whatever else it is, is not told."""
    found = KnownAnswer.objects.filter(batch=batch, practice=True, value__isnull=False, task__number=number)
    known = found.select_related("task").first()
    if known is None:
        raise Missing(_("There is no practice item of this number."), remedy=_("Go back to the practice."))
    known.task.batch = batch
    return known


def practised(by: Subject, known: KnownAnswer) -> PracticeAnswer | None:
    """What this person answered to it the last time."""
    return PracticeAnswer.objects.filter(task=known.task_id, person=by.person_id).first()


def feedback(batch: Batch, known: KnownAnswer, given: PracticeAnswer) -> Feedback:
    declared = task_type(batch.task_type)
    mine = declared.words(batch.config, given.value) if given.value is not None else ""
    return Feedback(given.agrees, mine, given.cannot, declared.words(batch.config, known.value), known.why)
