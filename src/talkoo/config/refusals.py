"""The answers to everything that is refused, missing or broken, by the domain or by Django."""

import json
import logging
import sys

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from talkoo.access.bearer import Lacking
from talkoo.access.refusing import BY_SIGNING_IN
from talkoo.lib.api.pages import BadCursor
from talkoo.lib.api.problems import PROBLEM, pointed, problem
from talkoo.lib.errors import Denied, DomainError, Invalid, Missing, StepUp
from talkoo.lib.room import no_room

API = "/api/v1/"
READABLE = {API, f"{API}openapi.json"}  # what a browser may look at without a token
log = logging.getLogger(__name__)


def is_call(request: HttpRequest) -> bool:
    """Whether a program asks, through the API: it is always answered in problem+json."""
    return request.path_info.startswith(API) and request.path_info not in READABLE


def _title(status: int) -> str:
    return {
        400: _("That could not be used"),
        401: _("This is not open to you"),
        403: _("This is not open to you"),
        404: _("There is nothing here"),
        405: _("That cannot be done here"),
        409: _("This has changed meanwhile"),
        412: _("This has changed meanwhile"),
        422: _("That could not be used"),
        429: _("That was a lot at once"),
        507: _("There is no room left"),
    }.get(status, _("Something went wrong"))


def refusal(request: HttpRequest, error: DomainError, **more: str) -> HttpResponse:
    """A page, or problem+json (RFC 9457) when the client prefers JSON. `more`: href and label of one way on."""
    if is_call(request):
        return _refused_call(error)
    fields = error.fields if isinstance(error, Invalid) else {}
    needs = error.needs if isinstance(error, StepUp) else ()
    title = _("Something is missing to open this") if needs else _title(error.status)
    if request.get_preferred_type(["text/html", PROBLEM, "application/json"]) in {PROBLEM, "application/json"}:
        body: dict[str, object] = {"type": "about:blank", "title": title, "status": error.status}
        body |= {"detail": error.message, "remedy": error.remedy} | ({"fields": fields} if fields else {})
        body |= _obligations(error)
        return HttpResponse(json.dumps(body, ensure_ascii=False), content_type=PROBLEM, status=error.status)
    shown = {
        "status": error.status, "title": title, "message": error.message, "remedy": error.remedy, "fields": fields,
        "needs": needs, **more,
    }  # fmt: skip
    return HttpResponse(render_to_string("errors/refused.html", shown, request), status=error.status)


def _obligations(error: DomainError) -> dict[str, object]:
    """What is missing, in words for programs: the first, and all of them."""
    if not isinstance(error, StepUp):
        return {}
    return {"obligation": error.obligation, "obligations": [need.obligation for need in error.needs]}


def _refused_call(error: DomainError) -> HttpResponse:
    """What cannot be used is 422 in the API, with a pointer for each field; a token that lacks a scope learns which."""
    status, headers, errors = error.status, {}, []
    if isinstance(error, Invalid):
        status, errors = 422, pointed(error.fields)
    if isinstance(error, BadCursor):
        errors = [{"parameter": "cursor", "detail": error.message}]
    if isinstance(error, Lacking):
        headers["WWW-Authenticate"] = f'Bearer realm="Talkoo", error="insufficient_scope", scope="{error.scope}"'
    if isinstance(error, StepUp) and error.obligation in BY_SIGNING_IN:
        status = 401  # RFC 9470: the token is good, how its person signed in is not
        headers["WWW-Authenticate"] = 'Bearer realm="Talkoo", error="insufficient_user_authentication"'
    more = _obligations(error)
    return problem(status, error.message, error.remedy, title=_title(status), errors=errors, headers=headers, more=more)


def with_problem(response: HttpResponse) -> HttpResponse:
    """The response, with a problem in place of what Django or django-ninja say by themselves: 404, 405 and the like."""
    if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(PROBLEM):
        return response
    details = {
        404: (_("There is no such operation."), _("Look at the documentation: %(place)s") % {"place": API}),
        405: (_("This address knows other methods."), _("Use one of those in the Allow header.")),
        500: (_("It is our mistake, not yours, and it has been written down."), _("Try again in a moment.")),
    }
    what = (_("What was sent is broken or too large. Nothing was changed."), _("Put it right and send it again."))
    detail, remedy = details.get(response.status_code, what)
    kept = {name: response[name] for name in ("Allow", "Retry-After") if name in response}
    return problem(response.status_code, detail, remedy, title=_title(response.status_code), headers=kept)


def too_large() -> HttpResponse:
    """The body of a call is past what is read into memory; files come another way."""
    detail = _("The body is larger than %(most)d kB.") % {"most": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1000}
    return problem(413, detail, _("Send less at once."), title=_("That is too much at once"))


def unreadable() -> HttpResponse:
    detail = _("The request cannot be read: its body or its address is broken. Nothing was changed.")
    return problem(400, detail, _("Put it right and send it again."), title=_title(400))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    words = next((words for kind, words in _too_much() if isinstance(exception, kind)), "")
    if is_call(request):
        if isinstance(exception, RequestDataTooBig):
            return too_large()
        return (
            problem(413, words, _("Send less at once."), title=_("That is too much at once")) if words else unreadable()
        )
    if words:
        return refusal(request, Invalid(words, _("Go back and send less at once.")))
    message = _("What was sent is broken, too large, or not what this page expects. Nothing was changed.")
    return refusal(request, Invalid(message, _("Go back, reload the page and try again.")))


def _too_much() -> list[tuple[type[Exception], str]]:
    """What Django counts before a page sees it, and the words where more of it came than may come at once."""
    files, fields = settings.DATA_UPLOAD_MAX_NUMBER_FILES, settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1000
    return [
        (TooManyFilesSent, _("More than %(most)d files came at once. Nothing was changed.") % {"most": files}),
        (TooManyFieldsSent, _("More than %(most)d fields came at once. Nothing was changed.") % {"most": fields}),
        (RequestDataTooBig, _("More than %(most)d kB of text came at once. Nothing was changed.") % {"most": size}),
    ]


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


def broken(request: HttpRequest) -> HttpResponse:
    """The last resort: must work when the database, the session or a template does not.

    What fails before or after the view, as when a large body is laid aside or a session is saved, comes here too.
    """
    error = sys.exc_info()[1]
    if no_room(error) or isinstance(error, OperationalError | InterfaceError):
        return unserved(request, error)
    message = _("It is our mistake, not yours, and it has been written down. What you had saved is safe.")
    return _bare(500, _("Something went wrong here"), message)


def unserved(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """What keeps Talkoo is full, busy or away: nothing was changed."""
    return full(request) if no_room(error) else busy(request)


def full(request: HttpRequest) -> HttpResponse:
    """A disk is full: trying again helps only once somebody has made room."""
    message = _("A disk of this Talkoo is full. Nothing was changed; what you had saved is safe.")
    remedy = _("Tell your administrator, and send it again when there is room.")
    if is_call(request):
        return problem(507, message, remedy, title=_title(507))
    return _bare(507, _title(507), message, remedy)


def busy(request: HttpRequest) -> HttpResponse:
    """The database gave up waiting or went away: nothing was changed, and the same request may well succeed soon."""
    message = _("Nothing was changed. What you had saved is safe.")
    if is_call(request):
        return problem(
            503, message, _("Send it again in a moment."), title=_("Talkoo is busy"), headers={"Retry-After": "5"}
        )
    response = _bare(503, _("Talkoo is busy"), message)
    response["Retry-After"] = "5"
    return response


def _bare(status: int, title: str, message: str, remedy: str = "") -> HttpResponse:
    shown = {"title": title, "message": message, "remedy": remedy or _("Try again in a moment.")}
    try:
        return HttpResponse(render_to_string("errors/broken.html", shown), status=status)
    except Exception:
        log.exception("The page for errors could not be shown")
        return HttpResponse("\n".join(shown.values()), status=status, content_type="text/plain")
