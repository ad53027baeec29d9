"""Webhooks: those of one's organisations, one of them with its delivery log, and what may be done with it."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.notify.actions.webhooks import (
    register_webhook,
    remove_webhook,
    resend_delivery,
    rotate_secret,
    switch_webhook,
)
from talkoo.notify.events import EVENTS
from talkoo.notify.forms import WebhookForm
from talkoo.notify.models import Endpoint
from talkoo.notify.queries.webhooks import access_endpoint, deliveries, organisations, seen_endpoints
from talkoo.notify.views.posted import went_well

ON_A_PAGE = 15


@require_safe
@signed_in
def webhooks(request: Asking) -> HttpResponse:
    names = dict(organisations(request.subject))
    rows = [
        {"endpoint": each, "where": names.get(each.organisation_id, "")} for each in seen_endpoints(request.subject)
    ]
    return render(request, "notify/webhooks.html", {"rows": rows})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new(request: Asking) -> HttpResponse:
    """The secret is on the page that answers, and nowhere afterwards."""
    form, made = (
        WebhookForm(request.POST or None, organisations=organisations(request.subject)),
        list[tuple[Endpoint, str]](),
    )
    if request.method == "POST" and went_well(
        form, lambda: made.append(register_webhook(by=request.subject, **form.cleaned_data))
    ):
        return _told(request, *made[0])
    return render(request, "notify/webhook_new.html", {"form": form}, status=422 if form.errors else 200)


def _told(request: Asking, endpoint: Endpoint, secret: str) -> HttpResponse:
    return render(request, "notify/webhook_secret.html", {"endpoint": endpoint, "secret": secret})


@require_safe
@signed_in
def webhook(request: Asking, code: str) -> HttpResponse:
    endpoint = access_endpoint(request.subject, code)
    names = dict(organisations(request.subject))
    context = {
        "endpoint": endpoint,
        "where": names.get(endpoint.organisation_id, ""),
        "hears": [EVENTS[event].label for event in endpoint.events if event in EVENTS],
        "page": Paginator(deliveries(endpoint), ON_A_PAGE).get_page(request.GET.get("page")),
    }
    return render(request, "notify/webhook.html", context)


@never_cache
@require_POST
@signed_in
def secret(request: Asking, code: str) -> HttpResponse:
    return _told(request, *rotate_secret(by=request.subject, code=code))


@require_POST
@signed_in
def switch(request: Asking, code: str) -> HttpResponse:
    on = "on" in request.POST
    switch_webhook(by=request.subject, code=code, on=on)
    messages.success(request, _("The webhook is on.") if on else _("The webhook is off."))
    return redirect("webhook", code)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def remove(request: Asking, code: str) -> HttpResponse:
    endpoint = access_endpoint(request.subject, code)
    if request.method == "POST":
        remove_webhook(by=request.subject, code=code)
        messages.success(request, _("The webhook was removed."))
        return redirect("webhooks")
    return render(request, "notify/webhook_remove.html", {"endpoint": endpoint})


@require_POST
@signed_in
def resend(request: Asking, code: str, number: int) -> HttpResponse:
    resend_delivery(by=request.subject, code=code, number=number)
    messages.success(request, _("It is sent again within a minute."))
    return redirect("webhook", code)
