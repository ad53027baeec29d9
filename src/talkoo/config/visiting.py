"""Where guests may go: the pages of the one batch they were invited to, their own data, and out. Everything else is missing
to them, whatever it is: this list is read before any page is."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from talkoo.config.refusals import refusal
from talkoo.lib.errors import Missing

if TYPE_CHECKING:
    from talkoo.access.subject import Subject

ALWAYS = frozenset(
    {
        "guest_ask", "guest_enter", "guest_terms", "account_logout", "help", "accessibility", "stored", "invitation",
        "notices_stop", "livez", "healthz", "readyz", "metrics",
    }
)  # fmt: skip
AGREED = frozenset(
    {
        "guest_home", "work", "work_answers", "work_aside", "practice", "practice_item", "assignment", "assignment_draft",
        "assignment_renew", "assignment_skip", "assignment_aside", "assignment_question", "assignment_problem", "picture",
        "my_data", "my_data_file", "language", "keys",
    }
)  # fmt: skip
TO_THEIR_OWN = frozenset({"home", "board", "account_login"})


class Visits:
    """Asked of every page; the permissions and the rules are asked besides, by the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, words: Any, named: Any) -> HttpResponse | None:  # noqa: ARG002
        by: Subject | None = getattr(request, "subject", None)
        if by is None or by.visit is None or request.resolver_match is None:
            return None
        name = request.resolver_match.url_name
        if name in ALWAYS or (name in AGREED and by.visit.agreed):
            return None
        if name in TO_THEIR_OWN or name in AGREED:
            return redirect("guest_home" if by.visit.agreed else "guest_terms")
        return refusal(request, Missing(_("There is nothing here for guests."), _("Go back to your work.")))
