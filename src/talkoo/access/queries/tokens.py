"""Tokens, found by their secret, and listed for who may revoke them."""

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from talkoo.access.keys import hashed, well_formed
from talkoo.access.models import Token
from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing


def token_of(secret: str) -> Token:
    """The token of a secret, alive or not, with its person and organisation. One query; none for what cannot be one.

    Raises Missing where there is no such token.
    """
    found = None
    if well_formed(secret):
        found = Token.objects.select_related("person", "organisation").filter(hash=hashed(secret)).first()
    if found is None:
        raise Missing(_("This is not a token of this Talkoo."), _("Copy the whole token, or make a new one."))
    return found


def why_over(token: Token) -> str:
    """Why a token no longer opens anything, in a sentence; empty while it does."""
    if token.revoked is not None:
        return _("This token was revoked.")
    if token.expires <= timezone.now():
        return _("This token has run out.")
    if token.person is not None and not token.person.is_active:
        return _("The account of this token is closed.")
    if token.person is not None and not _same_sessions(token):
        return _(
            "This token ended with the sessions of its person: they signed out everywhere or chose a new password."
        )
    return ""


def _same_sessions(token: Token) -> bool:
    person = token.person
    assert person is not None
    marks = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    return any(constant_time_compare(token.session_mark, mark) for mark in marks)


def my_tokens(by: Subject) -> QuerySet[Token]:
    """One's own tokens that were not revoked, newest first; a service has the one it speaks through."""
    own = Q(code=by.token) if by.is_service else Q(person=by.person_id)
    return _listed(Token.objects.filter(own))


def service_tokens(by: Subject) -> QuerySet[Token]:
    """The tokens of the organisations in this administrator's care; one of an organisation that ended opens nothing."""
    stands = Q(organisation__ends__isnull=True) | Q(organisation__ends__gt=timezone.localdate())
    theirs = Token.objects.filter(stands, organisation__in=organisations_where(by, Permission.TOKEN_MANAGE))
    return _listed(theirs).select_related("organisation", "made_by")


def _listed(tokens: QuerySet[Token]) -> QuerySet[Token]:
    return tokens.filter(revoked__isnull=True).order_by("-made", "-pk")


def access_token(by: Subject, code: str, *, lock: bool = False) -> Token:
    """The token of this code if it is one's own or of an organisation in one's care; any other is `Missing`.

    A service may see, and revoke, the very token it speaks through.
    """
    cared_for = Q(organisation__in=organisations_where(by, Permission.TOKEN_MANAGE))
    own = Q(code=by.token) if by.is_service else Q(person=by.person_id)
    found = Token.objects.filter(own | cared_for, code=code)
    token = (found.select_for_update() if lock else found).first()
    if token is None:
        raise Missing(_("There is no such token."), _("Look at your list of tokens."))
    return token
