"""A sum of points shared out among options, to say how much each weighs."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from talkoo.lib.numbers import whole
from talkoo.microtasks.aggregation import Sharing
from talkoo.microtasks.task_types.declaration import SOURCE, Bound, Column, Config, Held, Item, TaskType


def options(config: Config) -> list[str]:
    return [str(option) for option in config["options"]]


def total(config: Config) -> int:
    return int(config.get("total", 100))


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    """Points by option, an empty field being none; what is no number stays as typed, to be refused with the reason."""
    get = getattr(posted, "getlist", None)
    typed = [str(points).strip() for points in (get("choice") if get else posted.get("choice", []))]
    if not any(typed):
        return None
    given = dict(zip(options(config), [*typed, *[""] * len(options(config))], strict=False))
    return {name: 0 if not points else _number(points) for name, points in given.items()}


def _number(points: str) -> Any:
    number = whole(points)
    return points if number is None else number


def wrong(config: Config, value: Any, _item: Item) -> Mapping[str, str]:
    """Whole points for known options alone, which add up to the total."""
    known = options(config)
    if not isinstance(value, dict) or not set(value) <= set(known):
        return {"choice": gettext("Give points to the options shown, and to no others.")}
    found = {
        f"choice-{at}": gettext("Give “%(name)s” whole points from 0 to %(total)d.")
        % {"name": name, "total": total(config)}
        for at, name in enumerate(known, 1)
        if not _fits(config, value.get(name, 0))
    }
    if found:
        return found
    left = total(config) - sum(value.values())
    return {"choice": left_words(left)} if left else {}


def _fits(config: Config, points: Any) -> bool:
    return isinstance(points, int) and not isinstance(points, bool) and 0 <= points <= total(config)


def left_words(left: int) -> str:
    if left > 0:
        return ngettext("%(left)d point is left to give.", "%(left)d points are left to give.", left) % {"left": left}
    words = ngettext("That is %(over)d point too many.", "That is %(over)d points too many.", -left)
    return words % {"over": -left}


def words(config: Config, value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    order = sorted(options(config), key=lambda name: -int(value.get(name, 0)))
    return ", ".join(f"{name} {value.get(name, 0)}" for name in order if value.get(name, 0))


def same(config: Config, one: Any, other: Any) -> bool:
    """Two ways of sharing out agree where no option is further apart than the tolerance."""
    return all(abs(one.get(name, 0) - other.get(name, 0)) <= tolerance(config) for name in options(config))


def tolerance(config: Config) -> float:
    return float(config.get("tolerance", 10))


def form(config: Config, held: Held, _item: Item) -> Mapping[str, Any]:
    typed = list(held.get("choice", ()))
    rows = [
        {"id": f"choice-{at}", "name": name, "points": typed[at - 1] if at <= len(typed) else ""}
        for at, name in enumerate(options(config), 1)
    ]
    given = sum(whole(str(row["points"])) or 0 for row in rows)
    return {"rows": rows, "total": total(config), "given": given, "left": total(config) - given}


def bounds(config: Config, value: Any, spread: Any) -> Sequence[Bound]:
    found = [(name, value.get(name, 0), *spread[name]) for name in options(config) if name in spread]
    span = gettext("%(points)s of %(total)d")
    return [
        Bound(name, points, low, high, span % {"points": points, "total": total(config)})
        for name, points, low, high in sorted(found, key=lambda row: -row[1])
    ]


def cells(config: Config, value: Any, spread: Any) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name in options(config):
        low, high = (spread or {}).get(name, (None, None))
        found |= {f"points: {name}": (value or {}).get(name), f"low: {name}": low, f"high: {name}": high}
    return found


TYPE = TaskType(
    code="points",
    name=_("Allocate points"),
    says=_("Share out points among options, to say how much each weighs."),
    icon="share",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Sharing(options=options, total=total, tolerance=tolerance),
    metric="shares",
    config_schema={
        "type": "object",
        "required": ["options", "total", "tolerance"],
        "properties": {
            "options": {
                "title": _("Options"),
                "type": "array",
                "minItems": 2,
                "maxItems": 20,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 1, "maxLength": 120},
            },
            "total": {"type": "integer", "title": _("Points to share out"), "minimum": 10, "maximum": 1000},
            "tolerance": {
                "type": "integer",
                "title": _("How many points off is still right"),
                "description": _("A result closes once every mean is this exact, as surely as you ask for."),
                "minimum": 1,
                "maximum": 500,
            },
        },
    },
    answer_schema=lambda config: {
        "type": "object",
        "properties": {name: {"type": "integer", "minimum": 0, "maximum": total(config)} for name in options(config)},
        "additionalProperties": False,
    },
    read=read,
    words=words,
    example=lambda: {"options": [], "total": 100, "tolerance": 10},
    same=same,
    fill=lambda config, value: {"choice": [str(value.get(name, 0)) for name in options(config)]},
    form=form,
    wrong=wrong,
    picture="shares",
    bounds=bounds,
    cells=cells,
)
