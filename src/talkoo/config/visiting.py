"""Where guests may go: the pages of the one batch they were invited to, their own data, and out. Everything else is missing
to them, whatever it is: this list is read before any page is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.config.refusals import refusal
from talkoo.lib.errors import Missing

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


def closed(request: HttpRequest, by: Subject, name: str) -> HttpResponse | None:
    """Where a guest is sent instead, or told that nothing is there; None where they may go."""
    if by.visit is None or name in ALWAYS or (name in AGREED and by.visit.agreed):
        return None
    if name in TO_THEIR_OWN or name in AGREED:
        return redirect("guest_home" if by.visit.agreed else "guest_terms")
    return refusal(request, Missing(_("There is nothing here for guests."), _("Go back to your work.")))
