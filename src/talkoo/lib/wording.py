"""What a form says of a field that was left empty: what to do, for every form there is, in this one place."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

MISSING: Mapping[type[forms.Field], Any] = {
    forms.Field: _("Fill this in."),
    forms.CharField: _("Write something here."),
    forms.EmailField: _("Write an e-mail address."),
    forms.IntegerField: _("Write a number."),
    forms.DateField: _("Choose a day."),
    forms.BooleanField: _("Tick this to go on."),
    forms.ChoiceField: _("Choose one."),
    forms.MultipleChoiceField: _("Choose at least one."),
    forms.ModelChoiceField: _("Choose one."),
    forms.ModelMultipleChoiceField: _("Choose at least one."),
    forms.FileField: _("Choose a file."),
}


def say_what_to_do() -> None:
    """Give every kind of field its words. A field that names its own keeps them; must run before forms are read."""
    for kind, words in MISSING.items():
        kind.default_error_messages = {**vars(kind).get("default_error_messages", {}), "required": words}
