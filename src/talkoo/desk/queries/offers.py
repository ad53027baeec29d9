"""Batches as they are offered to one person: what is left, how well each fits, and why in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.subject import Subject
from talkoo.lib.formats import weekday
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, Cursor, Standing, Tally
from talkoo.microtasks.queries.batches import offered_batches
from talkoo.people.models import Skill

FEW_PEOPLE = 3  # a batch with fewer people than this is short of them
SOON = timedelta(days=4)
REASONS = 2  # more are true of most batches, but nobody reads a third


Found = QuerySet[Any]  # batches with what `offers` adds to them


@dataclass(frozen=True, slots=True)
class Offer:
    """One row, in the plain values of elements/task_row.html. `post` starts it; `href` continues or explains it."""

    code: str
    id: str
    href: str
    post: str
    title: str
    summary: str
    language: str
    organisation: str
    sensitivity: int
    why: str
    effort: str
    deadline: str
    soon: bool
    done: int
    total: int
    verb: str
    begun: bool


def offers(by: Subject) -> Found:
    """Offered batches with what a row needs, in one statement: settled, left, in_hand, people, asked, fit."""
    mine = Assignment.objects.filter(person_id=by.person_id, batch=OuterRef("pk"))
    taken = Assignment.objects.filter(person_id=by.person_id, task=OuterRef("pk")).exclude(state=AssignmentState.LAPSED)
    untouched = Standing.objects.filter(batch=OuterRef("pk"), is_open=True).exclude(Exists(taken))
    asked = Skill.objects.filter(batches=OuterRef("pk"))
    disputed = Standing.objects.filter(batch=OuterRef("pk"), differ=True, is_open=True)
    answered = mine.filter(state__in=[AssignmentState.ANSWERED, AssignmentState.SURPLUS])
    found = offered_batches(by).select_related("organisation")
    found = found.annotate(
        settled=_sum(Tally.objects.filter(batch=OuterRef("pk")), "closed"),
        in_hand=Subquery(mine.filter(state=AssignmentState.LEASED).values("code")[:1]),
        left=Exists(untouched),
        taking_part=_count(Cursor.objects.filter(batch=OuterRef("pk")), "person_id"),
        disputed=_count(disputed),
        gave=_count(answered),
        asked=ArraySubquery(asked.order_by("name").values("id")),
        asked_names=ArraySubquery(asked.order_by("name").values("name")),
    )
    return found.annotate(fit=_fit(by, asked))


def _sum(rows: QuerySet[Tally], field: str) -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("batch").annotate(n=Sum(field)).values("n")), 0)


def _count(rows: QuerySet[Any], of: str = "pk") -> Coalesce:
    return Coalesce(Subquery(rows.order_by().values("batch").annotate(n=Count(of)).values("n")), 0)


def _fit(by: Subject, asked: QuerySet[Skill]) -> Combinable:
    """How well a batch fits: stated skills, a skill to grow (more), own organisation, few people, needed soon."""
    known = asked.order_by().values("batches").annotate(n=Count("id")).values("n")
    grow = asked.filter(id__in=by.skills_to_grow)
    return (
        2 * Coalesce(Subquery(known), 0)
        + _points(3, Exists(grow))
        + _points(1, Q(organisation__in=by.within))
        + _points(2, Q(taking_part__lt=FEW_PEOPLE))
        + _points(2, Q(deadline__lte=timezone.localdate() + SOON))
    )


def _points(points: int, condition: Q | Exists) -> Case:
    return Case(When(condition, then=Value(points)), default=Value(0), output_field=IntegerField())


def best_first(found: Found) -> Found:
    """What is in hand, then what has something left, then the best fit; the deadline decides between equals."""
    return found.order_by(
        F("in_hand").desc(nulls_last=True), "-left", "-fit", F("deadline").asc(nulls_last=True), "title", "pk"
    )


def offer(by: Subject, batch: Batch, place: str = "offer", minutes: int = 0) -> Offer:
    """An annotated batch as a row; `minutes` at hand tell how many tasks fit in."""
    code = getattr(batch, "in_hand", None)
    work = reverse("work", args=[batch.code])
    left = bool(getattr(batch, "left", True))
    return Offer(
        code=batch.code,
        id=f"{place}-{batch.code}",
        href=reverse("assignment", args=[code]) if code else work,
        post="" if code or not left else work,
        title=batch.title,
        summary=batch.summary,
        language=batch.language,
        organisation=batch.organisation.name,
        sensitivity=batch.sensitivity,
        why=why(by, batch),
        effort=effort(batch.minutes, minutes),
        deadline=weekday(batch.deadline),
        soon=is_soon(batch.deadline),
        done=getattr(batch, "settled", 0),
        total=batch.tasks_total,
        verb=_verb(batch, begun=bool(code), left=left),
        begun=bool(code),
    )


def _verb(batch: Batch, *, begun: bool, left: bool) -> str:
    """Who has an item in hand or has answered here goes on; who has had all of it may look."""
    if not begun and not left:
        return _("Look")
    return _("Continue") if begun or bool(getattr(batch, "gave", False)) else _("Start")


def is_soon(deadline: date | None) -> bool:
    return deadline is not None and deadline <= timezone.localdate() + SOON


def effort(each: Decimal, at_hand: int = 0) -> str:
    """The stated time for one task, and how many fit into the minutes at hand."""
    if each < 1:
        words = _("%(seconds)s s each") % {"seconds": round(each * 60)}
    else:
        shown = each.quantize(Decimal(1)) if each == each.to_integral() else each.normalize()
        words = _("%(minutes)s min each") % {"minutes": shown}
    many = int(at_hand / each)
    return _("%(each)s, about %(many)s in your time") % {"each": words, "many": many} if many > 1 else words


def why(by: Subject, batch: Batch) -> str:
    """Why this is offered, from what the person and the owner declared: at most two reasons, never a guess."""
    if not getattr(batch, "left", True) and not getattr(batch, "in_hand", None):
        return _("you have been through all of it; others are at the rest.")
    reasons = [*_skill_reasons(by, batch), *_need_reasons(batch), *_so_far(batch)]
    if batch.organisation_id in by.within:
        reasons.append(_("it is work of your own organisation"))
    if not reasons:
        reasons.append(_("it asks for no special skill"))
    return f"{get_text_list(reasons[:REASONS], _('and'))}."


def _skill_reasons(by: Subject, batch: Batch) -> list[str]:
    pairs = list(zip(getattr(batch, "asked", []), getattr(batch, "asked_names", []), strict=False))
    grow = [name for pk, name in pairs if pk in by.skills_to_grow]
    known = [name for pk, name in pairs if pk not in by.skills_to_grow]
    reasons = []
    if grow:
        reasons.append(_("it practises %(skills)s, which you want to grow") % {"skills": _listed(grow)})
    if known:
        reasons.append(_("you stated %(skills)s") % {"skills": _listed(known)})
    return reasons


def _need_reasons(batch: Batch) -> list[str]:
    people = int(getattr(batch, "taking_part", FEW_PEOPLE))
    reasons = []
    if people == 0:
        reasons.append(_("nobody has begun it yet"))
    elif people < FEW_PEOPLE:
        few = ngettext("only one person takes part so far", "only %(people)s people take part so far", people)
        reasons.append(few % {"people": people})
    if batch.deadline and is_soon(batch.deadline):
        reasons.append(_deadline_reason((batch.deadline - timezone.localdate()).days))
    return reasons


def _so_far(batch: Batch) -> list[str]:
    gave, disputed = int(bool(getattr(batch, "gave", False))), int(getattr(batch, "disputed", 0))
    reasons = []
    if disputed:
        words = ngettext("people disagree on one open item", "people disagree on %(items)s open items", disputed)
        reasons.append(words % {"items": disputed})
    if gave:
        words = ngettext("you have answered one of it already", "you have answered %(answers)s of it already", gave)
        reasons.append(words % {"answers": gave})
    return reasons


def _deadline_reason(days: int) -> str:
    if days <= 0:
        return _("it is needed today")
    return ngettext("it is needed tomorrow", "it is needed in %(days)s days", days) % {"days": days}


def _listed(names: Sequence[str]) -> str:
    return get_text_list([str(name) for name in names], _("and"))
