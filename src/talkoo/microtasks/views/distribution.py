"""How the results of a batch are spread, as a picture for each kind of answer."""

from datetime import date, timedelta
from math import sqrt
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.engines.consensus import published
from talkoo.lib import charts
from talkoo.lib.formats import short_day
from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.models import Batch
from talkoo.microtasks.queries.distribution import BINS
from talkoo.microtasks.queries.results import Overview
from talkoo.microtasks.task_types import TaskType, task_type

NINETY = 1.645  # standard deviations that hold nine of ten outcomes
MOST_BARS = 12
EPOCH = date(1970, 1, 1)


def values_picture(batch: Batch, seen: Overview) -> charts.Chart | None:
    """How often each answer is the result, or how numbers, places and shares are spread; None before the first."""
    declared = task_type(batch.task_type)
    if not seen.counts.settled or (not seen.values and declared.picture != "fields"):
        return None
    draw = {
        "counts": _counts, "texts": _texts, "numbers": _numbers, "days": _numbers, "fields": _fields,
        "places": _places, "shares": _shares,
    }  # fmt: skip
    return draw[declared.picture](batch, declared, seen)


def _title(batch: Batch) -> str:
    return batch.question or _("Results")


def _counts(batch: Batch, declared: TaskType, seen: Overview) -> charts.Chart:
    """Each answer with its 90 % interval."""
    rows = _count_bars(batch, declared.aggregation, declared, seen)
    if declared.metric == "nominal" and len(rows) > 2:
        rows.sort(key=lambda bar: -bar.value)
    says = _("Of the %(count)s settled so far. The thin line is the 90 %% interval: how many it may truly be.")
    return charts.bars(
        "values", _title(batch), says % {"count": charts.shown(seen.counts.settled)}, _shortened(rows),
        of=_("Answer"), unit=_("Results"), top=seen.counts.settled,
    )  # fmt: skip


def _texts(batch: Batch, declared: TaskType, seen: Overview) -> charts.Chart:
    """The most frequent texts, and all others together."""
    listed = seen.values[: MOST_BARS - 1]
    rows = [charts.Bar(_short(declared.words(batch.config, value)), n, charts.shown(n)) for value, n in listed]
    rest, different = seen.counts.settled - sum(n for _value, n in listed), int(seen.units)
    if rest > 0:
        words = ngettext("%(count)d other answer", "%(count)d other answers", different - len(listed))
        rows.append(charts.Bar(words % {"count": different - len(listed)}, rest, charts.shown(rest)))
    says = _("The most frequent of the %(count)s settled so far.") % {"count": charts.shown(seen.counts.settled)}
    return charts.bars("values", _title(batch), says, rows, of=_("Answer"), unit=_("Results"))


def _numbers(batch: Batch, declared: TaskType, seen: Overview) -> charts.Chart:
    """A histogram between the lowest and the highest result."""
    low, high = float(seen.values[0][2]), float(seen.values[0][3])
    found = {int(row[0]): int(row[1]) for row in seen.values}
    places = range(1, BINS + 1) if high > low else range(1, 2)
    width = (high - low) / BINS
    shown = _day if declared.picture == "days" else charts.shown
    rows = [(shown(low + width * (at - 1)), float(found.get(at, 0))) for at in places]
    says = _("From %(low)s to %(high)s, in %(bins)d equal steps; each column is named by its lower end.")
    facts = {"low": shown(low), "high": shown(high), "bins": len(places)}
    return charts.columns("values", _title(batch), says % facts, rows, of=_("From"), unit=_("Results"))


def _fields(batch: Batch, declared: TaskType, seen: Overview) -> charts.Chart:
    """How many results correct each field; records that are right as they stand come first."""
    right = seen.counts.settled - int(seen.units or 0)
    rows = [charts.Bar(_("All right"), right, charts.shown(right))]
    rows += [charts.Bar(_("Wrong: %(field)s") % {"field": name}, n, charts.shown(n)) for name, n in seen.values]
    says = _("Of the %(count)s settled so far.") % {"count": charts.shown(seen.counts.settled)}
    return charts.bars(
        "values", _title(batch), says, _shortened(rows), of=_("Field"), unit=_("Results"), top=seen.counts.settled
    )


def _places(batch: Batch, declared: TaskType, seen: Overview) -> charts.Chart:
    """The mean place of each option over all results; the first place is the longest bar."""
    most = len(seen.values)
    rows = [
        charts.Bar(name, most + 1 - place, _("place %(place)s") % {"place": charts.shown(place)})
        for name, place in seen.values
    ]
    says = _("Mean place over %(count)s results; the longer the bar, the further in front.")
    return charts.bars(
        "values", _title(batch), says % {"count": charts.shown(seen.counts.settled)}, rows,
        of=_("Option"), unit=_("Mean place"), top=most,
    )  # fmt: skip


def _shares(batch: Batch, declared: TaskType, seen: Overview) -> charts.Chart:
    """The mean share of each option over all results."""
    rows = [
        charts.Bar(name, share, _("%(points)s points") % {"points": charts.shown(share)}) for name, share in seen.values
    ]
    says = _("Mean over %(count)s results.") % {"count": charts.shown(seen.counts.settled)}
    return charts.bars("values", _title(batch), says, rows, of=_("Option"), unit=_("Points"))


def _count_bars(batch: Batch, aggregation: Any, declared: TaskType, seen: Overview) -> list[charts.Bar]:
    if not isinstance(aggregation, Classes):
        return []
    several = len(aggregation.units(batch.config)) > 1
    return (_several_bars if several else _single_bars)(batch, aggregation, declared, seen)


def _short(words: str) -> str:
    return words if len(words) <= 60 else f"{words[:59]}…"


def _day(number: float) -> str:
    return short_day(EPOCH + timedelta(days=round(number)))


def _single_bars(batch: Batch, aggregation: Classes, declared: TaskType, seen: Overview) -> list[charts.Bar]:
    """Counts of one value each. A result with probability p leaves 1 - p to the other values alike, which gives the
    mean and the variance (Poisson binomial) of the true count of each."""
    config, classes = batch.config, len(aggregation.classes(batch.config))
    one_hot = [aggregation.decode(config, np.eye(classes)[[i]]) for i in range(classes)]
    found = {_key(value): (n, sure, square) for value, n, sure, square in seen.values}
    all_n, all_sure, all_square = (sum(row[i] for row in found.values()) for i in range(3))
    bars = []
    for value in one_hot:
        n, sure, square = found.get(_key(value), (0, 0.0, 0.0))
        share, spread = classes - 1 or 1, (all_n - n) - 2 * (all_sure - sure) + (all_square - square)
        missed = (all_n - n) - (all_sure - sure)
        mean, variance = sure + missed / share, (sure - square) + missed / share - spread / share**2
        bars.append(_bar(declared.words(config, value), n, mean, variance, all_n))
    return bars


def _several_bars(batch: Batch, aggregation: Classes, declared: TaskType, seen: Overview) -> list[charts.Bar]:
    """Counts of each label of a multiple choice, with the mean and variance of its published probabilities."""
    counted: dict[str, int] = dict(map(tuple, seen.values))
    bars = []
    for unit, name in enumerate(aggregation.units(batch.config), 1):
        rows = [(published([1 - yes, yes], done)[1], n) for at, done, yes, n in seen.units if at == unit]
        mean, variance = sum(p * n for p, n in rows), sum(p * (1 - p) * n for p, n in rows)
        bars.append(
            _bar(declared.words(batch.config, [name]), counted.get(name, 0), mean, variance, seen.counts.settled)
        )
    return bars


def _bar(label: str, count: int, mean: float, variance: float, most: int) -> charts.Bar:
    spread = NINETY * sqrt(max(variance, 0))
    low, high = min(count, max(0, round(mean - spread))), max(count, min(most, round(mean + spread)))
    return charts.Bar(label, count, charts.shown(count), low, high)


def _shortened(rows: list[charts.Bar]) -> list[charts.Bar]:
    """The most frequent, and the rest as one bar, so that sixty answers stay a picture."""
    if len(rows) <= MOST_BARS:
        return rows
    rest = rows[MOST_BARS - 1 :]
    together = sum(row.value for row in rest)
    words = _("%(count)d other answers") % {"count": len(rest)}
    return [*rows[: MOST_BARS - 1], charts.Bar(words, together, charts.shown(together))]


def _key(value: Any) -> str:
    return str(value)
