"""The pages and problem documents for everything that is refused, missing or broken."""

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
        404: _("There is no such page"),
        405: _("That is not possible here"),
        409: _("Somebody was there first"),
    }.get(status, _("Something went wrong"))


def refusal(request: HttpRequest, error: DomainError) -> HttpResponse:
    """The answer for a domain error: problem+json (RFC 9457) when the client prefers JSON, else a page."""
    fields = error.fields if isinstance(error, Invalid) else {}
    title = _title(error.status)
    if request.get_preferred_type(["text/html", PROBLEM, "application/json"]) in {PROBLEM, "application/json"}:
        body = {"type": "about:blank", "title": title, "status": error.status, "detail": error.message,
                "remedy": error.remedy, **({"fields": fields} if fields else {})}  # fmt: skip
        return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=PROBLEM, status=error.status)
    shown = {"status": error.status, "title": title, "message": error.message, "remedy": error.remedy, "fields": fields}
    return HttpResponse(render_to_string("errors/refused.html", shown, request), status=error.status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return refusal(request, Invalid(_("The request could not be read."), _("Go back, reload the page and try again.")))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    return refusal(request, Denied(_("You may not do this here."), _("Ask the coordinator of your organisation.")))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    message = _("It may have been closed or moved, or it is not open to you.")
    return refusal(request, Missing(message, _("Go back to the start page, or ask the person who sent you the link.")))


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without a fresh token: nearly always a page left open since before a sign-in or sign-out."""
    log.info("CSRF check failed: %s", reason)
    return refusal(request, Denied(_("This page was open for too long."), _("Reload it and send it again.")))


def broken(request: HttpRequest) -> HttpResponse:
    """The last resort: must work when the database, the session or a template does not."""
    shown = {"title": _("Something broke on our side"), "status": 500,
             "message": _("What you sent before this is safe."), "remedy": _("Try again in a moment.")}  # fmt: skip
    try:
        return HttpResponse(render_to_string("errors/broken.html", shown), status=500)
    except Exception:  # noqa: BLE001
        log.exception("The page for errors could not be shown")
        return HttpResponse(f"{shown['title']}. {shown['remedy']}", status=500, content_type="text/plain")

