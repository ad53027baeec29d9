"""How allauth behaves here: nobody signs up by themselves, and the secrets of second factors are kept sealed."""

import base64

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from talkoo.lib.errors import Conflict


class InvitedOnly(DefaultAccountAdapter):
    """People come by invitation; mail carries its own subject, without the host in front."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def format_email_subject(self, subject: str) -> str:
        return subject


class SealedSecrets(DefaultMFAAdapter):
    """TOTP keys and seeds of recovery codes lie in the database encrypted: a copy of it opens nobody's second door."""

    def encrypt(self, text: str) -> str:
        return _seal().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _seal().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            raise Conflict(
                _("Your second factor can no longer be read: the secret key of this installation has changed."),
                _("Ask the operator to put the old key back, or to remove your second factor."),
            ) from None


def _seal() -> MultiFernet:
    """Fernet (AES-128-CBC, HMAC-SHA256) under a key of its own, drawn by HKDF (RFC 5869) from the secret key.

    Keys given up as SECRET_KEY_FALLBACKS still open what they sealed.
    """
    return MultiFernet([Fernet(_key(str(secret))) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"talkoo second factor 1").derive(secret.encode())
    return base64.urlsafe_b64encode(drawn)
