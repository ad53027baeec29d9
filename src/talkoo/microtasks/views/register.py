"""What we hold: the register of batches with whose data they are, and holding one back from deletion."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, signed_in
from talkoo.lib import formats
from talkoo.lib.cells import harmless
from talkoo.lib.errors import Denied
from talkoo.microtasks import forms
from talkoo.microtasks.actions.holds import lift_hold, place_hold
from talkoo.microtasks.actions.protection import set_defaults
from talkoo.microtasks.models import Batch, BatchState, Protection, ProtectionDefaults, Says
from talkoo.microtasks.queries.protection import afterwards_words, deletion_day, standing_hold
from talkoo.microtasks.queries.register import SHOWN, access_registered, named, narrowed, registered_batches
from talkoo.people.queries.organisations import access_organisation, seen_organisations

PER_PAGE = 20
SEE, HOLD, DEFAULTS = Permission.REGISTER_SEE, Permission.BATCH_HOLD, Permission.PROTECTION_DEFAULTS


def _may_look(by: Subject) -> None:
    if not organisations_where(by, SEE):
        raise Denied(
            _("You do not keep the register of any organisation."),
            remedy=_("Ask your coordinator, security officer or auditor."),
            permission=SEE.value,
        )


@signed_in
@require_safe
def register(request: Asking) -> HttpResponse:
    _may_look(request.subject)
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "all"
    words = request.GET.get("q", "")
    found = narrowed(registered_batches(request.subject), show, words)
    shown = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "rows": [line(batch) for batch in shown],
        "tabs": _tabs(show),
        "words": words,
        "keep": [("show", show)],
        "places": _defaults(request.subject),
        "hold_places": organisations_where(request.subject, HOLD),
        "emergency_places": organisations_where(request.subject, Permission.EMERGENCY_ASK),
    }
    return render(request, "microtasks/register.html", context)


def _tabs(show: str) -> list[dict[str, Any]]:
    labels = {
        "all": _("All"), "open": _("Running"), "closed": _("Closed"), "held": _("On hold"), "unstated": _("Nothing stated"),
        "erased": _("Deleted"),
    }  # fmt: skip
    return [{"label": labels[key], "href": f"?show={key}", "current": key == show} for key in SHOWN]


def _defaults(by: Subject) -> list[Any]:
    """Organisations whose usual statements this person may write."""
    return (
        list(seen_organisations(by, DEFAULTS).values("code", "name")[:50]) if organisations_where(by, DEFAULTS) else []
    )


def line(batch: Any) -> dict[str, Any]:
    """One batch as the register shows it."""
    stated: Protection = batch.protection if hasattr(batch, "protection") else Protection(batch=batch)
    said = {Says.NONE.value: _("No personal data"), Says.NEEDED.value: _("Personal data is needed")}
    return {
        "batch": named(batch),
        "stated": stated,
        "controller": stated.controller.name if stated.controller else "",
        "basis": stated.get_basis_display() if stated.basis else "",
        "special": stated.get_special_basis_display() if stated.special_basis else "",
        "kept": afterwards_words(stated) if stated.keep_days else "",
        "said": said.get(batch.said, ""),
        "day": deletion_day(batch, stated),
        "held_day": timezone.localdate(batch.held_until - timedelta(seconds=1)) if batch.held_until else None,
        "may_hold": batch.state != BatchState.DRAFT and not stated.erased,
    }


@signed_in
@require_safe
def register_csv(request: Asking) -> StreamingHttpResponse:
    """The whole register, as the list shows it, for a file."""
    _may_look(request.subject)
    lines = _lines(registered_batches(request.subject).iterator(chunk_size=500))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="register-{timezone.localdate().isoformat()}.csv"'
    return response


def _lines(batches: Iterator[Batch]) -> Iterator[str]:
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow(
        [
            _("Code"), _("Batch"), _("Organisation"), _("State"), _("Items"), _("Who answers for the data"), _("Contact"),
            _("What for"), _("Legal basis"), _("Special categories"), _("Personal data"), _("Why it is needed"),
            _("Days kept after closing"), _("What happens then"), _("Closed"), _("Deletion"), _("Deleted"),
            _("On hold until"), _("Why it is held"),
        ]
    )  # fmt: skip
    for batch in batches:
        writer.writerow([harmless(str(value)) for value in _cells(batch)])
        yield held.getvalue()
        held.seek(0)
        held.truncate()
    yield held.getvalue()


def _cells(batch: Any) -> list[Any]:
    """For programs as well: days as ISO 8601 writes them."""
    row = line(batch)
    stated: Protection = row["stated"]
    return [
        batch.code, batch.title, batch.organisation.name, batch.get_state_display(), batch.items_count, row["controller"],
        stated.contact, stated.purpose, row["basis"], row["special"], row["said"], batch.said_because or "",
        stated.keep_days or "", stated.get_afterwards_display() if stated.afterwards else "", _iso(batch.closed),
        row["day"].isoformat() if row["day"] else "", _iso(stated.erased), row["held_day"].isoformat() if row["held_day"] else "", batch.held_because or "",
    ]  # fmt: skip


def _iso(moment: Any) -> str:
    return timezone.localdate(moment).isoformat() if moment else ""


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def hold(request: Asking, code: str) -> HttpResponse:
    """Hold a batch back from deletion, or give the hold that stands another reason and day."""
    batch = access_registered(request.subject, code, HOLD)
    standing = standing_hold(batch)
    initial = {"reason": standing.reason, "until": standing.last_day} if standing else {}
    form = forms.HoldForm(request.POST or None, initial=initial)
    if request.method == "POST" and forms.saved(form, lambda said: place_hold(by=request.subject, code=code, **said)):
        day = formats.day(form.cleaned_data["until"])
        messages.success(request, _("Nothing of it is deleted until %(day)s.") % {"day": day})
        return redirect("register")
    context = {"batch": batch, "form": form, "standing": standing, "trail": _trail()}
    return render(request, "microtasks/hold.html", context, status=422 if form.errors else 200)


@signed_in
@require_POST
def lift(request: Asking, code: str) -> HttpResponse:
    access_registered(request.subject, code, HOLD)
    lift_hold(by=request.subject, code=code)
    messages.success(request, _("The hold is lifted. What is due is deleted with the next daily round."))
    return redirect("register")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def defaults(request: Asking, code: str) -> HttpResponse:
    """What batches of an organisation begin with."""
    organisation = access_organisation(request.subject, code, DEFAULTS)
    usual = ProtectionDefaults.objects.filter(organisation=organisation).first()
    names = ("contact", "purpose", "basis", "keep_days", "afterwards")
    initial = {name: getattr(usual, name) for name in names} if usual else {}
    form = forms.DefaultsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and forms.saved(
        form, lambda said: set_defaults(by=request.subject, organisation=organisation, **said)
    ):
        messages.success(request, _("Saved. New batches of %(name)s begin with it.") % {"name": organisation.name})
        return redirect("register")
    context = {"organisation": organisation, "form": form, "trail": _trail()}
    return render(request, "microtasks/register_defaults.html", context, status=422 if form.errors else 200)


def _trail() -> list[dict[str, str]]:
    return [{"label": _("What we hold"), "href": reverse("register")}]
