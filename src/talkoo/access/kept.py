"""For every page: the form that was kept while its person proved more, and what the organisation's sign-in is called."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from talkoo.access.stepping import KEPT, kept_form


def kept(request: HttpRequest) -> dict[str, Any]:
    """Asks for nothing where nothing was kept."""
    by = getattr(request, "subject", None)
    if by is None or KEPT not in request.session:
        return {}
    return {"kept_form": SimpleLazyObject(lambda: kept_form(request, by))}


def organisation(request: HttpRequest) -> dict[str, Any]:  # noqa: ARG001 - what a context processor gets
    return {"organisation_login": settings.OIDC_NAME if settings.OIDC_ISSUER else ""}
