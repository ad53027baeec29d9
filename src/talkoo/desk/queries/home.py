"""The start page of one person: what they began, what fits, what waits, what became of their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from talkoo.access.permissions import Relation
from talkoo.access.subject import Subject
from talkoo.desk.queries.items import chosen, excerpt
from talkoo.desk.queries.offers import Offer, best_first, offer, offers
from talkoo.lib.charts import Bar, Chart, bars
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchPerson, BatchState, Problem, Tally, Task, TaskState

HAVE: Mapping[str, tuple[str | Promise, int]] = {
    "10": (gettext_lazy("10 minutes"), 10),
    "30": (gettext_lazy("30 minutes"), 30),
    "60": (gettext_lazy("An hour"), 60),
    "week": (gettext_lazy("Some hours a week"), 180),
}
SHOWN = 3
ANSWERED = (AssignmentState.ANSWERED, AssignmentState.SURPLUS)
REPLY_SHOWN = timedelta(days=14)
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Begun:
    """A task in hand, or a draft whose lease ran out: `kept` says which of the two it is, in words."""

    title: str
    item: str
    kept: str
    href: str
    skip: str
    excerpt: str
    chosen: Sequence[str]


@dataclass(frozen=True)
class Waiting:
    title: str
    text: str
    note: str
    href: str


@dataclass(frozen=True)
class Became:
    """A batch this person answered: how far it is, and how much of it is theirs."""

    id: str
    title: str
    says: str
    mine: str
    done: int
    total: int
    words: str


@dataclass(frozen=True)
class Growth:
    """What a person gave, for their eyes only."""

    week: str
    chart: Chart | None


@dataclass(frozen=True)
class Chip:
    label: str | Promise
    href: str
    current: bool


@dataclass(frozen=True)
class Home:
    greeting: str
    lead: str
    chips: Sequence[Chip]
    begun: Sequence[Begun]
    fits: Sequence[Offer]
    offered: int
    waiting: Sequence[Waiting]
    became: Sequence[Became]
    growth: Growth | None
    newcomer: bool


def home(by: Subject, have: str, now: datetime) -> Home:
    """Everything on the start page."""
    begun = in_hand(by)
    fits, offered, left = fitting(by, have)
    gave = given(by, now)
    return Home(
        greeting=greeting(by, now),
        lead=_lead(offered, left),
        chips=[Chip(label, f"?have={code}#fits", code == have) for code, (label, _minutes) in HAVE.items()],
        begun=begun,
        fits=fits,
        offered=offered,
        waiting=waiting(by, now),
        became=became(by),
        growth=gave,
        newcomer=gave is None and not begun,
    )


def greeting(by: Subject, now: datetime) -> str:
    hour = timezone.localtime(now).hour
    words = _("Good morning, %(name)s") if 4 <= hour < 12 else _("Good afternoon, %(name)s") if 12 <= hour < 18 else _("Good evening, %(name)s")
    return words % {"name": by.name.split()[0] if by.name.split() else by.name}


def _lead(offered: int, left: int) -> str:
    if not offered:
        return _("Nothing is open to you just now.")
    if not left:
        return _("You have been through everything that is open to you.")
    return _("Small tasks of a few minutes each. Stop whenever you like: your work is kept.")


def in_hand(by: Subject) -> list[Begun]:
    """Tasks taken and not sent, the latest first. One query."""
    held = Q(state=AssignmentState.LEASED) | Q(state=AssignmentState.LAPSED, draft__isnull=False)
    found = Assignment.objects.filter(held, person_id=by.person_id, batch__state__in=[BatchState.OPEN, BatchState.PAUSED])
    found = found.select_related("task", "batch").order_by(Coalesce("draft_at", "taken").desc(), "pk")
    return [_begun(assignment) for assignment in found[:SHOWN]]


def _begun(assignment: Assignment) -> Begun:
    batch, task = assignment.batch, assignment.task
    values = chosen(batch, assignment.draft)
    return Begun(
        title=batch.title,
        item=_("%(one)s %(number)s") % {"one": batch.item_word.capitalize(), "number": task.number},
        kept=_kept(assignment, len(values)),
        href=reverse("assignment", args=[assignment.code]),
        skip=reverse("assignment_skip", args=[assignment.code]),
        excerpt=excerpt(task.payload),
        chosen=values,
    )


def _kept(assignment: Assignment, chosen: int) -> str:
    if assignment.draft_at is None:
        at = timezone.localtime(assignment.taken)
        return _("You opened it at %(time)s. Nothing is sent yet.") % {"time": _moment(at)}
    words = _("Your draft from %(time)s is kept; nothing is sent yet.")
    if chosen:
        words = ngettext(
            "Your draft from %(time)s is kept: one answer chosen, nothing sent yet.",
            "Your draft from %(time)s is kept: %(count)s answers chosen, nothing sent yet.",
            chosen,
        )
    return words % {"time": _moment(timezone.localtime(assignment.draft_at)), "count": chosen}


def _moment(at: datetime) -> str:
    return f"{at:%H:%M}" if at.date() == timezone.localdate() else f"{at:%d.%m. %H:%M}"


def fitting(by: Subject, have: str) -> tuple[list[Offer], int, int]:
    """Rows for the time at hand, then how many batches are offered and in how many something is left. Two queries."""
    minutes = HAVE[have][1]
    found = offers(by)
    counts = found.order_by().aggregate(all=Count("pk"), open=Count("pk", filter=Q(left=True)))
    fits = found.filter(left=True, in_hand__isnull=True, minutes__lte=minutes)
    if have == "week":
        work = (F("tasks_total") - F("settled")) * F("minutes")
        fits = fits.annotate(work=work).order_by(F("work").desc(), "pk")
    else:
        fits = best_first(fits)
    return [offer(by, batch, "fit") for batch in fits[:SHOWN]], counts["all"], counts["open"]


def waiting(by: Subject, now: datetime) -> list[Waiting]:
    """What others need from this person, or answered them. Two queries."""
    return [*_tied(by), *_replies(by, now)]


def _tied(by: Subject) -> list[Waiting]:
    answered = Assignment.objects.filter(person_id=by.person_id, task=OuterRef("pk"), state__in=ANSWERED)
    reviews = Task.objects.filter(batch=OuterRef("batch"), state=TaskState.REVIEW).exclude(Exists(answered))
    problems = Problem.objects.filter(task__batch=OuterRef("batch"), closed__isnull=True)
    ties = BatchPerson.objects.filter(person=by.person_id).exclude(batch__state=BatchState.DRAFT).select_related("batch")
    ties = ties.annotate(reviews=_number(reviews, "batch"), problems=_number(problems, "task__batch"))
    ties = ties.filter(Q(relation=Relation.REVIEWER, reviews__gt=0) | Q(relation=Relation.OWNER, problems__gt=0))
    return [_tie(tie) for tie in ties.order_by("batch__deadline", "pk")[: 2 * SHOWN]]


def _number(rows: QuerySet[Task] | QuerySet[Problem], over: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values(over).annotate(n=Count("pk")).values("n")), 0)


def _tie(tie: BatchPerson) -> Waiting:
    batch = tie.batch
    if tie.relation == Relation.REVIEWER:
        number = int(getattr(tie, "reviews", 0))
        title = ngettext("One result needs your decision", "%(count)s results need your decision", number) % {"count": number}
        text = _("People could not agree, and you did not answer them yourself.")
        return Waiting(title, text, batch.title, reverse("reviews"))
    number = int(getattr(tie, "problems", 0))
    title = ngettext("One problem was reported", "%(count)s problems were reported", number) % {"count": number}
    return Waiting(title, _("Contributors say that something is wrong with an item."), batch.title, reverse("batch", args=[batch.code]))


def _replies(by: Subject, now: datetime) -> list[Waiting]:
    replied = Problem.objects.filter(person_id=by.person_id, closed__gte=now - REPLY_SHOWN).exclude(reply="")
    return [
        Waiting(
            _("The problem you reported was answered"),
            f"“{problem.reply}”",
            f"{problem.task.batch.title}, {problem.task.name}",
            reverse("work", args=[problem.task.batch.code]),
        )
        for problem in replied.select_related("task__batch").order_by("-closed")[:SHOWN]
    ]


def became(by: Subject) -> list[Became]:
    """Batches this person answered, closed ones first: how far they are and what part is theirs. Two queries."""
    mine = Assignment.objects.filter(person_id=by.person_id, state__in=ANSWERED)
    shares = {
        row["batch"]: row
        for row in mine.order_by().values("batch").annotate(n=Count("pk"), settled=Count("pk", filter=Q(task__closed=True)))
    }
    if not shares:
        return []
    tally = Tally.objects.filter(batch=OuterRef("pk")).order_by().values("batch")
    found = Batch.objects.filter(pk__in=shares).annotate(
        answers=Coalesce(Subquery(tally.annotate(n=Sum("answers")).values("n")), 0),
        settled=Coalesce(Subquery(tally.annotate(n=Sum("closed")).values("n")), 0),
    )
    found = found.order_by(F("closed").desc(nulls_last=True), F("settled").desc(), "pk")
    return [_became(batch, shares[batch.pk]) for batch in found[:SHOWN]]


def _became(batch: Batch, share: Mapping[str, int]) -> Became:
    settled, answers = int(getattr(batch, "settled", 0)), int(getattr(batch, "answers", 0))
    words = _("You gave %(mine)s of %(answers)s answers; %(settled)s of your %(mine)s are settled.")
    if share["settled"] == share["n"]:
        words = _("You gave %(mine)s of %(answers)s answers; all of yours are settled.")
    if share["settled"] == 0:
        words = _("You gave %(mine)s of %(answers)s answers; yours wait for one more opinion.")
    return Became(
        id=f"became-{batch.code}",
        title=batch.title,
        says=_says(batch, settled),
        mine=words % {"mine": share["n"], "answers": max(answers, share["n"]), "settled": share["settled"]},
        done=settled,
        total=batch.tasks_total,
        words=_("%(done)s of %(total)s settled") % {"done": settled, "total": batch.tasks_total},
    )


def _says(batch: Batch, settled: int) -> str:
    if batch.state == BatchState.CLOSED:
        return _("The result is out: the owner closed this batch.")
    if settled and settled == batch.tasks_total:
        return _("Every item has its result.")
    if batch.state == BatchState.PAUSED:
        return _("The owner paused it for now.")
    return ""


def given(by: Subject, now: datetime) -> Growth | None:
    """Answers of this person by the skill they needed, and those of the last days; None before the first. One query."""
    mine = Assignment.objects.filter(person_id=by.person_id, state__in=ANSWERED).order_by()
    recent = Count("pk", filter=Q(answered__gte=now - RECENT), distinct=True)
    rows = list(mine.values("batch", "batch__minutes", "batch__skills__name").annotate(n=Count("pk", distinct=True), new=recent))
    if not rows:
        return None
    batches = {row["batch"]: row for row in rows}
    skills: dict[str, int] = {}
    for row in rows:
        name = row["batch__skills__name"] or _("Any skill")
        skills[name] = skills.get(name, 0) + row["n"]
    new = sum(row["new"] for row in batches.values())
    minutes = round(sum(row["new"] * row["batch__minutes"] for row in batches.values()))
    return Growth(_week(new, minutes), _chart(skills))


def _week(answers: int, minutes: int) -> str:
    if not answers:
        return _("No answers in the last seven days.")
    words = ngettext(
        "In the last seven days: one answer, about %(minutes)s min.",
        "In the last seven days: %(answers)s answers, about %(minutes)s min.",
        answers,
    )
    return words % {"answers": answers, "minutes": max(minutes, 1)}


def _chart(skills: Mapping[str, int]) -> Chart:
    ordered = sorted(skills.items(), key=lambda pair: (-pair[1], pair[0]))[:5]
    rows = [Bar(name, number, ngettext("one answer", "%(n)s answers", number) % {"n": number}) for name, number in ordered]
    return bars("growth", _("What you gave, by skill"), "", rows, top=ordered[0][1], of=_("Skill"), unit=_("Answers"))
