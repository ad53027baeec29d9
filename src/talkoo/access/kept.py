"""For every page: the form that was kept while its person proved more, on the page where it stood."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from talkoo.access.stepping import KEPT, kept_form


def kept(request: HttpRequest) -> dict[str, Any]:
    """Asks for nothing where nothing was kept."""
    by = getattr(request, "subject", None)
    if by is None or KEPT not in request.session:
        return {}
    return {"kept_form": SimpleLazyObject(lambda: kept_form(request, by))}
