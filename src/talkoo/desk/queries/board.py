"""The task board: offered batches by time, skill and sensitivity, with counts; and what does not fit, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.search import SearchQuery
from django.core.paginator import Page, Paginator
from django.db.models import Count, F, OuterRef, Q, QuerySet
from django.utils.functional import Promise
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from talkoo.access.subject import Subject
from talkoo.desk.queries.offers import Found, Offer, best_first, offer, offers
from talkoo.microtasks.models import Batch, Sensitivity
from talkoo.microtasks.queries.batches import missing_skills, offered_batches, open_batches
from talkoo.people.models import Skill

PER_PAGE = 10
TIMES: Mapping[str, tuple[str | Promise, Q]] = {
    "2": (gettext_lazy("Under 2 minutes"), Q(minutes__lt=2)),
    "5": (gettext_lazy("2 to 5 minutes"), Q(minutes__gte=2, minutes__lt=5)),
    "15": (gettext_lazy("5 to 15 minutes"), Q(minutes__gte=5, minutes__lt=15)),
    "long": (gettext_lazy("15 minutes or more"), Q(minutes__gte=15)),
}
SORTS: Mapping[str, str | Promise] = {
    "fit": gettext_lazy("Best fit"),
    "deadline": gettext_lazy("Needed soonest"),
    "shortest": gettext_lazy("Shortest"),
}
GROUPS = ("time", "skill", "level")


@dataclass(frozen=True)
class Asked:
    """What somebody asked the board for. Words nobody offers are left out, so an old link still works."""

    words: str = ""
    time: tuple[str, ...] = ()
    skill: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    sort: str = "fit"
    page: str = "1"

    @property
    def filters(self) -> int:
        return len(self.time) + len(self.skill) + len(self.level)

    def kept(self, *without: str) -> list[tuple[str, str]]:
        """The query as fields of another form of the page."""
        fields = [("q", self.words)] if self.words else []
        fields += [(name, value) for name in GROUPS for value in getattr(self, name)]
        fields += [("sort", self.sort)] if self.sort != "fit" else []
        return [(name, value) for name, value in fields if name not in without]


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: Any
    count: int
    on: bool


@dataclass(frozen=True)
class Group:
    """Boxes of one filter; `heading` names those that people tick, `name` is the field."""

    id: str
    name: str
    heading: Any
    choices: Sequence[Choice]


@dataclass(frozen=True)
class Board:
    asked: Asked
    page: Page[Batch]
    rows: Sequence[Offer]
    groups: Sequence[Group]
    sorts: Sequence[Choice]
    note: str
    offered: int
    kept: Mapping[str, list[tuple[str, str]]] = field(default_factory=dict)


def board(by: Subject, asked: Asked) -> Board:
    """The page in seven queries, however many batches there are."""
    found = searched(offered_batches(by), asked.words)
    counts = _counts(found)
    skills = _skills(found)
    codes = {skill.code for skill in skills}
    asked = replace(asked, skill=tuple(code for code in asked.skill if code in codes))
    chosen = _sorted(filtered(searched(offers(by), asked.words), asked), asked.sort)
    page = Paginator(chosen, PER_PAGE).get_page(asked.page)
    return Board(
        asked=asked,
        page=page,
        rows=[offer(by, batch) for batch in page],
        groups=[group for group in _groups(by, asked, counts, skills) if group.choices],
        sorts=[Choice(code, label, 0, code == asked.sort) for code, label in SORTS.items()],
        note=misfits(by),
        offered=counts["all"],
        kept={"search": asked.kept("q"), "filters": asked.kept(*GROUPS), "sort": asked.kept("sort")},
    )


def searched(found: Found, words: str) -> Found:
    """Full text of title, summary and question, or the name of the organisation."""
    if not words:
        return found
    query = SearchQuery(words, config="english", search_type="websearch")
    return found.filter(Q(search=query) | Q(organisation__name__icontains=words))


def filtered(found: Found, asked: Asked) -> Found:
    """Any of the boxes of a group, and every group that has one."""
    times = Q()
    for code in asked.time:
        times |= TIMES[code][1]
    found = found.filter(times)
    if asked.skill:
        found = found.filter(pk__in=Batch.skills.through.objects.filter(skill__code__in=asked.skill).values("batch"))
    return found.filter(sensitivity__in=asked.level) if asked.level else found


def _sorted(found: Found, sort: str) -> Found:
    if sort == "deadline":
        return found.order_by(F("deadline").asc(nulls_last=True), "-left", "title", "pk")
    if sort == "shortest":
        return found.order_by("minutes", "-left", "title", "pk")
    return best_first(found)


def _counts(found: QuerySet[Batch]) -> dict[str, int]:
    times = {f"time-{code}": Count("pk", filter=condition) for code, (_label, condition) in TIMES.items()}
    levels = {f"level-{level}": Count("pk", filter=Q(sensitivity=level)) for level in Sensitivity.values}
    return found.order_by().aggregate(all=Count("pk"), **times, **levels)


def _skills(found: QuerySet[Batch]) -> list[Skill]:
    """Skills that the found batches ask for, with how many of them do."""
    asked = Batch.skills.through.objects.filter(batch__in=found.order_by().values("pk"))
    numbers = dict(asked.values_list("skill").annotate(n=Count("batch")))
    skills = list(Skill.objects.filter(pk__in=numbers).order_by("name")) if numbers else []
    for skill in skills:
        skill.batch_count = numbers[skill.pk]  # type: ignore[attr-defined]
    return skills


def _groups(by: Subject, asked: Asked, counts: Mapping[str, int], skills: Sequence[Skill]) -> list[Group]:
    def boxes(*, grow: bool) -> list[Choice]:
        found = [skill for skill in skills if (skill.pk in by.skills_to_grow) == grow]
        counts = [int(getattr(skill, "batch_count", 0)) for skill in found]
        return [
            Choice(skill.code, skill.name, n, skill.code in asked.skill) for skill, n in zip(found, counts, strict=True)
        ]

    times = [Choice(code, label, counts[f"time-{code}"], code in asked.time) for code, (label, _rule) in TIMES.items()]
    levels = [
        Choice(str(level.value), level.label, counts[f"level-{level.value}"], str(level.value) in asked.level)
        for level in Sensitivity
        if counts[f"level-{level.value}"] or str(level.value) in asked.level
    ]
    return [
        Group("time", "time", _("Time you have"), times),
        Group("known", "skill", _("Your skills"), boxes(grow=False)),
        Group("grow", "skill", _("Skills to grow"), boxes(grow=True)),
        Group("level", "level", _("Sensitivity"), levels),
    ]


def misfits(by: Subject) -> str:
    """Which batches of one's organisations one cannot take for want of a skill, in a sentence; "" where there are none.

    It speaks only of batches that may be shown to this person: work for other organisations is not even counted.
    """
    wanting = Skill.objects.filter(batches=OuterRef("pk")).exclude(pk__in=by.skills).order_by("name").values("name")
    found = open_batches(by).filter(missing_skills(by)).values_list(ArraySubquery(wanting), flat=True)
    lacking = [list(names) for names in found[:50]]
    if not lacking:
        return ""
    names = sorted({name for names in lacking for name in names})
    shown = get_text_list(names[:4], _("or")) if len(names) <= 4 else ", ".join([*names[:4], "…"])
    words = ngettext(
        "One more batch is open to your organisation. It asks for a skill you have not stated: %(skills)s.",
        "%(count)s more batches are open to your organisation. They ask for skills you have not stated: %(skills)s.",
        len(lacking),
    )
    return words % {"count": len(lacking), "skills": shown}
