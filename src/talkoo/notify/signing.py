"""Signatures after the Standard Webhooks specification, symmetric: HMAC-SHA256 over id, time and body."""

import base64
import hashlib
import hmac
import secrets

PREFIX = "whsec_"
BYTES = 32  # of chance in a secret; the specification asks for 24 to 64


def new_secret() -> str:
    return PREFIX + base64.b64encode(secrets.token_bytes(BYTES)).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One entry of the header webhook-signature."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{message_id}.{timestamp}.".encode() + body, hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"


def headers(secrets_now: list[str], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """All headers of a message; each active secret signs, so that receivers can change over in peace."""
    signed = " ".join(signature(secret, message_id, timestamp, body) for secret in secrets_now)
    return {
        "Content-Type": "application/json",
        "User-Agent": "Talkoo",
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signed,
    }
