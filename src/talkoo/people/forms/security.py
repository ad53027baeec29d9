"""Networks and rules, as people send them."""

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from talkoo.people.forms import day_field
from talkoo.people.models import NetworkZone
from talkoo.people.queries.rules import RULES, levels_of


class NetworkForm(forms.Form):
    network = forms.CharField(
        label=_("Network"),
        max_length=60,
        help_text=_("An address and how many bits of it count, such as 192.0.2.0/24 or 2001:db8:1::/48."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    zone = forms.ChoiceField(
        label=_("What it is"),
        choices=NetworkZone.choices,
        help_text=_("Say “public” of a guest network inside your own."),
    )
    label = forms.CharField(label=_("What people call it"), max_length=80, required=False)


CLEARED: dict[int, str | Promise] = {
    0: _("open work only"),
    1: _("up to internal"),
    2: _("up to confidential"),
    3: _("up to restricted"),
}


class ClearanceForm(forms.Form):
    """Up to where, on what ground, to which day."""

    level = forms.TypedChoiceField(label=_("Cleared for"), coerce=int, choices=list(CLEARED.items()), initial=3)
    ground = forms.CharField(
        label=_("What it rests on"),
        max_length=400,
        help_text=_("The law, decision or vetting, with its number. The person reads it too."),
    )
    last_day = day_field(
        _("Last day"), required=False, help_text=_("Needed for restricted work. After it, what is usual holds again.")
    )


class CodeForm(forms.Form):
    said = forms.CharField(
        label=_("The code they read to you"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class RulesForm(forms.Form):
    """One choice of a level for each thing that can be forbidden, and why."""

    because = forms.CharField(
        label=_("Why"), max_length=400, help_text=_("Whoever decides on it reads this, and it stays on record.")
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for name, label in RULES.items():
            levels = [(str(level), words) for level, words in levels_of(name).items()]
            choices = [("", _("Not forbidden")), *levels]
            self.fields[name] = forms.ChoiceField(label=str(label), choices=choices, required=False)
        self.order_fields([*RULES, "because"])

    def said(self) -> dict[str, int]:
        """The rules that forbid something."""
        return {name: int(self.cleaned_data[name]) for name in RULES if self.cleaned_data.get(name)}
