"""Who looks through somebody else's eyes only looks: at these pages, and by no form. Asked before any page is; the rules
(`impersonator-…`) refuse the same once more, page by page."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.audit.actions import record_denial
from talkoo.config.refusals import refusal
from talkoo.lib.errors import Denied

WAYS_OUT = frozenset({"look_end", "account_logout"})
PAGES = frozenset(
    {
        "home", "board", "work", "work_answers", "assignment", "batches", "batch", "batch_progress", "task", "picture",
        "batch_questions", "batch_question", "reviews", "review", "record", "skills", "notices", "people", "person", "stuck",
        "organisations", "help", "accessibility", "stored", "elements", "theme", "language", "livez", "healthz", "readyz",
        "metrics",
    }
)  # fmt: skip


def closed(request: HttpRequest, by: Subject, name: str) -> HttpResponse | None:
    """The refusal where a helper may not go: what writes, leaves as a file or is a person's own alone (data, tokens, sign-in)."""
    if by.helper is None or name in WAYS_OUT or (name in PAGES and request.method in {"GET", "HEAD"}):
        return None
    error = Denied(
        _("You look through the eyes of %(name)s, so you can only look, and not at this.") % {"name": by.name},
        _("End it to go on as yourself."),
        permission="people:person:look-along",
    )
    record_denial(by=by, error=error, path=request.path)
    return refusal(request, error)
