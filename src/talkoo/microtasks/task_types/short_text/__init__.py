"""A few words, copied or named. Two are the same whatever their case, spaces and Unicode form."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from talkoo.engines.consensus import plain
from talkoo.microtasks.aggregation import Votes
from talkoo.microtasks.task_types.declaration import SOURCE, Column, Config, Item, TaskType
from talkoo.microtasks.task_types.written import misfit

USUAL_LENGTH = 120


def longest(config: Config) -> int:
    return int(config.get("longest", USUAL_LENGTH))


def read(_config: Config, posted: Mapping[str, Any]) -> Any:
    """What was typed, on one line and without what no database keeps."""
    return " ".join(str(posted.get("choice", "")).replace("\x00", "").split()) or None


def wrong(config: Config, value: Any, _item: Item) -> Mapping[str, str]:
    return misfit(value, longest(config))


TYPE = TaskType(
    code="short_text",
    name=_("Short text"),
    says=_("A name or a few words, copied from the source."),
    icon="text",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Votes(keys=lambda config, value: {"": plain(str(value))}, build=lambda config, given: given[""]),
    metric="text",
    config_schema={
        "type": "object",
        "required": ["longest"],
        "properties": {
            "longest": {"type": "integer", "title": _("Characters at most"), "minimum": 1, "maximum": 500},
        },
    },
    answer_schema=lambda config: {"type": "string", "minLength": 1, "maxLength": longest(config)},
    read=read,
    words=lambda config, value: str(value),
    example=lambda: {"longest": USUAL_LENGTH},
    same=lambda config, one, other: plain(str(one)) == plain(str(other)),
    form=lambda config, held, item: {"value": next(iter(held.get("choice", ())), ""), "longest": longest(config)},
    wrong=wrong,
    picture="texts",
)
