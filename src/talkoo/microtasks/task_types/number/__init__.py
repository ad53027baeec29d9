"""A number: judged by several people, or read off a source."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.lib import formats
from talkoo.lib.numbers import MOST_DIGITS, decimal
from talkoo.microtasks.aggregation import Numbers
from talkoo.microtasks.task_types.declaration import SOURCE, Bound, Column, Config, Held, Item, TaskType

MOST = 10**15
SEPARATORS = " \u00a0\u2009\u202f'’"


def decimals(config: Config) -> int:
    return int(config.get("decimals", 0))


def tolerance(config: Config) -> float:
    return float(config.get("tolerance", 0))


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    """The number typed, with a point or a comma; what is none comes back as typed, to be refused with the reason."""
    typed = str(posted.get("choice", "")).strip()
    found = decimal(typed)
    if found is None or _decimals_in(typed) > decimals(config):
        return typed or None
    return written(config, found)


def _decimals_in(typed: str) -> int:
    """How many digits stand after the point or comma: “1,250” has three, although it says 1.25."""
    return len(typed.replace(",", ".").partition(".")[2])


def written(config: Config, number: float) -> float:
    """A number as an answer holds it: whole where no decimals are asked for."""
    rounded = round(number, decimals(config))
    return int(rounded) if decimals(config) == 0 else rounded


def answer_schema(config: Config) -> Mapping[str, Any]:
    kind = "integer" if decimals(config) == 0 else "number"
    return {"type": kind, "minimum": config.get("low", -MOST), "maximum": config.get("high", MOST)}


def wrong(config: Config, value: Any, _item: Item) -> Mapping[str, str]:
    reason = _unreadable(config, value) if isinstance(value, str) else _unfit_number(config, value)
    return {"choice": reason} if reason else {}


def _unreadable(config: Config, typed: str) -> str:
    if decimal(typed) is not None and _decimals_in(typed) > decimals(config):
        return _too_fine(config)
    digits = typed.translate(str.maketrans("", "", SEPARATORS + ",.")).removeprefix("-")
    if digits.isdecimal() and len(digits) <= MOST_DIGITS and digits != typed:
        return gettext("Leave out what separates thousands: write 1234.5 or 1234,5.")
    return gettext("Write a number in digits, such as 1234.5 or 1234,5, with at most 15 digits.")


def _unfit_number(config: Config, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return gettext("Write a number in digits, such as 1234.5 or 1234,5, with at most 15 digits.")
    if isinstance(value, float) and not math.isfinite(value):
        return gettext("Write a number in digits, such as 1234.5 or 1234,5, with at most 15 digits.")
    low, high = config.get("low", -MOST), config.get("high", MOST)
    if not low <= value <= high:
        return gettext("Write a number from %(low)s to %(high)s.") % {
            "low": _shown(config, low),
            "high": _shown(config, high),
        }
    return _too_fine(config) if round(value, decimals(config)) != value else ""


def _too_fine(config: Config) -> str:
    if decimals(config) == 0:
        return gettext("Write a whole number. A point or comma stands before decimals, never between thousands.")
    words = gettext("Write at most %(most)d decimals. A point or comma stands before them, never between thousands.")
    return words % {"most": decimals(config)}


def unfit(config: Config) -> Mapping[str, str]:
    found = {}
    if config.get("low", -MOST) >= config.get("high", MOST):
        found["high"] = gettext("Choose a highest number above the lowest.")
    if config.get("centre") == "mean" and tolerance(config) <= 0:
        found["tolerance"] = gettext("Say how far off still counts as right: more than 0 where people judge.")
    return found


def _shown(config: Config, number: float) -> str:
    return formats.number(number, decimals(config) if number % 1 else 0)


def words(config: Config, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    shown = formats.number(value, decimals(config))
    return f"{shown} {config['unit']}" if config.get("unit") else shown


def fill(config: Config, value: Any) -> Held:
    """As the form takes it back: no separators, whatever the language."""
    return {"choice": [f"{value:.{decimals(config)}f}" if isinstance(value, int | float) else str(value)]}


def form(config: Config, held: Held, _item: Item) -> Mapping[str, Any]:
    low, high = config.get("low"), config.get("high")
    span = ""
    if low is not None and high is not None:
        span = gettext("From %(low)s to %(high)s.") % {"low": words(config, low), "high": words(config, high)}
    typed = next(iter(held.get("choice", ())), "")
    return {"value": typed, "unit": config.get("unit", ""), "span": span, "decimals": decimals(config)}


def bounds(config: Config, value: Any, spread: Any) -> Sequence[Bound]:
    low, high = spread
    span = gettext("%(low)s to %(high)s") % {"low": words(config, low), "high": words(config, high)}
    return [Bound(words(config, value), float(value), float(low), float(high), span)]


def same(config: Config, one: Any, other: Any) -> bool:
    """Two numbers agree where they lie within the tolerance of each other."""
    return abs(float(one) - float(other)) <= tolerance(config) + 1e-9


TYPE = TaskType(
    code="number",
    name=_("Number"),
    says=_("A figure that people read off or judge."),
    icon="sure",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Numbers(
        read=lambda config, value: float(value),
        write=written,
        tolerance=tolerance,
        median=lambda config: config.get("centre") != "mean",
    ),
    metric="interval",
    config_schema={
        "type": "object",
        "required": ["centre", "tolerance", "decimals"],
        "properties": {
            "centre": {
                "type": "string",
                "title": _("What people do"),
                "oneOf": [
                    {"const": "median", "title": _("Read a figure that stands in the source")},
                    {"const": "mean", "title": _("Judge or estimate: the mean of all counts")},
                ],
            },
            "unit": {"type": "string", "title": _("Unit, such as EUR or m²"), "maxLength": 20},
            "decimals": {"type": "integer", "title": _("Decimals"), "minimum": 0, "maximum": 6},
            "low": {"type": "number", "title": _("Lowest number that can be right"), "minimum": -MOST, "maximum": MOST},
            "high": {
                "type": "number",
                "title": _("Highest number that can be right"),
                "minimum": -MOST,
                "maximum": MOST,
            },
            "tolerance": {
                "type": "number",
                "title": _("How far off is still right"),
                "description": _("A result closes once it is this exact, as surely as you ask for. 0: to the digit."),
                "minimum": 0,
                "maximum": MOST,
            },
        },
    },
    answer_schema=answer_schema,
    read=read,
    words=words,
    example=lambda: {"centre": "median", "unit": "", "decimals": 0, "tolerance": 0},
    same=same,
    fill=fill,
    form=form,
    wrong=wrong,
    unfit=unfit,
    picture="numbers",
    bounds=bounds,
    cells=lambda config, value, spread: {
        "value: low": spread[0] if spread else None,
        "value: high": spread[1] if spread else None,
    },
)
