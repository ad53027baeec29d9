"""The start page of one person: what they began, what fits, what waits, what became of their answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery, Sum
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
from talkoo.desk.queries.waiting import ANSWERED, SHOWN, Replied, Waiting, counted, needed, replies, said_back, tied
from talkoo.lib import wall
from talkoo.lib.charts import Bar, Chart, bars
from talkoo.lib.formats import clock, local, weekday_time
from talkoo.microtasks.models import (
    Assignment,
    AssignmentState,
    Batch,
    BatchPerson,
    BatchState,
    Draft,
    Sensitivity,
    Standing,
    Tally,
    Task,
    TaskState,
)
from talkoo.microtasks.queries.batches import readable
from talkoo.people.models import Skill

HAVE: Mapping[str, tuple[str | Promise, int]] = {
    "10": (gettext_lazy("10 minutes"), 10),
    "30": (gettext_lazy("30 minutes"), 30),
    "60": (gettext_lazy("An hour"), 60),
    "week": (gettext_lazy("Some hours a week"), 180),
}
RECENT = timedelta(days=7)
BATCH = ("code", "title", "language", "state", "tasks_total", "closed")  # what a line on a batch tells


@dataclass(frozen=True)
class Begun:
    """A task in hand, or a draft whose lease ran out: `kept` says which of the two it is, in words."""

    title: str
    language: str
    item: str
    kept: str
    href: str
    skip: str
    excerpt: str
    chosen: Sequence[str]
    veiled: bool


@dataclass(frozen=True)
class Owned:
    """A batch this person answers for."""

    id: str
    title: str
    language: str
    href: str
    done: int
    total: int
    words: str
    state: str


@dataclass(frozen=True)
class Became:
    """A batch this person answered: how far it is, and how much of it is theirs."""

    id: str
    title: str
    language: str
    says: str
    mine: str
    done: int
    total: int
    words: str


@dataclass(frozen=True)
class Growth:
    """What a person gave, for their eyes only."""

    week: str
    chart: Chart
    grow: str


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
    owned: Sequence[Owned]
    became: Sequence[Became]
    growth: Growth | None
    newcomer: bool


def home(by: Subject, have: str, now: datetime) -> Home:
    """Everything on the start page."""
    held, replied = in_hand(by), replies(by, now)
    items = shown_items(by, held, replied)
    begun = [_begun(assignment, items[assignment.task_id]) for assignment in held]
    fits, offered, left = fitting(by, have)
    gave, ties = given(by, now), tied(by)
    return Home(
        greeting=greeting(by, now),
        lead=_lead(offered, left),
        chips=[Chip(label, f"?have={code}#fits", code == have) for code, (label, _minutes) in HAVE.items()],
        begun=begun,
        fits=fits,
        offered=offered,
        waiting=[*needed(ties), *said_back(replied, items)],
        owned=_going_on(ties)[:SHOWN],
        became=became(by),
        growth=gave,
        newcomer=gave is None and not begun,
    )


def greeting(by: Subject, now: datetime) -> str:
    hour = local(now).hour
    words = _("Good evening, %(name)s")
    if 4 <= hour < 18:
        words = _("Good morning, %(name)s") if hour < 12 else _("Good afternoon, %(name)s")
    return words % {"name": (by.name.split() or [by.name])[0]}


def _lead(offered: int, left: int) -> str:
    if not offered:
        return _("Nothing is open to you just now.")
    if not left:
        return _("You have been through everything that is open to you.")
    return _("Small tasks of a few minutes each. Stop whenever you like: your work is kept.")


def in_hand(by: Subject) -> list[Assignment]:
    """Tasks taken and not sent, the latest first, without their items. One query."""
    held = Q(state=AssignmentState.LEASED) | Q(state=AssignmentState.LAPSED, draft_at__isnull=False)
    found = Assignment.objects.filter(
        held,
        readable(by, through="batch__"),
        person_id=by.person_id,
        batch__state__in=[BatchState.OPEN, BatchState.PAUSED],
    )
    return list(found.select_related("batch").order_by(Coalesce("draft_at", "taken").desc(), "pk")[:SHOWN])


def shown_items(by: Subject, held: Sequence[Assignment], replied: Sequence[Replied]) -> Mapping[int, Task]:
    """The items that the page quotes, by id, with what this person typed of them and did not send (`typed`). One query;
    their batches are opened for it."""
    wall.open(*(assignment.batch_id for assignment in held), *(row.batch for row in replied))
    wanted = {*(assignment.task_id for assignment in held), *(row.task for row in replied)}
    mine = Draft.objects.filter(assignment__task=OuterRef("pk"), assignment__person=by.person_id)
    return Task.objects.select_related("batch").annotate(typed=Subquery(mine.values("typed")[:1])).in_bulk(wanted)


def _begun(assignment: Assignment, task: Task) -> Begun:
    """What is sensitive is shown, marked and noted on its own page only: of confidential work nothing is quoted here."""
    batch = assignment.batch
    veiled = batch.sensitivity >= Sensitivity.CONFIDENTIAL
    values = chosen(batch, getattr(task, "typed", None))
    return Begun(
        title=batch.title,
        language=batch.language,
        item=_("%(one)s %(number)s") % {"one": batch.item_word.capitalize(), "number": task.number},
        kept=_kept(assignment, len(values)),
        href=reverse("assignment", args=[assignment.code]),
        skip=reverse("assignment_skip", args=[assignment.code]),
        excerpt="" if veiled else excerpt(task.payload),
        chosen=[] if veiled else values,
        veiled=veiled,
    )


def _kept(assignment: Assignment, chosen: int) -> str:
    if assignment.draft_at is None:
        return _("You opened it at %(time)s. Nothing is sent yet.") % {"time": _moment(assignment.taken)}
    words = _("Your draft from %(time)s is kept; nothing is sent yet.")
    if chosen:
        words = ngettext(
            "Your draft from %(time)s is kept: one answer chosen, nothing sent yet.",
            "Your draft from %(time)s is kept: %(count)s answers chosen, nothing sent yet.",
            chosen,
        )
    return words % {"time": _moment(assignment.draft_at), "count": chosen}


def _moment(at: datetime) -> str:
    return clock(at) if local(at).date() == local(timezone.now()).date() else weekday_time(at)


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
    now = 0 if have == "week" else minutes
    return [offer(by, batch, "fit", now) for batch in fits[:SHOWN]], counts["all"], counts["open"]


def _going_on(ties: Sequence[BatchPerson]) -> list[Owned]:
    return [_owned(tie) for tie in ties if tie.relation == Relation.OWNER and tie.batch.state != BatchState.CLOSED]


def _owned(tie: BatchPerson) -> Owned:
    batch, settled = tie.batch, counted(tie, "settled")
    words = _("%(done)s of %(total)s settled") % {"done": settled, "total": batch.tasks_total}
    paused = batch.get_state_display() if batch.state == BatchState.PAUSED else ""
    return Owned(
        f"owned-{batch.code}",
        batch.title,
        batch.language,
        reverse("batch", args=[batch.code]),
        settled,
        batch.tasks_total,
        words,
        paused,
    )


def became(by: Subject) -> list[Became]:
    """Batches this person answered, closed ones first: how far they are and what part is theirs. One query."""
    mine = Assignment.objects.filter(readable(by, through="batch__"), person_id=by.person_id, state__in=ANSWERED)
    closed = Standing.objects.filter(pk=OuterRef("task"), state=TaskState.CLOSED)
    settled = Count("pk", filter=Exists(closed))
    tally = Tally.objects.filter(batch=OuterRef("batch")).order_by().values("batch")
    found = mine.order_by().values("batch", *(f"batch__{name}" for name in BATCH)).annotate(
        n=Count("pk"), yours=settled,
        answers=Coalesce(Subquery(tally.annotate(n=Sum("answers")).values("n")), 0),
        settled=Coalesce(Subquery(tally.annotate(n=Sum("closed")).values("n")), 0),
    )  # fmt: skip
    found = found.order_by(F("batch__closed").desc(nulls_last=True), F("settled").desc(), "batch")
    return [_became(row) for row in found[:SHOWN]]


def _became(row: Mapping[str, Any]) -> Became:
    batch = Batch(**{name: row[f"batch__{name}"] for name in BATCH})
    settled, mine, yours = row["settled"], row["n"], row["yours"]
    words = _("You gave %(mine)s of %(answers)s answers; %(settled)s of your %(mine)s are settled.")
    if yours == mine:
        words = _("You gave %(mine)s of %(answers)s answers; all of yours are settled.")
    if yours == 0:
        words = _("You gave %(mine)s of %(answers)s answers; yours wait for one more opinion.")
    return Became(
        id=f"became-{batch.code}",
        title=batch.title,
        language=batch.language,
        says=_says(batch, settled),
        mine=words % {"mine": mine, "answers": max(row["answers"], mine), "settled": yours},
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
    parts = mine.values("batch", "batch__minutes", "batch__skills__name")
    growing = Skill.objects.filter(pk__in=by.skills_to_grow or [0]).order_by("name").values("name")[:5]
    rows = list(parts.annotate(n=Count("pk", distinct=True), new=recent, growing=ArraySubquery(growing)))
    if not rows:
        return None
    batches = {row["batch"]: row for row in rows}
    skills: dict[str, int] = {}
    for row in rows:
        name = row["batch__skills__name"] or _("No special skill")
        skills[name] = skills.get(name, 0) + row["n"]
    new = sum(row["new"] for row in batches.values())
    minutes = round(sum(row["new"] * row["batch__minutes"] for row in batches.values()))
    return Growth(_week(new, minutes), _chart(skills), _wanted(rows[0]["growing"]))


def _wanted(names: Sequence[str]) -> str:
    if not names:
        return ""
    return _("You want to grow: %(skills)s. Batches that practise it come first.") % {"skills": ", ".join(names)}


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
    ordered = sorted(skills.items(), key=lambda pair: (pair[0] == _("No special skill"), -pair[1], pair[0]))[:5]
    rows = [
        Bar(name, number, ngettext("one answer", "%(n)s answers", number) % {"n": number}) for name, number in ordered
    ]
    return bars("growth", _("What you gave, by skill"), "", rows, of=_("Skill"), unit=_("Answers"))
