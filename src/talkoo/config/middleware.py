"""Between the web and the domain: who asks, and what happens when the domain says no."""

import logging
import time
from collections.abc import Callable

from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings
from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from talkoo.access.stepping import comes_back, forget_typed
from talkoo.access.subject import Subject
from talkoo.audit.actions import record_denial
from talkoo.config import logs, metrics
from talkoo.config.refusals import is_call, refusal, unserved
from talkoo.config.stepping import asked_again, asked_for_more
from talkoo.config.who import who_asks
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Denied, DomainError, Invalid, StepUp
from talkoo.lib.formats import Reader
from talkoo.lib.languages import asked_for, is_installed, speak
from talkoo.lib.room import no_room
from talkoo.people.models import Person

log = logging.getLogger(__name__)
access = logging.getLogger("talkoo.access_log")
FOR_MACHINES = {"/livez", "/healthz", "/readyz", "/metrics"}  # they come by whatever address; no link is made from it
Handler = Callable[[HttpRequest], HttpResponse]


def observed(get_response: Handler) -> Handler:
    """Outermost: the request gets an id that every line of its log carries, is timed and counted by its route."""

    def middleware(request: HttpRequest) -> HttpResponse:
        token = logs.request_id.set(logs.accepted(request.headers.get("X-Request-ID", "")))
        begun = time.perf_counter()
        wall.close()
        if request.path_info in FOR_MACHINES:
            request.META["HTTP_HOST"] = "localhost"
        try:
            response = get_response(request)
            took = time.perf_counter() - begun
            response["X-Request-ID"] = logs.request_id.get()
            name = logs.route(request)
            metrics.answered(name, response.status_code, took)
            facts = {"route": name, "method": request.method, "status": response.status_code, "ms": round(1e3 * took)}
            access.info("%(method)s %(route)s %(status)s in %(ms)s ms", facts, extra={"facts": facts})
            return response
        finally:
            logs.request_id.reset(token)

    return middleware


def language(get_response: Handler) -> Handler:
    """Everything is said in the language the browser asks for, until `subject` knows who reads and what they chose."""

    def middleware(request: HttpRequest) -> HttpResponse:
        speak(asked_for(request.headers.get("Accept-Language", "")))
        response = get_response(request)
        response.headers.setdefault("Content-Language", get_language() or "")
        patch_vary_headers(response, ["Accept-Language"])
        return response

    return middleware


def subject(get_response: Handler) -> Handler:
    """Set `request.subject`: who asks, with roles and skills, or None for a visitor; speak to them as they chose.

    A call of the API has no cookies: `calls` finds out who speaks there.

    It is the first to ask the database, outside of any view: what fails here never comes to `process_exception`.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_call(request):
            return get_response(request)
        try:
            by = who_asks(request)
        except (OperationalError, InterfaceError) as error:
            return _unserved(request, error)
        request.subject = by  # type: ignore[attr-defined]
        if by is not None:
            _speak_to(request.user, by)  # type: ignore[arg-type]
        again = "" if by is None else comes_back(request)
        response = get_response(request)
        if by is not None and again and response.status_code < 400:
            forget_typed(request, by, again)
        if by is not None:  # what somebody saw is gone from this browser when they are
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    return middleware


def _speak_to(person: Person, by: Subject) -> None:
    """In the language the person chose; one that is not installed any more, or none, leaves the browser's."""
    chosen = person.language if is_installed(person.language) else get_language()
    speak(chosen or settings.LANGUAGE_CODE, Reader(person.formats, by.time_zone, by.levels))


class DomainErrors:
    """Turn a domain error into a page or problem+json; the transaction of the action is rolled back by then."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if no_room(error) or isinstance(error, OperationalError | InterfaceError):
            return _unserved(request, error)
        if isinstance(error, IntegrityError):
            log.error("Two came at once at %s: %s", logs.route(request), _plain(error))
            error = Conflict(_("Somebody was there first. Nothing was changed."), _("Look at it again, then go on."))
        if isinstance(error, DataError):
            log.warning("No column holds what came in at %s: %s", logs.route(request), _plain(error))
            error = _unkeepable()
        by: Subject | None = getattr(request, "subject", None)
        if isinstance(error, ReauthenticationRequired) and by is not None:
            return asked_again(request, by)
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, Denied):
            record_denial(by=by, error=error, path=request.path)
        if isinstance(error, StepUp) and by is not None and not is_call(request):
            return asked_for_more(request, by, error)
        return refusal(request, error)


def _unserved(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("Nothing could be kept or read at %s: %s", logs.route(request), _plain(error))
    return unserved(request, error)


def _plain(error: Exception) -> str:
    """The first line of what the database says: the rest quotes the row, which may be about somebody."""
    return str(error).partition("\n")[0]


def _unkeepable() -> Invalid:
    """The database's own refusal, where no form noticed: a zero byte in a text, a number past its column."""
    return Invalid(
        _("What was sent holds a character or a number that cannot be kept. Nothing was changed."),
        _("Go back, take it out and send again."),
    )
