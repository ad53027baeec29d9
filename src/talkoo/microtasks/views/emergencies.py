"""Emergencies: asking for one, and the list where they are agreed to, turned down and ended."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import went_well
from talkoo.microtasks.actions.emergencies import ask_in_emergency, decide_emergency, end_emergency
from talkoo.microtasks.forms_for_others import EmergencyForm
from talkoo.microtasks.models import Emergency
from talkoo.microtasks.queries.emergencies import AGREE, ASK, access_endangered, seen_emergencies

PAGE = 20


@signed_in
@require_safe
def overview(request: Asking) -> HttpResponse:
    """What waits, what is on, what was: for those who ask and agree, and for the owners and auditors who are told."""
    seen = seen_emergencies(request.subject)
    if not organisations_where(request.subject, Permission.AUDIT_SEE) and not seen.exists():
        care(request.subject, ASK)
    page = Paginator(seen, PAGE).get_page(request.GET.get("page"))
    agreeing = organisations_where(request.subject, AGREE)
    rows = [_row(request.subject, each, each.batch.organisation_id in agreeing) for each in page]
    return render(request, "microtasks/emergencies.html", {"page": page, "rows": rows})


def _row(by: Subject, found: Emergency, agreeing: bool) -> dict[str, Any]:
    """One emergency with what this person may do about it: who is told of it only reads."""
    own = found.asked_by_id == by.person_id
    ends = (found.on and (own or agreeing)) or (found.waits and own)
    return {"found": found, "own": own, "decides": found.waits and agreeing, "ends": ends}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Asking, code: str) -> HttpResponse:
    batch = access_endangered(request.subject, code)
    form: forms.Form = EmergencyForm(request.POST or None)
    if request.method == "POST" and went_well(
        form, lambda data: ask_in_emergency(by=request.subject, code=code, **data)
    ):
        messages.success(request, _("Asked. Somebody else has to agree; they are told now."))
        return redirect("emergencies")
    trail = [{"label": _("What we hold"), "href": reverse("register")}]
    context = {"batch": batch, "form": form, "trail": trail}
    return render(request, "microtasks/emergency_ask.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def decide(request: Asking, code: str) -> HttpResponse:
    agree = request.POST.get("do") == "agree"
    decide_emergency(by=request.subject, code=code, agree=agree)
    messages.success(request, _("It is on. Owners and auditors are told.") if agree else _("It is turned down."))
    return redirect("emergencies")


@signed_in
@require_POST
def end(request: Asking, code: str) -> HttpResponse:
    end_emergency(by=request.subject, code=code)
    messages.success(request, _("It has ended."))
    return redirect("home")
