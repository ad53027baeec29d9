"""What people asked about items, and what was replied: readers see what concerns their item, and never who asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing
from talkoo.microtasks.models import Batch, Question, Reply, Task

SHOWN = 20
MOST_ALIKE = 50


def edition(question: Question) -> str:
    """Names the reply that stands to a question, as a form carries it; empty where there is none."""
    return f"{question.reply.pk}-{question.reply.at.timestamp():.6f}" if question.reply else ""


@dataclass(frozen=True, slots=True)
class Replied:
    """A reply as everybody reads it: nobody's name is in it. `mine` where the reader asked for it."""

    question: str
    text: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What one reader sees: replies about this item, replies for everybody, and their own questions that wait."""

    here: Sequence[Replied]
    everywhere: Sequence[Replied]
    waiting: Sequence[str]


NOTHING = Said((), (), ())


def said_to(by: Subject, batch: Batch, task: Task | None = None) -> Said:
    """Replies that this person may read on an item, or (without one) on the first page of a batch; the latest first.

    One query, none in a batch in which nobody ever asked. Those on the item and those for everybody are found each by
    an index of its own, however many replies the batch has.
    """
    if not batch.has_questions:
        return NOTHING
    mine = Exists(Question.objects.filter(reply=OuterRef("pk"), person=by.person_id))
    parts = JSONObject(pk="pk", question="question", text="text", mine=mine)
    on_task = Question.objects.filter(task=task, reply__isnull=False)
    own = Question.objects.filter(batch=OuterRef("pk"), person=by.person_id, reply=None).order_by("at", "pk")
    found = Batch.objects.filter(pk=batch.pk).values_list(
        ArraySubquery(_latest(Reply.objects.filter(pk__in=on_task.values("reply"))).values(json=parts)),
        ArraySubquery(_latest(Reply.objects.filter(batch=OuterRef("pk"), everywhere=True)).values(json=parts)),
        ArraySubquery((own.filter(task=task) if task else own).values("text")[:SHOWN]),
    )
    here, everywhere, waiting = found.get()
    shown = {row["pk"] for row in here}
    rest = [row for row in everywhere if row["pk"] not in shown][: SHOWN - len(here)]
    return Said(_replied(here), _replied(rest), waiting)


def _latest(replies: QuerySet[Reply]) -> QuerySet[Reply]:
    return replies.order_by("-at", "-pk")[:SHOWN]


def _replied(rows: Sequence[Mapping[str, Any]]) -> list[Replied]:
    return [Replied(row["question"], row["text"], row["mine"]) for row in rows]


def asked_questions(batch: Batch, *, waiting: bool, names: bool) -> QuerySet[Question]:
    """What was asked in a batch, for who replies: what waits, the oldest first, or what has its reply, the latest first.

    `asker` is the name of who asked where `names`: for owners alone.
    """
    found = (
        Question.objects.filter(batch=batch, reply__isnull=waiting)
        .select_related("task", "reply")
        .defer("task__payload")
    )
    found = found.annotate(asker=F("person__name") if names else Value(""))
    return found.order_by("at", "pk") if waiting else found.order_by("-reply__at", "-pk")


def counts(batch: Batch) -> tuple[int, int]:
    """How many questions wait, and how many have their reply. One query."""
    found = Question.objects.filter(batch=batch).aggregate(
        waiting=Count("pk", filter=Q(reply=None)), replied=Count("pk", filter=Q(reply__isnull=False))
    )
    return found["waiting"], found["replied"]


def access_question(batch: Batch, number: int, *, names: bool) -> Question:
    """One question with its item and its reply; Missing where the batch has none of this number."""
    found = Question.objects.filter(batch=batch, pk=number).select_related("task", "reply", "reply__by")
    question = found.annotate(asker=F("person__name") if names else Value("")).first()
    if question is None:
        raise Missing(_("There is no such question."), remedy=_("Look at the list of questions."))
    question.task.batch = batch
    return question


def others_waiting(question: Question) -> QuerySet[Question]:
    """Other questions that the same reply may answer: those on the same item first, then the oldest."""
    same = Case(When(task=question.task_id, then=0), default=1)
    found = Question.objects.filter(batch=question.batch_id, reply=None).exclude(pk=question.pk)
    return found.select_related("task").defer("task__payload").order_by(same, "at", "pk")[:MOST_ALIKE]
