"""Who looks through somebody else's eyes only looks: at these pages, and by no form. Asked before any page is; the rules
(`impersonator-…`) refuse the same once more, page by page."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from talkoo.audit.actions import record_denial
from talkoo.config.refusals import refusal
from talkoo.lib.errors import Denied

if TYPE_CHECKING:
    from talkoo.access.subject import Subject

WAYS_OUT = frozenset({"look_end", "account_logout"})
PAGES = frozenset(
    {
        "home", "board", "work", "work_answers", "assignment", "batches", "batch", "batch_progress", "task", "picture",
        "batch_questions", "batch_question", "reviews", "review", "record", "skills", "notices", "people", "person", "stuck",
        "organisations", "help", "accessibility", "stored", "elements", "theme", "language", "livez", "healthz", "readyz",
        "metrics",
    }
)  # fmt: skip


class Looks:
    """What writes, leaves as a file or is a person's own alone (their data, tokens, sign-in) is closed to a helper."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, words: Any, named: Any) -> HttpResponse | None:  # noqa: ARG002
        by: Subject | None = getattr(request, "subject", None)
        if by is None or by.helper is None or request.resolver_match is None:
            return None
        name = request.resolver_match.url_name
        if name in WAYS_OUT or (name in PAGES and request.method in {"GET", "HEAD"}):
            return None
        error = Denied(
            _("You look through the eyes of %(name)s, so you can only look, and not at this.") % {"name": by.name},
            _("End it to go on as yourself."),
            permission="people:person:look-along",
        )
        record_denial(by=by, error=error, path=request.path)
        return refusal(request, error)
