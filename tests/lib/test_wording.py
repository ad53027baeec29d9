"""Every form says what to do about an empty field, and none says it in the words of the framework."""

import importlib
import pkgutil

from django import forms
from django.urls import get_resolver

import talkoo


def every_form(kind=forms.BaseForm):
    for child in kind.__subclasses__():
        yield child
        yield from every_form(child)


def test_no_form_says_that_a_field_is_required():
    for found in pkgutil.walk_packages(talkoo.__path__, "talkoo."):
        if found.name.endswith((".forms", ".forms.tree")):
            importlib.import_module(found.name)
    get_resolver().url_patterns  # noqa: B018 - reads the forms of the packages in use
    fields = [
        (form.__qualname__, name, str(field.error_messages["required"]))
        for form in every_form()
        for name, field in getattr(form, "base_fields", {}).items()
        if form.__module__.startswith(("talkoo.", "allauth.account", "allauth.mfa"))
    ]
    assert len(fields) > 60
    assert [each for each in fields if "is required" in each[2]] == []


def test_the_words_fit_the_kind_of_field():
    class Asked(forms.Form):
        title = forms.CharField()
        topic = forms.MultipleChoiceField(choices=[("a", "A")])
        one = forms.TypedChoiceField(choices=[("a", "A")])
        file = forms.FileField()
        share = forms.DecimalField()

    said = {name: errors[0] for name, errors in Asked({}).errors.items()}
    assert said == {
        "title": "Write something here.", "topic": "Choose at least one.", "one": "Choose one.",
        "file": "Choose a file.", "share": "Write a number.",
    }  # fmt: skip
