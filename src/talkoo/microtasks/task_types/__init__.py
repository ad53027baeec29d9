"""The task types: every folder beside this file that declares a TYPE. Adding one is copying a folder."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from talkoo.lib.errors import Invalid
from talkoo.microtasks.task_types.declaration import Bound, Column, Config, Held, Item, TaskType

__all__ = [
    "Bound",
    "Column",
    "Config",
    "Held",
    "Item",
    "TaskType",
    "check_config",
    "check_value",
    "faults",
    "task_type",
    "task_types",
]


@cache
def task_types() -> MappingProxyType[str, TaskType]:
    folders = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__init__.py"))
    found = (import_module(f"{__name__}.{folder}").TYPE for folder in folders)
    return MappingProxyType({declared.code: declared for declared in found})


def task_type(code: str) -> TaskType:
    """The declared type, or `Invalid` where nobody declares it."""
    try:
        return task_types()[code]
    except KeyError:
        raise Invalid(
            _("There is no task type “%(code)s”.") % {"code": code}, remedy=_("Choose one of the list.")
        ) from None


def check_config(declared: TaskType, config: Config) -> None:
    """Raise `Invalid` naming every setting that does not fit the type's schema, and what would."""
    fields: dict[str, str] = {}
    for error in Draft202012Validator(dict(declared.config_schema)).iter_errors(config):
        setting = str(next(iter([*error.absolute_path, *_missing(error)]), "config"))
        fields.setdefault(setting, _plain(error))
    fields = fields or dict(declared.unfit(config))
    if fields:
        raise Invalid(
            _("The settings of this question do not fit yet."), remedy=_("Look at what is marked."), fields=fields
        )


def _missing(error: ValidationError) -> list[str]:
    """The setting that is required and not there: the schema names it in its list only."""
    required = error.validator_value if error.validator == "required" else []
    return [name for name in required if name not in error.instance]


def _example(error: ValidationError) -> str:
    examples = error.schema.get("examples") if isinstance(error.schema, dict) else None
    return str(examples[0]) if examples else ""


def _plain(error: ValidationError) -> str:
    """What a rule of JSON Schema asks for, in words for who fills in the form."""
    limit = error.validator_value
    said = {
        "minItems": _("Write at least %(limit)s of them."),
        "maxItems": _("Write at most %(limit)s of them."),
        "uniqueItems": _("Two of them are the same. Write each one once."),
        "minLength": _("Write something, or take the line away."),
        "maxLength": _("Shorten this to %(limit)s characters."),
        "minimum": _("Choose %(limit)s or more."),
        "maximum": _("Choose %(limit)s or less."),
        "type": {"integer": _("Write a whole number."), "number": _("Write a number.")}.get(
            str(limit), _("This does not fit.")
        ),
        "oneOf": _("Choose one of the list."),
        "pattern": _("Write it as %(example)s.") % {"example": _example(error)},
        "required": _("This is missing."),
    }
    return said.get(str(error.validator), _("This does not fit.")) % {"limit": limit}


def faults(declared: TaskType, config: Config, value: Any, item: Item | None = None) -> dict[str, str]:
    """What is wrong with an answer, by the field of the form; empty where it fits.

    `item` is what the answer is about, for types whose answer names parts of it; left out, those are not looked at.
    """
    found = dict(declared.wrong(config, value, item or {}))
    if not found and not Draft202012Validator(dict(declared.answer_schema(config))).is_valid(value):
        found = {"choice": _("This answer does not fit the question. Choose one of the answers shown.")}
    return found


def check_value(declared: TaskType, config: Config, value: Any, item: Item | None = None) -> None:
    """Raise `Invalid` naming the fields where an answer does not fit the type's answer schema or its rules."""
    fields = faults(declared, config, value, item)
    if fields:
        message = _("This answer does not fit the question.")
        raise Invalid(message, remedy=_("Choose one of the answers shown."), fields=fields)
