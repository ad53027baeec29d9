"""A day. Partial dates (a year, a month) are not taken: ask for a number or a short text instead."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.lib import formats
from talkoo.microtasks.aggregation import Numbers
from talkoo.microtasks.task_types.declaration import SOURCE, Bound, Column, Config, Held, Item, TaskType

EPOCH = date(1970, 1, 1)
ISO = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


def day_of(value: Any) -> date | None:
    """The day an answer names; None where there is no such day. Only the long form counts, so nobody guesses months."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) and len(value) == 10 else None
    except ValueError:
        return None


def read(_config: Config, posted: Mapping[str, Any]) -> Any:
    return str(posted.get("choice", "")).strip() or None


def number_of(_config: Config, value: Any) -> float:
    day = day_of(value)
    return float((day - EPOCH).days) if day else 0.0


def written(_config: Config, number: float) -> str:
    return (EPOCH + timedelta(days=round(number))).isoformat()


def wrong(config: Config, value: Any, _item: Item) -> Mapping[str, str]:
    day = day_of(value)
    if day is None:
        return {"choice": gettext("Write the whole date as year-month-day, such as 2026-03-31.")}
    early, late = day_of(config.get("earliest")), day_of(config.get("latest"))
    if early and day < early:
        return {"choice": gettext("Choose a day from %(day)s on.") % {"day": _shown(early)}}
    if late and day > late:
        return {"choice": gettext("Choose a day up to %(day)s.") % {"day": _shown(late)}}
    return {}


def unfit(config: Config) -> Mapping[str, str]:
    found = {
        name: gettext("There is no such day.")
        for name in ("earliest", "latest")
        if name in config and not day_of(config[name])
    }
    early, late = day_of(config.get("earliest")), day_of(config.get("latest"))
    if early and late and early >= late:
        found["latest"] = gettext("Choose a last day after the first.")
    return found


def _shown(day: date) -> str:
    return formats.day(day)


def words(_config: Config, value: Any) -> str:
    day = day_of(value)
    return _shown(day) if day else str(value)


def form(config: Config, held: Held, _item: Item) -> Mapping[str, Any]:
    typed = next(iter(held.get("choice", ())), "")
    return {"value": typed, "earliest": config.get("earliest", ""), "latest": config.get("latest", "")}


def bounds(config: Config, value: Any, spread: Any) -> Sequence[Bound]:
    low, high = (number_of(config, end) for end in spread)
    span = gettext("%(low)s to %(high)s") % {"low": words(config, spread[0]), "high": words(config, spread[1])}
    return [Bound(words(config, value), number_of(config, value), low, high, span)]


def tolerance(config: Config) -> float:
    return float(config.get("tolerance", 0))


TYPE = TaskType(
    code="date",
    name=_("Date"),
    says=_("A day that stands in the source."),
    icon="calendar",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Numbers(read=number_of, write=written, tolerance=tolerance, median=lambda config: True),
    metric="interval",
    config_schema={
        "type": "object",
        "required": ["tolerance"],
        "properties": {
            "earliest": {
                "type": "string", "format": "date", "pattern": ISO, "examples": ["2026-03-31"],
                "title": _("First day that can be right"),
            },
            "latest": {
                "type": "string", "format": "date", "pattern": ISO, "examples": ["2026-03-31"],
                "title": _("Last day that can be right"),
            },
            "tolerance": {
                "type": "integer", "minimum": 0, "maximum": 3650, "title": _("How many days off is still right"),
            },
        },
    },
    answer_schema=lambda config: {"type": "string", "format": "date", "pattern": ISO},
    read=read,
    words=words,
    example=lambda: {"tolerance": 0},
    same=lambda config, one, other: abs(number_of(config, one) - number_of(config, other)) <= tolerance(config),
    form=form,
    wrong=wrong,
    unfit=unfit,
    picture="days",
    bounds=bounds,
    cells=lambda config, value, spread: {
        "value: low": spread[0] if spread else None,
        "value: high": spread[1] if spread else None,
    },
)  # fmt: skip
