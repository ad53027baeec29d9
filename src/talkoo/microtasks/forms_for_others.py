"""What owners and guests send, and whoever asks in an emergency. They parse; what is allowed is decided by the actions."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from talkoo.access.visiting import LONGEST


class GuestForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.CharField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    until = forms.DateField(
        label=_("Until"),
        help_text=_("The last day, at most 90 days ahead. You can end it before."),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        today = timezone.localdate()
        self.fields["until"].initial = today + timedelta(days=30)
        last = today + timedelta(days=LONGEST)
        self.fields["until"].widget.attrs |= {"min": today.isoformat(), "max": last.isoformat()}


class LinkForm(forms.Form):
    email = forms.CharField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The one at which you were invited."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class TermsForm(forms.Form):
    agree = forms.BooleanField(
        label=_("I have read this and want to take part"),
        error_messages={"required": _("Tick this to go on, or sign out.")},
    )


class EmergencyForm(forms.Form):
    reason = forms.CharField(
        label=_("What happened, and what you have to see"),
        max_length=480,
        help_text=_("Who agrees, the owners and the auditors read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    minutes = forms.TypedChoiceField(
        label=_("For how long"),
        coerce=int,
        choices=[(30, _("30 minutes")), (60, _("1 hour")), (120, _("2 hours")), (240, _("4 hours"))],
    )
