"""What passkeys are called."""

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

MOST = 60


class AddPasskeyForm(AddWebAuthnForm):
    """Always one that can sign in alone: it is unlocked by its owner each time (settings)."""

    name = forms.CharField(
        label=_("Name"), max_length=MOST, required=False, help_text=_("So that you know it again, as in “Blue key”.")
    )
    credential = forms.JSONField(
        label=_("Passkey or security key"),
        widget=forms.HiddenInput,
        error_messages={"required": _("Nothing came from it. Press the button, and do what the browser asks.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("passwordless", None)
        self.initial["name"] = ""


class EditPasskeyForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=MOST)
