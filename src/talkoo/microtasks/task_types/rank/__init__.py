"""Options put into an order, the first place first."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.lib.numbers import whole
from talkoo.microtasks.aggregation import Ranks
from talkoo.microtasks.task_types.declaration import SOURCE, Column, Config, Held, Item, TaskType


def options(config: Config) -> list[str]:
    return [str(option) for option in config["options"]]


def fields(config: Config) -> list[str]:
    return [f"place-{at}" for at in range(1, len(options(config)) + 1)]


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    """The places typed beside the options as an order of options; else the places as typed, to be refused by name."""
    known = options(config)
    typed = [str(posted.get(name, "")).strip() for name in fields(config)]
    if not any(typed):
        return None
    places = [whole(place) for place in typed]
    if sorted(place or 0 for place in places) != list(range(1, len(known) + 1)):
        return {"places": typed}
    return [known[at] for at in sorted(range(len(known)), key=lambda at: places[at] or 0)]


def wrong(config: Config, value: Any, _item: Item) -> Mapping[str, str]:
    """Every option once; where places were typed, the first that does not fit is named."""
    known = options(config)
    if isinstance(value, dict) and set(value) == {"places"} and isinstance(value["places"], list):
        return _wrong_places(known, [str(place) for place in value["places"]])
    if (
        not isinstance(value, list)
        or not all(isinstance(name, str) for name in value)
        or sorted(value) != sorted(known)
    ):
        return {"choice": gettext("Give every option one place, and no place twice.")}
    return {}


def _wrong_places(known: Sequence[str], typed: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    seen: set[int] = set()
    for at, name in enumerate(known):
        place = whole(typed[at]) if at < len(typed) else None
        facts = {"name": name, "most": len(known), "place": place}
        if place is None or not 1 <= place <= len(known):
            found[f"place-{at + 1}"] = gettext("Give “%(name)s” a place from 1 to %(most)d.") % facts
        elif place in seen:
            found[f"place-{at + 1}"] = gettext("Place %(place)d is taken already; give “%(name)s” another.") % facts
        seen.add(place or 0)
    return found or {"choice": gettext("Give every option one place, and no place twice.")}


def fill(config: Config, value: Any) -> Held:
    order = [str(name) for name in value]
    places = [str(order.index(name) + 1) if name in order else "" for name in options(config)]
    return {field: [place] for field, place in zip(fields(config), places, strict=True)}


def form(config: Config, held: Held, _item: Item) -> Mapping[str, Any]:
    rows = [
        {"id": field, "name": name, "place": next(iter(held.get(field, ())), "")}
        for field, name in zip(fields(config), options(config), strict=True)
    ]
    return {"rows": rows, "most": len(rows)}


TYPE = TaskType(
    code="rank",
    name=_("Rank"),
    says=_("Put options into an order, the first place first."),
    icon="ballot",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Ranks(options=options),
    metric="rank",
    config_schema={
        "type": "object",
        "required": ["options"],
        "properties": {
            "options": {
                "title": _("Options"),
                "type": "array",
                "minItems": 2,
                "maxItems": 12,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 1, "maxLength": 120},
            },
        },
    },
    answer_schema=lambda config: {
        "type": "array",
        "items": {"enum": options(config)},
        "uniqueItems": True,
        "minItems": len(options(config)),
        "maxItems": len(options(config)),
    },
    read=read,
    words=lambda config, value: " › ".join(map(str, value)) if isinstance(value, list) else str(value),
    example=lambda: {"options": []},
    fill=fill,
    fields=fields,
    form=form,
    wrong=wrong,
    picture="places",
    cells=lambda config, value, spread: {
        f"place: {name}": value.index(name) + 1 if isinstance(value, list) and name in value else None
        for name in options(config)
    },
)
