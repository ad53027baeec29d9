"""What waits for a person on their start page: decisions, questions and reports in batches of theirs, and replies."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries.sieves import sieve
from talkoo.access.subject import Subject
from talkoo.microtasks.models import (
    Assignment,
    AssignmentState,
    BatchPerson,
    BatchState,
    Problem,
    Question,
    Sensitivity,
    Standing,
    Tally,
    Task,
    TaskState,
)
from talkoo.microtasks.queries.batches import readable

SHOWN = 3
ANSWERED = (AssignmentState.ANSWERED, AssignmentState.SURPLUS)
REPLY_SHOWN = timedelta(days=14)
MANY = 100  # batches one person owns or reviews and that are looked through


@dataclass(frozen=True)
class Waiting:
    title: str
    text: str
    note: str
    href: str


def tied(by: Subject) -> list[BatchPerson]:
    """Batches this person owns or reviews, each with what waits there and how far it is. One query."""
    answered = Assignment.objects.filter(person_id=by.person_id, task=OuterRef("pk"), state__in=ANSWERED)
    reviews = Standing.objects.filter(batch=OuterRef("batch"), state=TaskState.REVIEW).exclude(Exists(answered))
    problems = Problem.objects.filter(batch=OuterRef("batch"), closed__isnull=True)
    questions = Question.objects.filter(batch=OuterRef("batch"), reply=None)
    tally = Tally.objects.filter(batch=OuterRef("batch")).order_by().values("batch")
    shown = sieve(by, Permission.BATCH_SEE, tied=True, through="batch__")
    ties = BatchPerson.objects.filter(shown, person=by.person_id).exclude(batch__state=BatchState.DRAFT)
    ties = ties.select_related("batch").annotate(
        named=Exists(BatchPerson.objects.filter(batch=OuterRef("batch"), relation=Relation.REVIEWER)),
        reviews=_number(reviews, "batch"),
        problems=_number(problems, "batch"),
        questions=_number(questions, "batch"),
        settled=Coalesce(Subquery(tally.annotate(n=Sum("closed")).values("n")), 0),
    )
    return list(ties.order_by(F("batch__deadline").asc(nulls_last=True), "pk")[:MANY])


def needed(ties: Sequence[BatchPerson]) -> list[Waiting]:
    """Decisions that wait for a reviewer, problems that wait for an owner, questions that wait for either."""
    reviews = [_review(tie) for tie in ties if _reviews(tie) and counted(tie, "reviews")]
    problems = [_problem(tie) for tie in ties if tie.relation == Relation.OWNER and counted(tie, "problems")]
    asked = {tie.batch_id: _asked(tie) for tie in ties if counted(tie, "questions")}
    return [*reviews, *asked.values(), *problems][: 2 * SHOWN]


def counted(row: object, name: str) -> int:
    """A number that the query added to a row."""
    return int(getattr(row, name, 0))


def _reviews(tie: BatchPerson) -> bool:
    """Reviewers do; where none is named, the owners."""
    return tie.relation == Relation.REVIEWER or not counted(tie, "named")


def _review(tie: BatchPerson) -> Waiting:
    number = counted(tie, "reviews")
    title = ngettext("One result needs your decision", "%(count)s results need your decision", number) % {
        "count": number
    }
    text = _("People could not agree, and you did not answer them yourself.")
    return Waiting(title, text, tie.batch.title, reverse("reviews"))


def _problem(tie: BatchPerson) -> Waiting:
    number = counted(tie, "problems")
    title = ngettext("One problem was reported", "%(count)s problems were reported", number) % {"count": number}
    text = _("Contributors say that something is wrong with an item.")
    return Waiting(title, text, tie.batch.title, reverse("batch", args=[tie.batch.code]))


def _asked(tie: BatchPerson) -> Waiting:
    number = counted(tie, "questions")
    title = ngettext("One question waits for a reply", "%(count)s questions wait for a reply", number) % {
        "count": number
    }
    text = _("Somebody asks about an item. A reply given once helps everybody who gets it.")
    return Waiting(title, text, tie.batch.title, reverse("batch_questions", args=[tie.batch.code]))


def _number(rows: QuerySet[Standing] | QuerySet[Problem] | QuerySet[Question], over: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(over).annotate(n=Count("pk")).values("n")), 0)


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply to what somebody asked or reported, with the item it is about; `held` is their assignment of that item."""

    is_question: bool
    words: str
    batch: int
    task: int
    held: UUID


def replies(by: Subject, now: datetime) -> list[Replied]:
    """What was replied lately to what this person asked or reported, the latest first. One query."""
    mine = Assignment.objects.filter(person_id=by.person_id, task=OuterRef("task"))
    held = Subquery(mine.values("code")[:1])
    problems = Problem.objects.filter(person_id=by.person_id, closed__gte=now - REPLY_SHOWN).exclude(reply="")
    asked = Question.objects.filter(person_id=by.person_id, reply__at__gte=now - REPLY_SHOWN)
    both = [
        found.filter(readable(by, through="batch__"))
        .order_by()
        .annotate(held=held, asked=Value(is_question), words=F(words), replied=F(at))
        .exclude(held=None)
        .values_list("asked", "words", "batch", "task", "held", "replied")
        for found, is_question, words, at in (
            (problems, False, "reply", "closed"),
            (asked, True, "reply__text", "reply__at"),
        )
    ]
    found = both[0].union(both[1], all=True).order_by("-replied")[: 2 * SHOWN]
    return [Replied(*row[:-1]) for row in found]


def said_back(replied: Sequence[Replied], items: Mapping[int, Task]) -> list[Waiting]:
    return [_said_back(row, items[row.task]) for row in replied]


def _said_back(row: Replied, item: Task) -> Waiting:
    """A reply may repeat what the item says: of confidential work it is read beside the item only."""
    title = _("What you asked has a reply") if row.is_question else _("The problem you reported was answered")
    href, batch = reverse("assignment", args=[row.held]), item.batch
    if batch.sensitivity >= Sensitivity.CONFIDENTIAL:
        return Waiting(title, _("Shown when you open it."), batch.title, href)
    return Waiting(title, f"“\u2068{row.words}\u2069”", f"{batch.title}, {item.name}", href)
