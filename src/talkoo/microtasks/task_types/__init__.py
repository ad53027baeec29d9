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
from talkoo.microtasks.task_types.declaration import Column, Config, TaskType

__all__ = ["Column", "Config", "TaskType", "check_config", "check_value", "fits", "task_type", "task_types"]


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
    if fields:
        raise Invalid(
            _("The settings of this question do not fit yet."), remedy=_("Look at what is marked."), fields=fields
        )


def _missing(error: ValidationError) -> list[str]:
    """The setting that is required and not there: the schema names it in its list only."""
    required = error.validator_value if error.validator == "required" else []
    return [name for name in required if name not in error.instance]


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
        "type": _("Write a whole number.") if limit == "integer" else _("This does not fit."),
        "required": _("This is missing."),
    }
    return said.get(str(error.validator), _("This does not fit.")) % {"limit": limit}


def fits(declared: TaskType, config: Config, value: Any) -> bool:
    """Whether an answer fits the type's answer schema."""
    return Draft202012Validator(dict(declared.answer_schema(config))).is_valid(value)


def check_value(declared: TaskType, config: Config, value: Any) -> None:
    """Raise `Invalid` where an answer does not fit the type's answer schema."""
    if not fits(declared, config, value):
        raise Invalid(_("This answer does not fit the question."), remedy=_("Choose one of the answers shown."))
