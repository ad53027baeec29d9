"""What an OpenID provider says of itself, and asking it: where its doors are, its keys, a token for a code.

Only the issuer is configured. Everything it names has to be reached by https, is asked without following redirects, and
is forgotten after ten minutes, so that a provider that changes its keys is understood without a restart.
"""

import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

import urllib3
from django.conf import settings
from urllib3.exceptions import HTTPError
from urllib3.util import make_headers

FRESH, FAILED = 600.0, 10.0  # seconds that an answer, and that a failure, is believed without asking again
MOST_BYTES = 1_000_000
PATIENCE = urllib3.Timeout(connect=5, read=10)
NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Unusable(Exception):
    """The provider cannot be reached, or says what no provider may say; the text is for operators."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The part of its discovery document (OpenID Connect Discovery 1.0, section 3) that signing in needs."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    by_post: bool = False  # the secret goes into the body: only where the provider does not take it in the header


_kept: dict[str, tuple[float, "dict[str, Any] | Unusable"]] = {}
_turns: dict[str, threading.Lock] = {}
_pool = urllib3.PoolManager(retries=False, timeout=PATIENCE)


def provider() -> Provider:
    """The configured one; raises Unusable."""
    issuer = settings.OIDC_ISSUER
    said = _fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
    if said.get("issuer") != issuer:
        raise Unusable(f"{issuer} calls itself {said.get('issuer')!r}: TALKOO_OIDC_ISSUER must be exactly that")
    doors = {name: str(said.get(name) or "") for name in (*NEEDED, "userinfo_endpoint", "end_session_endpoint")}
    for name, address in doors.items():
        if (address or name in NEEDED) and not _is_safe(address):
            raise Unusable(f"{issuer} names no usable {name}: {address!r}")
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(issuer=issuer, by_post="client_secret_basic" not in methods, **doors)


def keys(of: Provider, *, anew: bool = False) -> dict[str, Any]:
    """Its public keys (RFC 7517); `anew` where it signed with one that was not among them."""
    found: dict[str, Any] = _fetched(of.jwks_uri, anew=anew)
    return found


def tokens_for(of: Provider, *, code: str, verifier: str, redirect_uri: str) -> dict[str, Any]:
    """What the code is exchanged for, with the proof that we asked for it (RFC 7636)."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri, "code_verifier": verifier}
    who, secret = settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if of.by_post:
        form |= {"client_id": who, "client_secret": secret}
    else:
        pair = urlencode({"": who})[1:], urlencode({"": secret})[1:]  # RFC 6749, 2.3.1: each is form-encoded first
        headers |= make_headers(basic_auth=":".join(pair))
    return _asked("POST", of.token_endpoint, headers=headers, body=urlencode(form))


def userinfo(of: Provider, access_token: str) -> dict[str, Any]:
    return _asked("GET", of.userinfo_endpoint, headers={"Authorization": f"Bearer {access_token}"})


def _is_safe(address: str) -> bool:
    return urlsplit(address).scheme in ({"https", "http"} if settings.INSECURE_HTTP else {"https"})


def _fetched(address: str, *, anew: bool = False) -> dict[str, Any]:
    """Asked once for all who wait for it; a provider that does not answer costs one of them its patience, not each."""
    began = time.monotonic()
    found = None if anew else _held(address, since=None)
    if found is None:
        with _turns.setdefault(address, threading.Lock()):
            found = _held(address, since=began) or _renewed(address)
    if isinstance(found, Unusable):
        raise Unusable(*found.args)
    return dict(found)


def _held(address: str, *, since: float | None) -> "dict[str, Any] | Unusable | None":
    """What is still believed; with `since` only what was asked for after that."""
    at, found = _kept.get(address, (0.0, None))
    lasts = FAILED if isinstance(found, Unusable) else FRESH
    young = at > since if since is not None else time.monotonic() - at < lasts
    return found if young else None


def _renewed(address: str) -> "dict[str, Any] | Unusable":
    found: dict[str, Any] | Unusable
    try:
        found = _asked("GET", address)
    except Unusable as error:
        found = error
    _kept[address] = (time.monotonic(), found)
    return found


def _asked(method: str, address: str, *, headers: Mapping[str, str] | None = None, body: str = "") -> dict[str, Any]:
    try:
        answer = _pool.request(
            method, address, headers={"Accept": "application/json", **(headers or {})}, body=body or None,
            redirect=False, preload_content=False,
        )  # fmt: skip
        raw = answer.read(MOST_BYTES + 1)
        answer.release_conn()
        said = json.loads(raw) if answer.status == 200 and len(raw) <= MOST_BYTES else None
    except (HTTPError, ValueError) as error:
        raise Unusable(f"{address} cannot be used: {error}") from None
    if not isinstance(said, dict):
        raise Unusable(f"{address} answered {answer.status} and no JSON object")
    return said
