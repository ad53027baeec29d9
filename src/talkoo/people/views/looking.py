"""Looking through somebody's eyes: allowed by them, begun by a helper, ended by either."""

from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.access.visiting import LOOK
from talkoo.lib.posted import went_well
from talkoo.people.actions.looking import allow_looking, begin_looking, stop_looking
from talkoo.people.forms.security import CodeForm
from talkoo.people.queries.looking import my_lookings
from talkoo.people.queries.persons import access_person

SHOWN = 10


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def allow(request: Asking) -> HttpResponse:
    """A person's own page: a code to read out, who looked and when, and the end of it."""
    code = ""
    if request.method == "POST":
        if "stop" in request.POST:
            stop_looking(by=request.subject)
            messages.success(request, _("It is over. Nobody looks through your eyes."))
            return redirect("look_along")
        code = allow_looking(by=request.subject)
    found = list(my_lookings(request.subject)[:SHOWN])
    now = next((each for each in found if each.ended is None and not each.over), None)
    return render(request, "people/look_along.html", {"code": code, "now": now, "found": found})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request: Asking, code: str) -> HttpResponse:
    """A helper types what the person read out."""
    shown, form = access_person(request.subject, code), CodeForm(request.POST or None)
    care(request.subject, Permission.LOOK_ALONG)
    if request.method == "POST" and not ratelimit.consume(request, action="look_along", user=request.user):
        form.add_error("said", _("That was tried too often. Wait a minute, then try again."))
    elif request.method == "POST" and went_well(form, lambda data: _begin(request, code, data["said"])):
        return redirect("home")
    return render(request, "people/look_begin.html", {"shown": shown, "form": form}, status=422 if form.errors else 200)


def _begin(request: Asking, code: str, said: str) -> None:
    request.session[LOOK] = begin_looking(by=request.subject, code=code, said=said).code


@require_POST
@signed_in
def end(request: Asking) -> HttpResponse:
    """The helper goes back to their own eyes."""
    if request.subject.helper is not None:
        stop_looking(by=request.subject)
    request.session.pop(LOOK, None)
    messages.success(request, _("You look through your own eyes again."))
    return redirect("home")
