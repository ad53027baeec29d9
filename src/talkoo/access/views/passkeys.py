"""Second factors of one's own: the app, recovery codes, passkeys and security keys, each by its name."""

from typing import Any

from allauth.core.internal.httpkit import authenticated_user
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, RemoveWebAuthnView
from django.urls import reverse_lazy

from talkoo.access.passkeys import is_synced, kind_of
from talkoo.access.proofs import KEY


class SecurityView(IndexView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        found["keys"] = [_shown(wrapped.instance) for wrapped in found["authenticators"].get("webauthn", [])]
        return found


def _shown(one: Authenticator) -> dict[str, Any]:
    return {
        "pk": one.pk,
        "name": one.wrap().name,  # type: ignore[no-untyped-call]
        "is_key": kind_of(one) == KEY,
        "is_synced": is_synced(one),
        "added": one.created_at,
        "used": one.last_used_at,
    }


class AddPasskeyView(AddWebAuthnView):
    """Each new one can be used to sign in without a password, and is unlocked by a finger, a face or a PIN."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        person = authenticated_user(self.request)
        found["js_data"] = {"creation_options": auth.begin_registration(person, passwordless=True)}
        return found


class RenamePasskeyView(EditWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class RemovePasskeyView(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")
