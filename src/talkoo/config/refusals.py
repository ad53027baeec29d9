"""The answer to everything the domain refuses. What Django itself refuses has templates/400.html, 403.html and so on."""

import json

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from talkoo.lib.errors import DomainError, Invalid

PROBLEM = "application/problem+json"


def _title(status: int) -> str:
    return {
        400: _("That could not be used"),
        403: _("This is not open to you"),
        404: _("There is nothing here"),
        409: _("This has changed meanwhile"),
    }.get(status, _("Something went wrong"))


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """A page, or problem+json (RFC 9457) when the client prefers JSON."""
    fields = error.fields if isinstance(error, Invalid) else {}
    title = _title(error.status)
    if request.get_preferred_type(["text/html", PROBLEM, "application/json"]) in {PROBLEM, "application/json"}:
        body: dict[str, object] = {"type": "about:blank", "title": title, "status": error.status}
        body |= {"detail": error.message, "remedy": error.remedy} | ({"fields": fields} if fields else {})
        return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=PROBLEM, status=error.status)
    shown = {"status": error.status, "title": title, "message": error.message, "remedy": error.remedy, "fields": fields}
    return HttpResponse(render_to_string("errors/refused.html", shown, request), status=error.status)
