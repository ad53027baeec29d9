"""Where I am signed in: each place can be ended, and all others at once."""

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from talkoo.access.actions.sessions import end_other_sessions, end_session
from talkoo.access.queries.sessions import my_sessions
from talkoo.access.sign_ins import SignIn
from talkoo.access.views import Asking, signed_in


def _here(request: Asking) -> str:
    sign_in = SignIn.read(request.session)
    return sign_in.code if sign_in else ""


@require_safe
@signed_in
@never_cache
def places(request: Asking) -> HttpResponse:
    return render(request, "access/sessions.html", {"places": my_sessions(request.subject, _here(request))})


@require_POST
@signed_in
def end(request: Asking, code: str) -> HttpResponse:
    """End one. The one that asks is an ordinary sign-out, at the organisation's provider too."""
    if code and code == _here(request):
        adapter = get_adapter(request)
        href = adapter.get_logout_redirect_url(request)
        adapter.logout(request)
        return redirect(href)
    end_session(by=request.subject, code=code)
    messages.success(request, _("You are signed out there."))
    return redirect("places")


@require_POST
@signed_in
def end_others(request: Asking) -> HttpResponse:
    count = end_other_sessions(by=request.subject, but=_here(request))
    words = ngettext(
        "You are signed out in %(count)d other place.", "You are signed out in %(count)d other places.", count
    )
    messages.success(request, words % {"count": count} if count else _("You were signed in nowhere else."))
    return redirect("places")
