"""Two things side by side: which one?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.task_types.declaration import Column, Config, TaskType


def values(config: Config) -> tuple[str, ...]:
    return ("left", "right", "same") if config.get("same") else ("left", "right")


def words(config: Config, value: Any) -> str:
    named = {"left": gettext("The first"), "right": gettext("The second"), "same": gettext("No difference")}
    return named.get(value, str(value))


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    numbered = {str(number): value for number, value in enumerate(values(config), 1)}
    return numbered.get(str(posted.get("choice", "")), posted.get("choice") or None)


def decode(config: Config, posteriors: NDArray[np.float64]) -> str:
    return values(config)[int(np.argmax(posteriors[0]))]


def turned(value: Any) -> Any:
    """The answer of somebody who sees the second text first."""
    return {"left": "right", "right": "left"}.get(value, value)


def choices(config: Config) -> Sequence[tuple[str, str]]:
    return [(str(number), words(config, value)) for number, value in enumerate(values(config), 1)]


TYPE = TaskType(
    code="compare",
    name=_("Compare a pair"),
    says=_("Two texts side by side: which one fits better?"),
    icon="swap",
    columns=(Column("left", _("First text")), Column("right", _("Second text"))),
    aggregation=Classes(
        units=lambda config: [""],
        classes=values,
        encode=lambda config, value: (values(config).index(value),),
        decode=decode,
    ),
    metric="nominal",
    config_schema={
        "type": "object",
        "properties": {"same": {"type": "boolean", "title": _("“No difference” is an answer too")}},
    },
    answer_schema=lambda config: {"enum": list(values(config))},
    read=read,
    words=words,
    choices=choices,
    fill=lambda config, value: {"choice": [str(values(config).index(value) + 1)]},
    turned=turned,
    example=lambda: {"same": False},
)
