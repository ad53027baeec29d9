"""On what somebody asks: what a proxy of ours says of the device, in a token it had signed or by its certificate.

A token (header `TalkooDevice`) is a JWT after RFC 7519, signed with ES256 by a key of the operator's file. It says who
made it and for whom (`iss`, `aud`), which device it is about (`sub`, never kept), what that is (`device`: managed or
known), and holds for five minutes at most (`iat`, `exp`, perhaps `nbf`). It is used once (`jti`): it belongs to the
session that brought it first. Where it names a certificate (`cnf`, RFC 8705), that must be the one the proxy saw.

A certificate (header `TalkooCertificate`) is what the proxy found of it and its fingerprint: `SUCCESS 9f86d0…`.

Neither name has a hyphen: web servers take `Talkoo_Device` for `Talkoo-Device`, so a caller could slip one past a proxy
that takes out what it sets itself.
"""

import base64
import hashlib
import json
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from talkoo.access.actions.devices import use_token
from talkoo.access.context import Device
from talkoo.access.sign_ins import SignIn
from talkoo.access.subject import Subject
from talkoo.lib.seldom import warn_seldom

TOKEN, CERTIFICATE = "TalkooDevice", "TalkooCertificate"
VERIFIED = "SUCCESS"  # as nginx says it
CLASSES = {"managed": Device.MANAGED, "known": Device.KNOWN}
LIFETIME = 300  # seconds a token may hold
SKEW = 30  # seconds by which clocks may differ
LONGEST = 4096  # characters of a token
MOST_HELD = 10_000  # tokens one process remembers
A_FINGERPRINT = re.compile(r"(?:[0-9a-f]{40}|[0-9a-f]{64})", re.IGNORECASE)  # SHA-1 or SHA-256
A_KEY = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
log = logging.getLogger(__name__)
_held: dict[str, tuple[Device, int]] = {}  # what each came to, and until when


class Unbelievable(Exception):
    """A token that is not believed; the text says which check failed, for the log."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a believed token comes to. `mark` is a hash of who made it and its number."""

    device: Device
    mark: str
    until: int


def device_of(request: HttpRequest, by: Subject, sign_in: SignIn, now: datetime) -> Device:
    """What the device is, as the proxies say; unknown where nobody says anything that holds.

    Only what a listed proxy said is still in the request here. A token that is not believed is no reason to look at
    anything else. A token that was believed is remembered by each process, so only a new one is looked at and written down.
    It is not kept in the session: that is saved as a whole, and would take back what a request beside it proved.
    """
    token = request.headers.get(TOKEN, "") if settings.DEVICE_ISSUER else ""
    try:
        fingerprint = _fingerprint(request)
        by_certificate = CLASSES[settings.DEVICE_CERTIFICATES] if fingerprint and settings.DEVICE_CERTIFICATES else None
        by_token = _by_token(request, by, sign_in, now, fingerprint=fingerprint) if token else None
    except Unbelievable as problem:
        warn_seldom(log, "What was said of a device is not believed: %s", problem)
        return Device.UNKNOWN
    return max(by_certificate or Device.UNKNOWN, by_token or Device.UNKNOWN)


def _by_token(request: HttpRequest, by: Subject, sign_in: SignIn, now: datetime, *, fingerprint: str) -> Device:
    token = request.headers[TOKEN]
    second = now.timestamp()
    digest = hashlib.sha256(f"{sign_in.code}\n{token}\n{fingerprint}".encode()).hexdigest()
    device, ends = _held.get(digest, (Device.UNKNOWN, 0))
    if second < ends:
        return device
    said = read_token(token, fingerprint, second)
    until = datetime.fromtimestamp(said.until, UTC)
    if not use_token(by=by, mark=said.mark, session=hashlib.sha256(sign_in.code.encode()).hexdigest(), until=until):
        raise Unbelievable("it was used in another session already")
    if len(_held) >= MOST_HELD:
        _held.clear()
    _held[digest] = said.device, said.until
    return said.device


def _fingerprint(request: HttpRequest) -> str:
    """Of the certificate that a proxy verified, in small hex; empty where there is none."""
    verified, _space, written = request.headers.get(CERTIFICATE, "").partition(" ")
    if verified != VERIFIED:
        return ""
    found = written.strip().replace(":", "").lower()
    if not A_FINGERPRINT.fullmatch(found):
        raise Unbelievable(f"{CERTIFICATE} has no fingerprint, or was sent twice")
    return found


def read_token(token: str, fingerprint: str, now: float) -> Said:
    """What a token says at a moment (seconds since 1970), beside a certificate or without (""); raises Unbelievable."""
    if len(token) > LONGEST:
        raise Unbelievable("it is too long")
    if "," in token:
        raise Unbelievable(f"{TOKEN} was sent twice")
    claims = _verified(token)
    checks = {
        "iss": claims.get("iss") == settings.DEVICE_ISSUER,
        "aud": settings.DEVICE_AUDIENCE in _listed(claims.get("aud")),
        "sub": _short(claims.get("sub")),
        "jti": _short(claims.get("jti")),
        "device": isinstance(claims.get("device"), str) and claims["device"] in CLASSES,
        "cnf": "cnf" not in claims or _is_bound(claims["cnf"], fingerprint),
        **_times(claims, now),
    }
    if failed := [name for name, held in checks.items() if not held]:
        raise Unbelievable(f"its {', '.join(failed)} does not hold")
    mark = hashlib.sha256(f"{claims['iss']}\n{claims['jti']}".encode()).hexdigest()
    return Said(CLASSES[claims["device"]], mark, int(claims["exp"]))


def _verified(token: str) -> dict[str, Any]:
    """The claims of a token that one of the operator's keys signed with ES256; the token chooses neither."""
    try:
        held = keys()
    except ValueError as problem:
        raise Unbelievable(f"TALKOO_DEVICE_KEYS {problem}") from None
    for key in held:
        try:
            return dict(jwt.decode(token, key, algorithms=["ES256"]).claims)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
    raise Unbelievable("no key of TALKOO_DEVICE_KEYS signed it with ES256")


def _times(claims: Mapping[str, Any], now: float) -> dict[str, bool]:
    numbers = {name: claims[name] for name in ("iat", "exp", "nbf") if type(claims.get(name)) is int}
    issued, ends = numbers.get("iat"), numbers.get("exp")
    return {
        "iat": issued is not None and issued <= now + SKEW,
        "exp": issued is not None and ends is not None and now < ends <= issued + LIFETIME,
        "nbf": "nbf" not in claims or ("nbf" in numbers and numbers["nbf"] <= now + SKEW),
    }


def _is_bound(confirmed: object, fingerprint: str) -> bool:
    """Whether the one thing it may be bound to is there: the certificate whose SHA-256 it names, and nothing besides."""
    if len(fingerprint) != 64 or not isinstance(confirmed, dict) or set(confirmed) != {"x5t#S256"}:
        return False
    named = base64.urlsafe_b64encode(bytes.fromhex(fingerprint)).decode().rstrip("=")
    return bool(confirmed["x5t#S256"] == named)


def _listed(claim: object) -> list[object]:
    return claim if isinstance(claim, list) else [claim]


def _short(claim: object) -> bool:
    return isinstance(claim, str) and 0 < len(claim) <= 255


def keys() -> tuple[ECKey, ...]:
    """The operator's keys, read anew when their file changes. Raises ValueError, its words following a name."""
    try:
        return _keys(settings.DEVICE_KEYS, Path(settings.DEVICE_KEYS).stat().st_mtime_ns)
    except OSError as error:
        raise ValueError(f"cannot be read ({error.strerror})") from None


@lru_cache(maxsize=4)
def _keys(file: str, _changed: int) -> tuple[ECKey, ...]:
    try:
        text = Path(file).read_text(encoding="ascii")
        found = tuple(ECKey.import_key(each) for each in _each_key(text))
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        raise ValueError("holds something that is no public key: PEM, a JWK or a JWK set with keys on P-256") from None
    if not found or any(key.is_private or key.curve_name != "P-256" for key in found):
        raise ValueError("must hold public keys on P-256, one at least, and no private key")
    return found


def _each_key(text: str) -> Iterator[str | dict[str, Any]]:
    if "-----BEGIN" in text:
        yield from (each.group(0) for each in A_KEY.finditer(text))
    else:
        told = json.loads(text)
        yield from told.get("keys", [told])
