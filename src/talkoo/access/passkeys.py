"""Passkeys and security keys: which of the two a credential is, from what it said when it was enrolled.

Authenticators are not asked to attest who made them: that would tell them apart by maker and shut out many. So a level
three means what the authenticator says of itself, signed, and the browser of how it was reached (ADR 23).
"""

from typing import Any

from allauth.mfa.models import Authenticator
from fido2.webauthn import AuthenticatorData

from talkoo.access.proofs import KEY, PASSKEY


def kind_of(authenticator: Authenticator) -> str:
    """A security key cannot be copied (its flag *backup eligible* is off) and is apart from the device (*cross-platform*).

    Everything else is a passkey: kept by the device, or carried to others by whoever keeps its passwords.
    """
    apart = _credential(authenticator).get("authenticatorAttachment") == "cross-platform"
    return KEY if apart and not is_synced(authenticator) else PASSKEY


def is_synced(authenticator: Authenticator) -> bool:
    """Whether the credential may be copied to other devices (WebAuthn level 3, 6.1.3)."""
    data: AuthenticatorData = authenticator.wrap().authenticator_data  # type: ignore[no-untyped-call]
    return bool(data.flags & AuthenticatorData.FLAG.BE)


def _credential(authenticator: Authenticator) -> dict[str, Any]:
    found: dict[str, Any] = authenticator.data["credential"]
    return found
