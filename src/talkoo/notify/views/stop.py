"""Leaving a mail by its link: a page for people, one click for mail programs (RFC 8058). Nobody need sign in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from talkoo.notify.actions.choosing import stop_mail
from talkoo.notify.kinds import KINDS
from talkoo.notify.queries.letters import stopped_by


@csrf_exempt  # a mail program posts without a page before; the link itself is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """GET changes nothing: programs that look at links in mail must not stop it."""
    _person, kind = stopped_by(token)
    if request.method == "POST":
        stop_mail(token=token)
    shown = {"kind": KINDS[kind] if kind else None, "done": request.method == "POST"}
    return render(request, "notify/stop.html", shown)
