"""The numbers of a batch as pictures, each with a sentence that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.engines.consensus import Forecast
from talkoo.lib import charts
from talkoo.lib.formats import full_weekday, near_day, number
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries.detail import Chance
from talkoo.microtasks.queries.history import in_hundred
from talkoo.microtasks.queries.pace import day_by_day, forecast_of
from talkoo.microtasks.queries.results import Overview
from talkoo.microtasks.task_types import Bound, TaskType

POINTS = 36  # moments in the picture of progress; longer batches show every second, third … day
# Krippendorff 2019, ch. 12: from .667 tentative conclusions, from .8 firm ones
WEAK, CARE, USABLE, GOOD = 0.2, 0.6, 0.667, 0.8


@dataclass(frozen=True, slots=True)
class Outlook:
    """When the batch is likely finished, in words."""

    label: str
    day: str
    text: str
    late: bool = False


def look_ahead(batch: Batch, seen: Overview, today: date) -> Forecast | None:
    """The forecast of this batch; None where nothing can be said yet, or nothing is left."""
    return forecast_of(batch, seen.days, seen.counts.tasks - seen.counts.settled, today)


def outlook(batch: Batch, seen: Overview, ahead: Forecast | None, today: date) -> Outlook:
    """What can be said of the end: reached, not foreseeable, or a day with its range."""
    left = seen.counts.tasks - seen.counts.settled
    need = _("You need it by %(day)s.") % {"day": _long(batch.deadline)} if batch.deadline else ""
    if batch.state == BatchState.CLOSED:
        unsettled = ngettext("%(count)d is not settled.", "%(count)d are not settled.", left) % {"count": left}
        closed = _long(batch.closed.date()) if batch.closed else ""
        return Outlook(_("Closed"), closed, unsettled if left else _("Everything is settled."))
    if left <= 0 and seen.counts.tasks:
        return Outlook(_("Finished"), _("Everything is settled"), _("Look through the disagreements, then export."))
    if ahead is None or ahead.middle is None:
        return Outlook(
            _("Likely finished"),
            _("Too early to say"),
            " ".join([_("A forecast needs three days of settled results."), need]),
        )
    middle = today + timedelta(days=ahead.middle)
    texts = [_range_words(ahead, today), need]
    if batch.state == BatchState.PAUSED:
        texts.insert(0, _("The batch is paused: counted from the day it goes on."))
    late = bool(batch.deadline and middle > batch.deadline)
    return Outlook(_("Likely finished"), _long(middle), " ".join(filter(None, texts)), late)


def _range_words(ahead: Forecast, today: date) -> str:
    if ahead.low is None or ahead.high is None:
        return _("It may also take longer than two years.")
    low, high = today + timedelta(days=ahead.low), today + timedelta(days=ahead.high)
    if low == high:
        return _("Nine times in ten on that day.")
    return _("Nine times in ten between %(low)s and %(high)s.") % {"low": _long(low), "high": _long(high)}


def progress_picture(
    batch: Batch, seen: Overview, ahead: Forecast | None, words: Outlook, today: date
) -> charts.Chart | None:
    """Settled tasks day by day, and the band of what is likely; None before the first one is settled."""
    days = day_by_day(batch, seen.days, today)
    if not days:
        return None
    future = _future(ahead, len(days))
    stride = max(1, -(-(len(days) + len(future)) // POINTS))
    total = list(accumulate(n for _day, n in days))
    kept = sorted(range(len(days) - 1, -1, -stride))
    points = [charts.Point(_short(days[i][0]), total[i]) for i in kept]
    points[-1] = charts.Point(_("Today"), total[-1])
    later = [future[min(i, len(future) - 1)] for i in range(stride - 1, len(future) + stride - 1, stride)]
    coming = [
        charts.Point(_short(today + timedelta(days=day)), total[-1] + mid, total[-1] + low, total[-1] + high)
        for day, low, mid, high in later
    ]
    all_tasks = _("all %(count)s") % {"count": charts.shown(seen.counts.tasks)}
    return charts.line(
        "progress", _("Settled, with forecast") if coming else _("Settled"), f"{words.label}: {words.day}. {words.text}",
        points, of=_("Day"), unit=_("Settled"), top=seen.counts.tasks, forecast=coming,
        goal=(seen.counts.tasks, all_tasks), labels=_chosen_labels(points, coming), height=210,
    )  # fmt: skip


def _future(ahead: Forecast | None, past: int) -> Sequence[tuple[int, float, float, float]]:
    """The days of the forecast that are drawn: to its end, but not more than four times the past."""
    return ahead.path[1 : 1 + max(14, 4 * past)] if ahead else ()


def _chosen_labels(points: Sequence[charts.Point], coming: Sequence[charts.Point]) -> list[str]:
    """First day, today and last day, as far as they do not run into each other."""
    count, at = len(points) + len(coming), len(points) - 1
    labels = [points[-1].label]
    if at > count * 0.18:
        labels.append(points[0].label)
    if at > count * 0.5:
        labels.append(points[at // 2].label)
    if coming and at < count * 0.85:
        labels.append(coming[-1].label)
    return labels


def agreement_words(found: dict[str, Any]) -> str:
    """How far people agree, in plain words; empty where nothing is measured yet."""
    alpha, low = found.get("alpha"), found.get("low")
    if alpha is None or low is None:
        return ""
    if low >= GOOD:
        return _("Yes. Results can be relied on one by one.")
    if alpha >= GOOD:
        return _("Well. Results can be used one by one; where people differ, look twice.")
    if alpha >= USABLE:
        return _("Well enough to count by answer. Look at single results where people differ.")
    if alpha >= WEAK:
        return _("Only in part: people read it in different ways. A clearer question or hint would help.")
    return _("Hardly more than by chance. Read a few disagreements before you use any result.")


def agreement_care(found: dict[str, Any]) -> list[str]:
    """The answers people read in different ways, worst first."""
    weak = [unit for unit in found.get("units", []) if unit["alpha"] is not None and unit["alpha"] < CARE]
    return [unit["name"] for unit in sorted(weak, key=lambda unit: unit["alpha"])][:3]


def metric_words(declared: TaskType) -> str:
    """What counts as disagreement, for whoever reads alpha."""
    return {
        "nominal": _("Two answers are the same or they are not."),
        "ordinal": _("Steps further apart differ more."),
        "interval": _("The squared distance between two numbers counts."),
        "text": _("Two texts count as the same or as different."),
        "rank": _("Pairs of options that two people put otherwise count (Kendall)."),
        "shares": _("The squared distance between two ways of sharing out counts."),
    }[declared.metric]


def agreement_picture(found: dict[str, Any], measured: str = "") -> charts.Chart | None:
    """Krippendorff's alpha with its interval: of each answer where several may be given, else of the whole."""
    if found.get("alpha") is None:
        return None
    units = [unit for unit in found.get("units", []) if unit["alpha"] is not None]
    rows = sorted(units, key=lambda unit: -unit["alpha"]) or [{"name": _("All answers"), **found}]
    bottom = min(WEAK, *(row["low"] for row in rows))
    together = _("All together: %(alpha)s (%(low)s to %(high)s).") % {
        k: number(found[k], 2) for k in ("alpha", "low", "high")
    }
    return charts.intervals(
        "agree", _("Agreement"), " ".join([_("Krippendorff’s alpha: 0 is chance, 1 is perfect."), measured, together]),
        [charts.Interval(r["name"], r["low"], r["alpha"], r["high"], number(r["alpha"], 2), r["alpha"] < CARE) for r in rows],
        (bottom, 1), [(bottom, _("weak")), (USABLE, _("usable")), (1, _("perfect"))], of=_("Answer"),
    )  # fmt: skip


def chances_picture(batch: Batch, found: Sequence[Chance]) -> charts.Chart | None:
    """The probability of a result, of each unit, against the level that was asked for."""
    if not found:
        return None
    level, bottom = batch.sure / 100, min(0.5, *(chance.low for chance in found))
    rows = [
        charts.Interval(
            f"{chance.label}: {chance.value}" if chance.label else chance.value, chance.low, chance.probability, chance.high,
            _("%(chance)s in 100") % {"chance": in_hundred(chance.probability)}, chance.probability < level,
        )
        for chance in found
    ]  # fmt: skip
    ticks = [(bottom, in_hundred(bottom)), (level, _("your level, %(level)d") % {"level": batch.sure})]
    return charts.intervals("chance", _("Probability of the result"), "", rows, (bottom, 1), ticks, of=_("Answer"))


def bounds_picture(found: Sequence[Bound]) -> charts.Chart | None:
    """Between which bounds the numbers of a result lie, nine times in ten."""
    if not found:
        return None
    low, high = min(one.low for one in found), max(one.high for one in found)
    rows = [charts.Interval(one.label, one.low, one.value, one.high, one.words) for one in found]
    return charts.intervals("bounds", _("Where the value lies"), "", rows, (low, high or 1), (), of=_("Result"))


def _short(day: date) -> str:
    return near_day(day)


def _long(day: date | None) -> str:
    return full_weekday(day)
