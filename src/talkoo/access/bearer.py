"""What every operation of the API stands behind: a token, spoken as a bearer (RFC 6750), with the scope it needs."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja.security import HttpBearer

from talkoo.access.models import Token
from talkoo.access.scopes import Scope
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied


class Calling(HttpRequest):
    """A call of the API, as operations behind `Bearer` get it. Only a name for the type checker."""

    subject: Subject
    token: Token


class Lacking(Denied):
    """The token does not have the scope that the operation asks for."""

    def __init__(self, scope: str) -> None:
        super().__init__(
            _("This token may not do that: it lacks the scope %(scope)s.") % {"scope": scope},
            _("Make a token with this scope."),
            permission=scope,
        )
        self.scope = scope


class Bearer(HttpBearer):
    """Asks for one scope; None where any token will do. Who speaks was found out before (config.calls)."""

    def __init__(self, scope: Scope | None = None) -> None:
        super().__init__()
        self.scope = scope

    def __call__(self, request: HttpRequest) -> Any:
        token: Token = request.token  # type: ignore[attr-defined]
        if self.scope is not None and self.scope not in token.scopes:
            raise Lacking(self.scope.value)
        return token

    def authenticate(self, request: HttpRequest, token: str) -> Any:  # noqa: ARG002 - what the library asks for
        return self(request)
