"""From what allauth recorded to what a session knows: called when somebody signs in, and when they proved more."""

from dataclasses import replace
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils import timezone
from django.utils.module_loading import import_string

from talkoo.access.actions.entering import Entering, note_entry
from talkoo.access.agents import agent_of
from talkoo.access.context import Assurance
from talkoo.access.passkeys import kind_of
from talkoo.access.proofs import KEY, Proof, proof_of
from talkoo.access.sign_ins import FACTS, SignIn
from talkoo.access.subject import Subject
from talkoo.lib.networks import client_address

AT = "oidc_signed_in"  # its name in the session: that a provider signed this person in, and may sign them out


def known_as(person: AbstractBaseUser) -> str:
    return str(person.pk)


def note_proof(request: HttpRequest, person: AbstractBaseUser) -> None:
    """Write into the session how surely its person is known now, and on what they asked."""
    by = _standing(request, person)
    before, here = SignIn.read(request.session), (agent(request), by.context.zone)
    records = _records(request, person)
    if before is not None and before.moved(agent=here[0], zone=here[1]):
        records = request.session[AUTHENTICATION_METHODS_SESSION_KEY] = records[-1:]  # nothing of elsewhere comes back
    proof = proof_of(records, now=timezone.now())
    if proof is None:
        return
    sign_in = SignIn.of(proof, before=before, now=timezone.now(), agent=here[0], zone=here[1])
    request.session[FACTS] = sign_in.kept()
    note_entry(by=Entering(person.pk, organisation_id=by.organisation_id), sign_in=sign_in, further=before is not None)


def lapsed(request: HttpRequest, sign_in: SignIn, level: Assurance) -> SignIn:
    """Level three was over: it does not come back with the next request or a code, only by the key or the provider."""
    for record in request.session.get(AUTHENTICATION_METHODS_SESSION_KEY, ()):
        if record.get("kind") == KEY or record.get("assurance") == Assurance.THREE:
            record["lapsed"] = True
    left = replace(sign_in, assurance=level)
    request.session[FACTS] = left.kept()
    return left


def proved_more(request: HttpRequest) -> None:
    """After a step up: what was proved counts from here, under a new key of the session and of its forms."""
    request.session.cycle_key()
    rotate_token(request)
    note_proof(request, request.user)  # type: ignore[arg-type]


def given_last(request: HttpRequest) -> Proof | None:
    """What was given last in this session, taken by itself."""
    return proof_of(_records(request, request.user)[-1:], now=timezone.now())  # type: ignore[arg-type]


def agent(request: HttpRequest) -> str:
    return agent_of(request.headers.get("User-Agent", ""))


def _standing(request: HttpRequest, person: AbstractBaseUser) -> Subject:
    """Who they are, with where the request comes from as the networks say that their organisations declared. One query."""
    found: Subject = import_string(settings.SUBJECT_LOADER)(person, address=client_address(request))
    return found


def _records(request: HttpRequest, person: AbstractBaseUser) -> list[dict[str, Any]]:
    """What was given in this session; of passkeys and security keys with the kind they are of, looked up once."""
    records = get_authentication_records(request, person)
    for record in records:
        if record.get("type") == Authenticator.Type.WEBAUTHN and "kind" not in record:
            record["kind"] = kind_of(Authenticator.objects.get(pk=record["id"]))
    return records
