"""Choose one, or all that apply, of a list."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from numpy.typing import NDArray

from talkoo.lib.numbers import whole
from talkoo.microtasks.aggregation import Classes
from talkoo.microtasks.task_types.declaration import SOURCE, Column, Config, Held, TaskType


def labels(config: Config) -> list[str]:
    return [str(label) for label in config["options"]]


def several(config: Config) -> bool:
    return bool(config.get("several"))


def answer_schema(config: Config) -> Mapping[str, Any]:
    one = {"enum": labels(config)}
    return {"type": "array", "items": one, "uniqueItems": True, "minItems": 1} if several(config) else one


def read(config: Config, posted: Mapping[str, Any]) -> Any:
    """The posted choice: option numbers (1…) in the field `choice`; None where nothing was chosen."""
    known = labels(config)
    get = getattr(posted, "getlist", None)
    numbers = get("choice") if get else posted.get("choice", [])
    numbers = [numbers] if isinstance(numbers, str) else numbers
    chosen = [known[at - 1] if 0 < (at := whole(str(n)) or 0) <= len(known) else f"?{n}" for n in numbers if n]
    if not chosen:
        return None
    return (
        sorted(chosen, key=lambda label: known.index(label) if label in known else -1) if several(config) else chosen[0]
    )


def units(config: Config) -> Sequence[str]:
    return labels(config) if several(config) else [""]


def classes(config: Config) -> Sequence[str]:
    return ["no", "yes"] if several(config) else labels(config)


def encode(config: Config, value: Any) -> tuple[int, ...]:
    if several(config):
        return tuple(int(label in value) for label in labels(config))
    return (labels(config).index(value),)


def decode(config: Config, posteriors: NDArray[np.float64]) -> Any:
    if several(config):
        return [label for label, row in zip(labels(config), posteriors, strict=True) if row[1] > row[0]]
    return labels(config)[int(np.argmax(posteriors[0]))]


def words(config: Config, value: Any) -> str:
    """Of several that may be chosen, a result can hold none, although nobody answers that way."""
    return (", ".join(value) or gettext("None of these")) if isinstance(value, list) else str(value)


def fill(config: Config, value: Any) -> Held:
    chosen = value if isinstance(value, list) else [value]
    return {"choice": [number for number, label in choices(config) if label in chosen]}


def chosen_labels(config: Config, value: Any) -> Sequence[str]:
    return [str(label) for label in value] if isinstance(value, list) and value else [words(config, value)]


def choices(config: Config) -> Sequence[tuple[str, str]]:
    return [(str(number), label) for number, label in enumerate(labels(config), 1)]


TYPE = TaskType(
    code="choice",
    name=_("Choice"),
    says=_("Choose one answer of a list, or all that apply."),
    icon="check",
    columns=(Column(SOURCE, _("Source that people read")),),
    aggregation=Classes(units, classes, encode, decode),
    metric="nominal",
    config_schema={
        "type": "object",
        "required": ["options"],
        "properties": {
            "options": {
                "title": _("Answers"),
                "type": "array",
                "minItems": 2,
                "maxItems": 60,
                "uniqueItems": True,
                "items": {"type": "string", "minLength": 1, "maxLength": 120},
            },
            "several": {"type": "boolean", "title": _("People may choose more than one")},
        },
    },
    answer_schema=answer_schema,
    read=read,
    words=words,
    choices=choices,
    fill=fill,
    labels=chosen_labels,
    example=lambda: {"options": [], "several": False},
)
