"""One question, yes or no."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.task_types.declaration import SOURCE, Column, Config, TaskType

VALUES = ("yes", "no")


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    return {"1": "yes", "2": "no"}.get(str(posted.get("choice", "")), posted.get("choice") or None)


def decode(config: Config, posteriors: NDArray[np.float64]) -> str:
    return VALUES[int(np.argmax(posteriors[0]))]


def words(config: Config, value: Any) -> str:
    return {"yes": gettext("Yes"), "no": gettext("No")}.get(value, str(value))


TYPE = TaskType(
    code="yes_no",
    name=_("Yes or no"),
    says=_("One question with two answers."),
    icon="scale",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Classes(
        units=lambda config: [""],
        classes=lambda config: VALUES,
        encode=lambda config, value: (VALUES.index(value),),
        decode=decode,
    ),
    metric="nominal",
    config_schema={"type": "object"},
    answer_schema=lambda config: {"enum": list(VALUES)},
    read=read,
    words=words,
    fill=lambda config, value: {"choice": [str(VALUES.index(value) + 1)]},
    choices=lambda config: [("1", gettext("Yes")), ("2", gettext("No"))],
    example=dict,
)
