"""Two records side by side: do they speak of the same thing?"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.task_types.declaration import Column, Config, TaskType

VALUES = ("same", "different", "unclear")


def words(_config: Config, value: Any) -> str:
    named = {"same": gettext("The same"), "different": gettext("Different"), "unclear": gettext("Cannot tell")}
    return named.get(value, str(value)) if isinstance(value, str) else str(value)


def read(_config: Config, posted: Mapping[str, Any]) -> Any:
    numbered = {str(number): value for number, value in enumerate(VALUES, 1)}
    return numbered.get(str(posted.get("choice", "")), posted.get("choice") or None)


def choices(config: Config) -> Sequence[tuple[str, str]]:
    return [(str(number), words(config, value)) for number, value in enumerate(VALUES, 1)]


TYPE = TaskType(
    code="match",
    name=_("Match two records"),
    says=_("Do two records of different registers speak of the same thing?"),
    icon="link",
    columns=(
        Column("left_record", _("Field of the first record"), record=True),
        Column("right_record", _("Field of the second record"), record=True),
    ),
    aggregation=Classes(
        units=lambda config: [""],
        classes=lambda config: VALUES,
        encode=lambda config, value: (VALUES.index(value),),
        decode=lambda config, posteriors: VALUES[int(np.argmax(posteriors[0]))],
    ),
    metric="nominal",
    config_schema={"type": "object"},
    answer_schema=lambda config: {"enum": list(VALUES)},
    read=read,
    words=words,
    choices=choices,
    example=dict,
    fill=lambda config, value: {"choice": [str(VALUES.index(value) + 1)]},
)
