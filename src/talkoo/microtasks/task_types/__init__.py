"""The task types: every folder beside this file that declares a TYPE. Adding one is copying a folder."""

from functools import cache
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from django.utils.translation import gettext as _
from jsonschema import Draft202012Validator

from talkoo.lib.errors import Invalid
from talkoo.microtasks.task_types.declaration import Column, Config, TaskType

__all__ = ["Column", "Config", "TaskType", "check_config", "fits", "task_type", "task_types"]


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
    """Raise `Invalid` naming the setting that does not fit the type's schema."""
    for error in Draft202012Validator(dict(declared.config_schema)).iter_errors(config):
        place = ".".join(str(part) for part in error.absolute_path) or "config"
        raise Invalid(
            _("The settings of this question do not fit: %(place)s.") % {"place": place},
            remedy=_("Look at the answers and try again."),
            fields={place: error.message},
        )


def fits(declared: TaskType, config: Config, value: Any) -> bool:
    """Whether an answer fits the type's answer schema."""
    return Draft202012Validator(dict(declared.answer_schema(config))).is_valid(value)
