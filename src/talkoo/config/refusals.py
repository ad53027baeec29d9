"""The answers to everything that is refused, missing or broken, by the domain or by Django."""

import json
import logging

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from talkoo.lib.errors import Denied, DomainError, Invalid, Missing

PROBLEM = "application/problem+json"
log = logging.getLogger(__name__)


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


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    message = _("What was sent is broken, too large, or not what this page expects. Nothing was changed.")
    return refusal(request, Invalid(message, _("Go back, reload the page and try again.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    message = _("Your roles do not include this page.")
    return refusal(request, Denied(message, _("A coordinator of your organisation can tell you more.")))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    message = _("The address is wrong, the page has moved, or it is not open to you.")
    return refusal(request, Missing(message, _("Ask the person who sent you the link.")))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a fresh token: nearly always a page left open since before a sign-in or sign-out."""
    log.info("CSRF check failed: %s", reason)
    message = _("This page was open for too long, or cookies are switched off. Nothing was changed.")
    return refusal(request, Denied(message, _("Go back, reload the page and send it again.")))


def broken(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """The last resort: must work when the database, the session or a template does not."""
    message = _("It is our mistake, not yours, and it has been written down. What you had saved is safe.")
    return _bare(500, _("Something went wrong here"), message)


def busy() -> HttpResponse:
    """The database gave up waiting or went away: nothing was changed, and the same request may well succeed soon."""
    response = _bare(503, _("Talkoo is busy"), _("Nothing was changed. What you had saved is safe."))
    response["Retry-After"] = "5"
    return response


def _bare(status: int, title: str, message: str) -> HttpResponse:
    shown = {"title": title, "message": message, "remedy": _("Try again in a moment.")}
    try:
        return HttpResponse(render_to_string("errors/broken.html", shown), status=status)
    except Exception:
        log.exception("The page for errors could not be shown")
        return HttpResponse("\n".join(shown.values()), status=status, content_type="text/plain")
