"""A place on a scale of whole numbers, with words at its ends."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from talkoo.lib.numbers import whole
from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.task_types.declaration import SOURCE, Column, Config, TaskType


def steps(config: Config) -> range:
    return range(int(config.get("low", 1)), int(config.get("high", 5)) + 1)


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    raw = str(posted.get("choice", ""))
    step = whole(raw)
    return (raw or None) if step is None else step


def encode(config: Config, value: Any) -> tuple[int, ...]:
    return (steps(config).index(value),)


def decode(config: Config, posteriors: NDArray[np.float64]) -> int:
    return steps(config)[int(np.argmax(posteriors[0]))]


def label(config: Config, step: int) -> str:
    ends = {steps(config)[0]: config.get("low_word", ""), steps(config)[-1]: config.get("high_word", "")}
    return f"{step}: {ends[step]}" if ends.get(step) else str(step)


def choices(config: Config) -> Sequence[tuple[str, str]]:
    return [(str(step), label(config, step)) for step in steps(config)]


TYPE = TaskType(
    code="scale",
    name=_("Scale"),
    says=_("A step from low to high, with words at both ends."),
    icon="sure",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Classes(
        units=lambda config: [""],
        classes=lambda config: [str(step) for step in steps(config)],
        encode=encode,
        decode=decode,
        metric="ordinal",
    ),
    metric="ordinal",
    config_schema={
        "type": "object",
        "properties": {
            "low": {"type": "integer", "title": _("Lowest step"), "minimum": 0, "maximum": 1},
            "high": {"type": "integer", "title": _("Highest step"), "minimum": 2, "maximum": 10},
            "low_word": {"type": "string", "title": _("Words for the lowest"), "maxLength": 60},
            "high_word": {"type": "string", "title": _("Words for the highest"), "maxLength": 60},
        },
    },
    answer_schema=lambda config: {"enum": list(steps(config))},
    read=read,
    words=label,
    choices=choices,
    example=lambda: {"low": 1, "high": 5, "low_word": "", "high_word": ""},
)
