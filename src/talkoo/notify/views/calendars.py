"""The calendar of what somebody promised: its address, and the feed that programs read there."""

import hashlib

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.lib.languages import speaking
from talkoo.notify.actions.calendars import read_feed, renew_feed, revoke_feed
from talkoo.notify.queries.calendars import access_feed, calendar, my_feed


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def address(request: Asking) -> HttpResponse:
    """POST gives a new address; it stands on the page that answers, and nowhere afterwards."""
    shown = {"href": ""}
    if request.method == "POST":
        token = renew_feed(by=request.subject)
        shown["href"] = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
    return render(request, "notify/calendar.html", {**shown, "feed": my_feed(request.subject)})


@require_POST
@signed_in
def revoke(request: Asking) -> HttpResponse:
    revoke_feed(by=request.subject)
    messages.success(request, _("The address of your calendar has stopped."))
    return redirect("calendar")


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar program reads; it asks again and again, so what did not change is not sent again (304)."""
    with speaking(access_feed(token).person.language):
        body = calendar(read_feed(token=token))
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    response["Content-Disposition"] = 'inline; filename="talkoo.ics"'
    return get_conditional_response(request, etag=etag, response=response) or response
