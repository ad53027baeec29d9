"""Secrets that must be read again lie in the database sealed: a copy of it tells nobody anything.

AES-256-GCM (NIST SP 800-38D) with a random nonce, under a key for each column, drawn by HKDF (RFC 5869) from the secret
key. What is sealed is bound to its place: the name of the column and of the row are authenticated with it, so that one
row's secret moved into another row cannot be read there (second factors are bound to their column only: allauth names no
row when it seals). A sealed value is `s1.` and, in base64url, one byte that names
the key, twelve of nonce, the ciphertext with its tag.

Keys given up as SECRET_KEY_FALLBACKS still open what they sealed; `talkoo reseal` seals it under the key of today.
"""

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

MARK, NONCE = "s1.", 12


class Unreadable(Exception):
    """It was sealed under a key that is no longer known, for another place, or it was changed."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column whose values lie sealed. `former` names the key under which release 0.1.0 sealed them, not yet bound."""

    name: str
    former: str = ""

    def seal(self, text: str, row: object) -> str:
        """`text` sealed for the row of this name: whatever names it for good and is known when it is written."""
        key = _key(str(settings.SECRET_KEY), self.name)
        nonce = secrets.token_bytes(NONCE)
        closed = AESGCM(key).encrypt(nonce, text.encode(), self._place(row))
        return MARK + base64.urlsafe_b64encode(_named(key) + nonce + closed).decode()

    def unseal(self, sealed: str, row: object) -> str:
        """What was sealed for the same row; raises Unreadable."""
        if not sealed.startswith(MARK):
            return self._unseal_former(sealed)
        try:
            raw = base64.urlsafe_b64decode(sealed[len(MARK) :])
        except ValueError:
            raise Unreadable from None
        found = (self._with(secret, raw, row) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))
        text = next((text for text in found if text is not None), None)
        if text is None:
            raise Unreadable
        return text

    def marks(self, text: str, row: object) -> list[str]:
        """What a sealed value of this row is found by: keyed hashes (HMAC-SHA256), that of today's key first.

        Only the keys turn a value into its mark, so a copy of the database cannot be searched for one.
        """
        keys = (
            _key(str(secret), f"{self.name} mark") for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
        )
        return [hmac.new(key, f"{row}:{text}".encode(), hashlib.sha256).hexdigest() for key in keys]

    def is_current(self, sealed: str, row: object) -> bool:
        """Whether it was sealed in today's form and today's key opens it. Raises ValueError for what was never sealed."""
        raw = base64.urlsafe_b64decode(sealed[len(MARK) :]) if sealed.startswith(MARK) else b""
        return self._with(settings.SECRET_KEY, raw, row) is not None

    def _with(self, secret: object, raw: bytes, row: object) -> str | None:
        """What this secret key opens. The one byte that names a key only spares work: another may have the same name."""
        key = _key(str(secret), self.name)
        if raw[:1] != _named(key):
            return None
        try:
            return AESGCM(key).decrypt(raw[1 : 1 + NONCE], raw[1 + NONCE :], self._place(row)).decode()
        except (InvalidTag, ValueError):
            return None

    def _place(self, row: object) -> bytes:
        return f"{self.name}:{row}".encode()

    def _unseal_former(self, sealed: str) -> str:
        """As release 0.1.0 sealed: Fernet, bound to nothing."""
        for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS) if self.former else ():
            try:
                return (
                    Fernet(base64.urlsafe_b64encode(_key(str(secret), self.former))).decrypt(sealed.encode()).decode()
                )
            except (InvalidToken, ValueError):
                continue
        raise Unreadable


@dataclass(slots=True)
class Resealed:
    """Counts of a round in which everything is sealed under the key of today."""

    anew: int = 0
    current: int = 0
    lost: int = 0

    def take(self, column: Column, sealed: str, row: object) -> str:
        """The value as it should lie now: itself where it is current; raises Unreadable, counted as lost."""
        try:
            text = column.unseal(sealed, row)
        except Unreadable:
            self.lost += 1
            raise
        if column.is_current(sealed, row):
            self.current += 1
            return sealed
        self.anew += 1
        return column.seal(text, row)


def _key(secret: str, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())


def _named(key: bytes) -> bytes:
    """One byte that tells keys apart without telling anything of them."""
    digest = Hash(SHA256())
    digest.update(b"talkoo key name" + key)
    return digest.finalize()[:1]
