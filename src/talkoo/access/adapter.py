"""How allauth behaves here: nobody signs up by themselves, and the secrets of second factors are kept sealed."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from talkoo.access.actions.entering import Entering, note_leaving, note_refused_entry
from talkoo.access.sign_ins import SignIn
from talkoo.access.signing import AT, note_proof
from talkoo.lib.errors import Conflict
from talkoo.lib.languages import speaking
from talkoo.lib.networks import client_address
from talkoo.lib.sealing import Column, Unreadable

SECRET = Column("mfa.authenticator.data", former="talkoo second factor 1")


class InvitedOnly(DefaultAccountAdapter):
    """People come by invitation; mail carries its own subject, without the host in front."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def login(self, request: HttpRequest, user: Any) -> None:
        """Every way in ends here: the session learns how surely its person was recognised."""
        super().login(request, user)
        note_proof(request, user)

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Wrong passwords count for an account at an address: whoever guesses from elsewhere locks its owner out of nothing."""
        return f"{super()._get_login_attempts_cache_key(request, **credentials)}:{self.get_client_ip(request)}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """For counting attempts. Where no proxy says from whom it passes something on, all that come by it count as one."""
        return str(client_address(request) or request.META.get("REMOTE_ADDR") or "unknown")

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:  # noqa: ARG002
        note_refused_entry(by=Entering(None), email=str(credentials.get("email", "")), way="password")

    def logout(self, request: HttpRequest) -> None:
        """What the provider needs to end its own session outlives ours, for one page."""
        if sign_in := SignIn.read(request.session):
            home = getattr(getattr(request, "subject", None), "organisation_id", None)
            note_leaving(by=Entering(request.user.pk, organisation_id=home), sign_in=sign_in)
        held = request.session.get(AT)
        super().logout(request)
        if held:
            request.session[AT] = held

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        return reverse("oidc_signed_out") if AT in request.session else super().get_logout_redirect_url(request)

    def format_email_subject(self, subject: str) -> str:
        return subject

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """In the language its receiver chose, not in that of the browser that asked for it; else in that."""
        language = getattr(context.get("user"), "language", "") or get_language() or ""
        with speaking(language):
            super().send_mail(template_prefix, email, context)


class SealedSecrets(DefaultMFAAdapter):
    """TOTP keys and seeds of recovery codes lie in the database encrypted: a copy of it opens nobody's second door."""

    def encrypt(self, text: str) -> str:
        return SECRET.seal(text, "")

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return SECRET.unseal(encrypted_text, "")
        except Unreadable:
            raise Conflict(
                _("Your second factor can no longer be read: the secret key of this installation has changed."),
                _("Ask the operator to put the old key back, or to remove your second factor."),
            ) from None
