"""What passkeys are called, and codes that are not right."""

from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.utils.translation import gettext_lazy as _

from talkoo.access.actions.entering import Entering, note_refused_entry

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


class Noted:
    """Whoever gives a wrong code had the password: that stands in the log."""

    user: Any

    def _emit_authentication_failed(self, authenticator: Authenticator) -> None:  # noqa: ARG002 - allauth asks it of forms
        note_refused_entry(by=Entering(None), email=self.user.email, way="code")


class CodeForm(Noted, AuthenticateForm):
    pass


class CodeAgainForm(Noted, ReauthenticateForm):
    pass


class OneClickForm(forms.Form):
    """What stands for a second factor in a demonstration; offered nowhere else."""

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user


class EditPasskeyForm(EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=MOST)
