"""Secrets that must be read again lie in the database sealed: a copy of it tells nobody anything.

Fernet (AES-128-CBC, HMAC-SHA256) under a key of its own for each purpose, drawn by HKDF (RFC 5869) from the secret key.
Keys given up as SECRET_KEY_FALLBACKS still open what they sealed.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


class Unreadable(Exception):
    """It was sealed under a key that is no longer known."""


def seal(text: str, purpose: str) -> str:
    return _fernet(purpose).encrypt(text.encode()).decode()


def unseal(sealed: str, purpose: str) -> str:
    """What was sealed for the same purpose; raises Unreadable."""
    try:
        return _fernet(purpose).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


def _fernet(purpose: str) -> MultiFernet:
    secrets = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return MultiFernet([Fernet(_key(str(secret), purpose)) for secret in secrets])


def _key(secret: str, purpose: str) -> bytes:
    drawn = HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())
    return base64.urlsafe_b64encode(drawn)
