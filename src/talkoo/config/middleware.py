"""Between the web and the domain: who asks, and what happens when the domain says no."""

import logging
from collections.abc import Callable

from django.db import DataError, IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from talkoo.audit.actions import record_denial
from talkoo.config.refusals import busy, is_call, refusal
from talkoo.lib.errors import Conflict, Denied, DomainError, Invalid
from talkoo.people.queries import subject_of

log = logging.getLogger(__name__)
Handler = Callable[[HttpRequest], HttpResponse]


def subject(get_response: Handler) -> Handler:
    """Set `request.subject`: who asks, with roles and skills, or None for a visitor.

    A call of the API has no cookies: `calls` finds out who speaks there.

    It is the first to ask the database, outside of any view: what fails here never comes to `process_exception`.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if is_call(request):
            return get_response(request)
        try:
            request.subject = subject_of(request.user) if request.user.is_authenticated else None  # type: ignore[attr-defined]
        except (OperationalError, InterfaceError) as error:
            return _unserved(request, error)
        return get_response(request)

    return middleware


class DomainErrors:
    """Turn a domain error into a page or problem+json; the transaction of the action is rolled back by then."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, OperationalError | InterfaceError):
            return _unserved(request, error)
        if isinstance(error, IntegrityError):
            log.error("Two came at once at %s: %s", request.path, error)
            error = Conflict(_("Somebody was there first. Nothing was changed."), _("Look at it again, then go on."))
        if isinstance(error, DataError):
            log.warning("No column holds what came in at %s: %s", request.path, error)
            error = _unkeepable()
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, Denied):
            record_denial(by=getattr(request, "subject", None), error=error, path=request.path)
        return refusal(request, error)


def _unserved(request: HttpRequest, error: Exception) -> HttpResponse:
    log.error("The database did not serve %s: %s", request.path, error)
    return busy(request)


def _unkeepable() -> Invalid:
    """The database's own refusal, where no form noticed: a zero byte in a text, a number past its column."""
    return Invalid(
        _("What was sent holds a character or a number that cannot be kept. Nothing was changed."),
        _("Go back, take it out and send again."),
    )
