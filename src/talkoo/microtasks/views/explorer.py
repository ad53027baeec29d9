"""The list of the result explorer: what was asked for, its filters, and one row a task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.models import Batch, BatchState, Task, TaskState
from talkoo.microtasks.queries.detail import interval_of
from talkoo.microtasks.queries.history import in_hundred
from talkoo.microtasks.queries.results import FILTERS, SORTS, Overview
from talkoo.microtasks.queries.said import Said, least_sure_unit, split
from talkoo.microtasks.task_types import task_type

NOTE = 90  # characters of a result in the list


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; everything that cannot be used falls back to what is most useful."""

    show: str
    search: str
    sort: str
    page: str
    task: int | None

    def query(self, **other: str) -> str:
        """The address of the same list with something changed."""
        query = QueryDict(mutable=True)
        kept = {"show": self.show, "q": self.search, "sort": self.sort, "page": self.page, **other}
        for name, value in kept.items():
            if value and (name, value) not in {("sort", "doubt"), ("page", "1")}:
                query[name] = value
        return query.urlencode()


def read_asked(query: Mapping[str, str], seen: Overview) -> Asked:
    """Disagreements first, where there are any."""
    show, sort, task = query.get("show", ""), query.get("sort", ""), query.get("task", "")
    search = query.get("q", "").replace("\x00", "").strip()[:120]
    usual = "all" if search or not seen.counts.differ else "differ"
    return Asked(
        show=show if show in FILTERS else usual,
        search=search,
        sort=sort if sort in SORTS else "doubt",
        page=query.get("page", "1"),
        task=int(task) if task.isdecimal() and len(task) < 9 else None,
    )


def heading(asked: Asked) -> str:
    if asked.search:
        return _("Found")
    return {
        "differ": _("Disagreements first"),
        "review": _("With a reviewer"),
        "open": _("Still open"),
        "settled": _("Settled"),
        "problems": _("Reported problems"),
        "known": _("Items with a known answer"),
    }.get(asked.show, _("All items"))


def filters(asked: Asked, seen: Overview) -> list[dict[str, Any]]:
    """The filters with how many each holds; those that hold none are left out, unless it is the one in use."""
    counts = seen.counts
    words = {
        "differ": (_("Disagreements"), counts.differ),
        "review": (_("With a reviewer"), counts.review),
        "open": (_("Open"), counts.open),
        "settled": (_("Settled"), counts.settled),
        "problems": (_("Problems"), seen.problems),
        "known": (_("Known answers"), seen.known),
        "all": (_("All"), counts.tasks),
    }
    return [
        {"label": f"{label} {count}", "href": f"?{asked.query(show=name, page='')}", "current": name == asked.show}
        for name, (label, count) in words.items()
        if count or name in {"all", asked.show}
    ]


def sorts(asked: Asked) -> list[dict[str, Any]]:
    words = {
        "doubt": _("Doubtful first"),
        "unsure": _("Least sure first"),
        "newest": _("Latest results first"),
        "number": _("As in the file"),
    }
    return [{"value": name, "label": label, "current": name == asked.sort} for name, label in words.items()]


def empty_words(asked: Asked, seen: Overview) -> dict[str, str]:
    """What to say where the list is empty."""
    if asked.search:
        return {
            "heading": _("Nothing found"),
            "text": _("No item has “%(words)s” in its name.") % {"words": asked.search},
        }
    if asked.show == "differ":
        return {"heading": _("Nobody differs"), "text": _("Everybody who answered the same item gave the same answer.")}
    if not seen.counts.tasks:
        return {"heading": _("No items yet"), "text": _("Upload a file of items, then open the batch.")}
    return {"heading": _("Nothing here now"), "text": _("Look at all items instead.")}


@dataclass(frozen=True, slots=True)
class Row:
    """One task in the list."""

    number: int
    name: str
    note: str
    parts: Sequence[tuple[str, int]]
    chance: str
    bounds: str
    state: str
    color: str
    problem: bool
    query: str
    is_open: bool


def rows(
    batch: Batch, tasks: Sequence[Task], said: Mapping[int, Sequence[Said]], asked: Asked, opened: int | None
) -> list[Row]:
    for task in tasks:
        task.batch = batch
    return [_row(task, said[task.pk], asked, opened) for task in tasks]


def _row(task: Any, said: Sequence[Said], asked: Asked, opened: int | None) -> Row:
    batch, bounds = task.batch, interval_of(task)
    unit = least_sure_unit(task)
    declared = task_type(batch.task_type)
    aggregation = declared.aggregation
    label, color = state_words(task)
    decided = task.result and task.state == TaskState.CLOSED
    note = aggregation.units(batch.config)[unit] if unit is not None and isinstance(aggregation, Classes) else ""
    if decided and unit is None:
        value = Truncator(declared.words(batch.config, task.result.value)).chars(NOTE, truncate="…")
        note = _("Result: %(value)s") % {"value": value}
    if task.state == TaskState.CONTROL and hasattr(task, "known"):
        note = Truncator(task.known.text).chars(NOTE, truncate="…")
    chance = task.result.probability if decided else task.probability
    return Row(
        number=task.number,
        name=task.name,
        note=note,
        parts=split(task, said),
        chance="" if chance is None else in_hundred(chance),
        bounds="–".join(in_hundred(bound) for bound in bounds) if bounds and chance is not None else "",
        state=label,
        color=color,
        problem=task.has_problem,
        query=asked.query(task=str(task.number)),
        is_open=task.number == opened,
    )


def state_words(task: Task) -> tuple[str, str]:
    """The state of a task in words, and the colour of its tag."""
    if task.state == TaskState.CONTROL:
        practice = hasattr(task, "known") and task.known.practice
        return (_("Practice"), "info") if practice else (_("Known answer"), "accent")
    if task.state == TaskState.CLOSED:
        return _("Settled"), "success"
    if task.state == TaskState.REVIEW:
        return _("With a reviewer"), "brand1"
    if task.batch.state == BatchState.CLOSED:
        return _("Not settled"), "neutral"
    if not task.done:
        return _("No answer yet"), "neutral"
    missing = max(task.needed - task.done, 1)
    asked = ngettext("%(count)d more answer asked", "%(count)d more answers asked", missing)
    return asked % {"count": missing}, "neutral"
