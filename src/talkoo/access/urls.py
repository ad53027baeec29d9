from allauth.account.views import email
from django.contrib.auth.decorators import login_required
from django.urls import path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from talkoo.access.views import oidc, passkeys, sessions, stepping

urlpatterns = [
    # People sign in with the address they were invited at: shown, never changed here.
    path("accounts/email/", require_safe(login_required(email)), name="account_email"),
    path("accounts/step-up/", stepping.step_up, name="step_up"),
    path("accounts/organisation/", oidc.start, name="oidc_start"),
    path("accounts/organisation/back/", oidc.callback, name="oidc_callback"),
    path("accounts/organisation/signed-out/", oidc.signed_out, name="oidc_signed_out"),
    path("accounts/reauthenticate/", stepping.again, name="account_reauthenticate"),
    path("accounts/2fa/reauthenticate/", stepping.again, name="mfa_reauthenticate"),
    path("accounts/2fa/webauthn/reauthenticate/", stepping.again, name="mfa_reauthenticate_webauthn"),
    path("accounts/2fa/", login_required(passkeys.SecurityView.as_view()), name="mfa_index"),
    path("accounts/2fa/webauthn/", login_required(RedirectView.as_view(pattern_name="mfa_index")), name="mfa_list_webauthn"),
    path("accounts/2fa/webauthn/add/", login_required(passkeys.AddPasskeyView.as_view()), name="mfa_add_webauthn"),
    path("accounts/2fa/webauthn/keys/<int:pk>/edit/", login_required(passkeys.RenamePasskeyView.as_view()), name="mfa_edit_webauthn"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", login_required(passkeys.RemovePasskeyView.as_view()), name="mfa_remove_webauthn"),
    path("me/places/", sessions.places, name="places"),
    path("me/places/end-others/", sessions.end_others, name="places_end_others"),
    path("me/places/<slug:code>/end/", sessions.end, name="place_end"),
]  # fmt: skip
