"""When somebody else saved first: what is stored now beside what was typed, field by field, in words."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from talkoo.lib.charts import Table
from talkoo.lib.formats import day
from talkoo.microtasks.forms import QuestionForm, read_config
from talkoo.microtasks.models import Batch
from talkoo.microtasks.task_types import task_types

LONGEST = 300  # characters of one side; more is seen on the page itself


def compared(batch: Batch, form: forms.Form, posted: QueryDict) -> Table:
    """A table of the fields in which the two differ; `form` begins with what is stored."""
    rows = [_row(form, name) for name in form.changed_data]
    if isinstance(form, QuestionForm):
        rows += _settings(batch, posted)
    head = [_("Field"), _("Stored now"), _("You typed")]
    return Table(_("What is stored and what you typed"), head, rows)


def _row(form: forms.Form, name: str) -> list[str]:
    bound = form[name]
    typed = getattr(form, "cleaned_data", {}).get(name, bound.value())
    choices = _flat(getattr(bound.field, "choices", ()))
    stored = form.get_initial_for_field(bound.field, name)
    return [str(bound.label), _words(stored, choices), _words(typed, choices)]


def _settings(batch: Batch, posted: QueryDict) -> list[list[str]]:
    """The settings of the kind of task that was chosen: they are fields of its schema, not of the form."""
    declared = task_types().get(posted.get("kind", ""))
    if declared is None:
        return []
    stored = batch.config if batch.task_type == declared.code else {}
    typed, rows = read_config(declared, posted), []
    for name, rule in declared.config_schema.get("properties", {}).items():
        if stored.get(name) != typed.get(name):
            choices = {one["const"]: str(one["title"]) for one in rule.get("oneOf", ())}
            label = str(rule.get("title", name))
            rows.append([label, _words(stored.get(name), choices), _words(typed.get(name), choices)])
    return rows


def _flat(choices: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    return {str(value): str(label) for value, label in choices}


def _words(value: Any, choices: Mapping[str, str]) -> str:
    if isinstance(value, bool) and str(value) not in choices:
        return _("yes") if value else _("no")
    if isinstance(value, list | tuple | set):
        return Truncator(", ".join(_words(each, choices) for each in value)).chars(LONGEST) or "–"
    if isinstance(value, date):
        return day(value)
    return Truncator(choices.get(str(value), "" if value is None else str(value))).chars(LONGEST) or "–"
