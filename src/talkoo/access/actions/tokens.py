"""Tokens made and revoked. Only a person in a browser makes one: a token never makes another."""

from collections.abc import Collection
from datetime import timedelta

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.keys import PERSONAL, SERVICE, hashed, new_secret
from talkoo.access.models import Token
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource
from talkoo.access.queries.tokens import access_token
from talkoo.access.scopes import Scope, for_services
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Invalid

DAYS, MOST_DAYS, NAME_LIMIT, MOST_TOKENS = 90, 365, 80, 50


def make_personal_token(*, by: Subject, name: str, scopes: Collection[str], days: int = DAYS) -> tuple[Token, str]:
    """A token that speaks for this person, at most as far as its scopes; with its secret, to be shown this once.

    Raises Denied to a token, Invalid naming the field, Conflict where the person has too many.
    """
    _check_in_browser(by)
    words = _checked(name, scopes, days, list(Scope))
    with transaction.atomic():
        person = get_user_model().objects.select_for_update().get(pk=by.person_id)
        _check_few(Token.objects.filter(person=person))
        secret = new_secret(PERSONAL)
        token = Token.objects.create(
            name=words, hash=hashed(secret), person=person, scopes=sorted(set(scopes)), made_by_id=by.person_id,
            session_mark=person.get_session_auth_hash(), expires=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        _record(by, "made", token, by.organisation_id)
    return token, secret


def make_service_token(
    *, by: Subject, organisation_id: int, organisation_code: str, name: str, scopes: Collection[str], days: int = DAYS
) -> tuple[Token, str]:
    """A token for a program of an organisation; it acts there and below, whoever made it comes or goes.

    Raises Denied to whoever is no administrator there and to tokens, Invalid naming the field.
    """
    _check_in_browser(by)
    with transaction.atomic():
        authorise(by, Permission.TOKEN_MANAGE, on=Resource("organisation", organisation_code, organisation_id))
        words = _checked(name, scopes, days, for_services())
        _check_few(Token.objects.filter(organisation_id=organisation_id))
        secret = new_secret(SERVICE)
        token = Token.objects.create(
            name=words, hash=hashed(secret), organisation_id=organisation_id, scopes=sorted(set(scopes)),
            made_by_id=by.person_id, expires=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        _record(by, "made", token, organisation_id)
    return token, secret


def revoke_token(*, by: Subject, code: str) -> Token:
    """End a token at its next request, for good. Ending it twice changes nothing. Raises Missing for a foreign one."""
    with transaction.atomic():
        token = access_token(by, code, lock=True)
        if token.revoked is None:
            token.revoked = timezone.now()
            token.save(update_fields=["revoked"])
            _record(by, "revoked", token, token.organisation_id or by.organisation_id)
    return token


def _check_in_browser(by: Subject) -> None:
    if by.through is not None:
        raise Denied(
            _("A token cannot make another token."),
            _("Sign in, and make it under “Sign-in and security”."),
            permission=Permission.TOKEN_MANAGE.value,
        )


def _checked(name: str, scopes: Collection[str], days: int, offered: Collection[str]) -> str:
    words = " ".join(name.replace("\0", " ").split())
    fields = {}
    if not words or len(words) > NAME_LIMIT:
        fields["name"] = _("Say in at most %(most)d characters what it is for.") % {"most": NAME_LIMIT}
    if not scopes or not set(scopes) <= set(offered):
        fields["scopes"] = _("Choose at least one of the list.")
    if not 1 <= days <= MOST_DAYS:
        fields["days"] = _("Choose between 1 and %(most)d days.") % {"most": MOST_DAYS}
    if fields:
        raise Invalid(_("The token is not made yet."), _("Look at what is marked."), fields=fields)
    return words


def _check_few(theirs: QuerySet[Token]) -> None:
    living = theirs.filter(revoked__isnull=True, expires__gt=timezone.now())
    if living.count() >= MOST_TOKENS:
        raise Conflict(
            _("There are %(most)d tokens already.") % {"most": MOST_TOKENS},
            _("Revoke those that nobody uses any more."),
        )


def _record(by: Subject, what: str, token: Token, organisation_id: int | None) -> None:
    facts = {"scopes": list(token.scopes), "service": token.of_service, "expires": token.expires.isoformat()}
    audit.record(
        by=by, action=f"access.token.{what}", on=("token", token.code), organisation_id=organisation_id, **facts
    )
