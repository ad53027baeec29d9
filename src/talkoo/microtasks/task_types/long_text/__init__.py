"""Sentences and paragraphs. Never merged: the text most like all the others is proposed to a reviewer."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from talkoo.engines.consensus import alike
from talkoo.microtasks.aggregation import Prose
from talkoo.microtasks.task_types.declaration import SOURCE, Column, Config, Item, TaskType
from talkoo.microtasks.task_types.written import misfit

USUAL_LENGTH, USUAL_LIKENESS = 2000, 90


def longest(config: Config) -> int:
    return int(config.get("longest", USUAL_LENGTH))


def enough(config: Config) -> float:
    return int(config.get("alike", USUAL_LIKENESS)) / 100


def read(_config: Config, posted: Mapping[str, Any]) -> Any:
    """What was typed, its lines kept, without what no database keeps."""
    typed = str(posted.get("choice", "")).replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return typed.strip() or None


def wrong(config: Config, value: Any, _item: Item) -> Mapping[str, str]:
    return misfit(value, longest(config))


TYPE = TaskType(
    code="long_text",
    name=_("Long text"),
    says=_("Sentences in people’s own words. A reviewer decides unless enough agree."),
    icon="file",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Prose(enough=enough),
    metric="text",
    config_schema={
        "type": "object",
        "required": ["longest", "alike"],
        "properties": {
            "longest": {"type": "integer", "title": _("Characters at most"), "minimum": 50, "maximum": 15000},
            "alike": {
                "type": "integer",
                "title": _("How alike two texts must be to count as the same, in 100"),
                "description": _("100: to the letter, case and spaces aside. 90: a word may differ."),
                "minimum": 50,
                "maximum": 100,
            },
        },
    },
    answer_schema=lambda config: {"type": "string", "minLength": 1, "maxLength": longest(config)},
    read=read,
    words=lambda config, value: str(value),
    example=lambda: {"longest": USUAL_LENGTH, "alike": USUAL_LIKENESS},
    same=lambda config, one, other: alike(str(one), str(other)) >= enough(config),
    form=lambda config, held, item: {"value": next(iter(held.get("choice", ())), ""), "longest": longest(config)},
    wrong=wrong,
    picture="texts",
    proposes=True,
)
