"""The words of a question over time, and who has not seen the last change yet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce, JSONObject

from talkoo.access.subject import Subject
from talkoo.lib import wall
from talkoo.lib.difference import Piece, difference
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchState, Cursor, Instruction, TaskState
from talkoo.microtasks.queries.batches import not_there
from talkoo.microtasks.queries.work import may_read, my_assignments


@dataclass(frozen=True, slots=True)
class Change:
    """From one version of the words to another: the question and the help under it, piece by piece."""

    version: int
    at: datetime
    question: Sequence[Piece]
    help: Sequence[Piece]

    @property
    def in_question(self) -> bool:
        return any(piece.kind != "same" for piece in self.question)

    @property
    def in_help(self) -> bool:
        return any(piece.kind != "same" for piece in self.help)


def change(before: Instruction, after: Instruction) -> Change:
    words = difference(before.question, after.question), difference(before.help, after.help)
    return Change(after.version, after.at, *words)


@dataclass(frozen=True, slots=True)
class Unseen:
    """A change that this person has not put aside, and how many of their answers from before it may still be changed."""

    change: Change
    changeable: int


def unseen_change(by: Subject, batch: Batch) -> Unseen | None:
    """What changed since this person first answered here, or since they last put a change aside; None where nothing did.

    Who begins after a change has seen nothing else, and is shown nothing. One query, none where the words never changed.
    """
    if batch.instruction == 1:
        return None
    answered = my_assignments(by).filter(batch=OuterRef("batch"), answer__isnull=False).order_by("answer__instruction")
    earlier = _changeable(my_assignments(by).filter(batch=OuterRef("batch"), answer__instruction__lt=batch.instruction))
    kept = batch.instructions.values(json=JSONObject(version="version", question="question", help="help", at="at"))
    found = (
        Cursor.objects.filter(person=by.person_id, batch=batch)
        .annotate(
            first=Subquery(answered.values("answer__instruction")[:1]),
            changeable=Coalesce(Subquery(earlier.order_by().values("batch").annotate(n=Count("pk")).values("n")), 0),
            kept=ArraySubquery(kept),
        )
        .values_list("instruction", "first", "changeable", "kept")
        .first()
    )
    aside, first, changeable, rows = found or (None, None, 0, [])
    seen = aside or first
    if first is None or seen is None or seen >= batch.instruction:
        return None
    known = {row["version"]: Instruction(**{**row, "at": datetime.fromisoformat(row["at"])}) for row in rows}
    between = change(known[seen], known[batch.instruction])
    return Unseen(between, changeable) if between.in_question or between.in_help else None


@dataclass(frozen=True, slots=True)
class Version:
    """One wording on the owner's page: since when, by whom, what changed against the one before, and how many answers
    stand under it."""

    words: Instruction
    answers: int
    change: Change | None


def versions(batch: Batch) -> list[Version]:
    """Every wording, the latest first; one where the words never changed. Two queries."""
    kept = list(batch.instructions.select_related("by")) or [words_of_now(batch)]
    answers = standing(batch)
    steps = [None, *(change(before, after) for before, after in pairwise(kept))]
    found = [Version(words, answers.get(words.version, 0), step) for words, step in zip(kept, steps, strict=True)]
    return found[::-1]


def words_of_now(batch: Batch) -> Instruction:
    since = batch.opened or batch.created
    return Instruction(
        batch=batch, version=batch.instruction, question=batch.question, help=batch.help, at=since
    )  # not stored


def standing(batch: Batch) -> Mapping[int, int]:
    """How many answers stand under each version of the words. One query, over all answers of the batch."""
    held = Assignment.objects.filter(batch=batch, answer__isnull=False).order_by()
    return dict(held.values_list("answer__instruction").annotate(Count("pk")))


def wordings(batch: Batch) -> list[dict[str, Any]]:
    """Every wording, as the export tells them: each item names the versions its answers were given under."""
    kept = list(batch.instructions.all()) or [words_of_now(batch)]
    return [
        {"version": words.version, "question": words.question, "help": words.help, "since": words.at.isoformat()}
        for words in kept
    ]


def worked_batch(by: Subject, code: str) -> Batch:
    """A batch in which this person has had a task, whatever its state, as long as its items are theirs to read."""
    mine = my_assignments(by).filter(batch__code=code).select_related("batch__organisation", "batch__protection")
    held = mine.first()
    if held is None or not may_read(by, held):
        raise not_there()
    wall.open(held.batch_id)
    return held.batch


def my_answers(by: Subject, batch: Batch) -> QuerySet[Assignment]:
    """All that this person answered here, each with `changeable`: whether they may still change it.

    Those come first, under the oldest words first; then the rest, the latest first.
    """
    running = Q(batch__state__in=[BatchState.OPEN, BatchState.PAUSED])
    found = my_assignments(by).filter(batch=batch, answer__isnull=False).select_related("task", "answer")
    found = found.annotate(changeable=Case(When(running & CHANGEABLE, then=True), default=False))
    old_words = Case(When(changeable=True, then=F("answer__instruction")))
    return found.order_by("-changeable", old_words, "-answered", "pk")


def how_many_change(by: Subject, batch: Batch) -> int:
    """How many of them may still be changed. One query."""
    if batch.state not in {BatchState.OPEN, BatchState.PAUSED}:
        return 0
    return _changeable(my_assignments(by).filter(batch=batch)).count()


# a task that asks for more answers, and one with a known answer, which may be changed like the others
CHANGEABLE = (Q(task__closed=False) | Q(task__state=TaskState.CONTROL)) & Q(state=AssignmentState.ANSWERED)


def _changeable(held: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return held.filter(CHANGEABLE)
