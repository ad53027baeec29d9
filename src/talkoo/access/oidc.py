"""Signing in at the organisation's OpenID provider: what is asked, and what an answer must be before it is believed.

Authorisation code with PKCE, after OpenID Connect Core 1.0 and RFC 9700. Nothing in the question comes from whoever
asks but the page to come back to; everything in the answer is checked: state, issuer, signature by a key of the
provider and an algorithm of our list, audience, authorised party, times, nonce, and when and how somebody was
recognised there. There is one provider, and no way around a check by settings.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.utils.crypto import constant_time_compare
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from talkoo.access.context import Assurance
from talkoo.access.oidc_provider import Provider, Unusable, keys

ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"]
TRIES = 600  # seconds in which an answer has to come
SKEW = 60  # seconds by which clocks may differ
RECENT = 12 * 3600  # seconds since somebody was recognised there, at most
SCOPE = "openid email profile"


class Unbelievable(Exception):
    """An answer that is not believed; the text says which check failed, for the log."""


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked: kept in the session until the answer comes, once."""

    state: str
    nonce: str
    verifier: str
    at: int
    page: str
    need: str = ""

    @classmethod
    def new(cls, *, now: float, page: str, need: str = "") -> "Question":
        return cls(
            secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(48), int(now), page, need
        )

    def kept(self) -> dict[str, Any]:
        return asdict(self)

    def href(self, to: Provider, redirect_uri: str) -> str:
        """The address at the provider. Where more is needed it is asked for, and to recognise the person anew."""
        challenge = urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code", "client_id": settings.OIDC_CLIENT_ID, "redirect_uri": redirect_uri, "scope": SCOPE,
            "state": self.state, "nonce": self.nonce, "code_challenge": challenge, "code_challenge_method": "S256",
            "max_age": str(0 if self.need else RECENT),
        }  # fmt: skip
        if self.need:
            asked["prompt"] = "login"
        if wanted := _contexts(self.need):
            asked["acr_values"] = " ".join(wanted)
        return f"{to.authorization_endpoint}{'&' if '?' in to.authorization_endpoint else '?'}{urlencode(asked)}"


@dataclass(frozen=True, slots=True)
class Recognised:
    """Whom the provider recognised, when and how surely."""

    issuer: str
    subject: str
    email: str
    verified: bool
    at: int
    assurance: Assurance
    phishing_resistant: bool


def check_answer(question: Question, said: Mapping[str, str], *, issuer: str, now: float) -> str:
    """The code of an answer that belongs to the question; raises Unbelievable."""
    if not constant_time_compare(said.get("state", ""), question.state):
        raise Unbelievable("the state is another one")
    if now - question.at > TRIES:
        raise Unbelievable("the answer came too late")
    if said.get("iss", issuer) != issuer:  # RFC 9207
        raise Unbelievable("another provider answered")
    if said.get("error") or not said.get("code"):
        raise Unbelievable(f"the provider said {said.get('error', 'nothing')!r:.60}")
    return said["code"]


def recognised(question: Question, id_token: object, *, by: Provider, now: float) -> Recognised:
    """Who the id token is about, after every check; raises Unbelievable or Unusable."""
    claims = _verified(str(id_token or ""), by)
    _check_claims(claims, question, by, now)
    assurance, resistant = level_of(claims)
    return Recognised(
        issuer=by.issuer, subject=claims["sub"], email=str(claims.get("email") or ""),
        verified=claims.get("email_verified") is True, at=int(claims["auth_time"]), assurance=assurance,
        phishing_resistant=resistant,
    )  # fmt: skip


def _verified(token: str, by: Provider) -> dict[str, Any]:
    """The claims of a token that a key of the provider signed; keys are asked for once more where none fits."""
    for anew in (False, True):
        try:
            decoded = jwt.decode(token, KeySet.import_key_set(keys(by, anew=anew)), algorithms=ALGORITHMS)  # type: ignore[arg-type]
        except (JoseError, ValueError, TypeError, KeyError) as error:
            problem = error
        else:
            return dict(decoded.claims)
    raise Unbelievable(f"the token is not signed by the provider ({type(problem).__name__})")


def _check_claims(claims: Mapping[str, Any], question: Question, by: Provider, now: float) -> None:
    audience, us = _listed(claims.get("aud")), settings.OIDC_CLIENT_ID
    checks = {
        "iss": claims.get("iss") == by.issuer,
        "sub": isinstance(claims.get("sub"), str) and 0 < len(claims["sub"]) <= 255,
        "aud": us in audience,
        "azp": claims.get("azp", us) == us and (len(audience) == 1 or "azp" in claims),
        "nonce": isinstance(claims.get("nonce"), str) and constant_time_compare(claims["nonce"], question.nonce),
        **_times(claims, question, now),
    }
    if failed := [name for name, held in checks.items() if not held]:
        raise Unbelievable(f"the token does not hold: {', '.join(failed)}")


def _times(claims: Mapping[str, Any], question: Question, now: float) -> dict[str, bool]:
    """Whether its times fit. After a step up somebody must have been recognised since it was asked."""
    far = 10.0**11
    exp, iat, auth_time = (
        float(claims[name]) if type(claims.get(name)) in {int, float} else -far for name in ("exp", "iat", "auth_time")
    )
    earliest = question.at if question.need else now - RECENT
    return {
        "exp": now - SKEW < exp < far,
        "iat": question.at - SKEW <= iat <= now + SKEW,
        "auth_time": earliest - SKEW <= auth_time <= now + SKEW,
    }


def _listed(claim: object) -> list[object]:
    return claim if isinstance(claim, list) else [claim]


def level_of(claims: Mapping[str, Any]) -> tuple[Assurance, bool]:
    """How surely, by what the operator says that `acr` and `amr` mean (TALKOO_OIDC_LEVELS); else one factor."""
    said = [f"acr:{claims.get('acr')}", *(f"amr:{method}" for method in _listed(claims.get("amr")))]
    meant = [settings.OIDC_LEVELS[each] for each in said if each in settings.OIDC_LEVELS]
    return max(meant, default=(Assurance.ONE, False))


def _contexts(need: str) -> list[str]:
    """The values of `acr` that would be enough."""
    enough = []
    for name, (level, resistant) in settings.OIDC_LEVELS.items():
        if name.startswith("acr:") and (resistant if need == "security-key" else need and level >= Assurance.TWO):
            enough.append(name.removeprefix("acr:"))
    return enough


__all__ = ["Question", "Recognised", "Unbelievable", "Unusable", "check_answer", "level_of", "recognised"]
