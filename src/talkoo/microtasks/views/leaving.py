"""Leaving, moving, handing over: what will happen is shown before the button."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talkoo.access.views import Asking, signed_in
from talkoo.lib.posted import went_well
from talkoo.microtasks.actions.handing_over import hand_over_batch, let_go, move_with_work
from talkoo.microtasks.queries.held import batch_in_care, held_by, who_could_take_over
from talkoo.people.forms import HandOverForm, LeaveForm, MovePersonForm
from talkoo.people.models import Person
from talkoo.people.queries.persons import access_person, history


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def leave(request: Asking, code: str) -> HttpResponse:
    """What somebody holds, who takes it over, and the button."""
    by, shown = request.subject, access_person(request.subject, code)
    form = LeaveForm(request.POST or None)
    if request.method == "POST" and went_well(
        form, lambda data: let_go(by=by, person=shown, to=data["to"], for_good=data["way"] == "good")
    ):
        messages.success(request, _("The account of %(name)s is closed.") % {"name": shown.name})
        return redirect("person", code)
    return _page(request, "person_leave", form, shown)


def _page(request: Asking, name: str, form: Any, shown: Person, **more: Any) -> HttpResponse:
    context = {"shown": shown, "form": form, "held": held_by(request.subject, shown), **more}
    context["heirs"] = who_could_take_over(request.subject, shown)
    return render(request, f"microtasks/{name}.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def move(request: Asking, code: str) -> HttpResponse:
    """First where to and when, then what that means, then yes."""
    by, shown = request.subject, access_person(request.subject, code)
    held = [each for each in history(by, shown) if each.ends is None or each.ends > timezone.localdate()]
    form = MovePersonForm(request.POST or None, by=by, places={each.organisation_id for each in held})
    if request.method != "POST" or not form.is_valid():
        return _page(request, "person_move", form, shown, places=held)
    asked = {**form.cleaned_data, "along": form.cleaned_data["along"] == "all"}
    if "sure" not in request.POST:
        ending = [each for each in held if each.organisation_id == asked["source"].pk]
        return _page(request, "person_move_check", form, shown, asked=asked, ending=ending)
    if went_well(form, lambda _data: move_with_work(by=by, person=shown, **asked)):
        words = {"name": shown.name, "organisation": asked["target"].name}
        messages.success(request, _("%(name)s moves to %(organisation)s.") % words)
        return redirect("person", code)
    return _page(request, "person_move", form, shown, places=held)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def hand_over(request: Asking, code: str) -> HttpResponse:
    """A batch that nobody here owns gets an owner."""
    batch, form = batch_in_care(request.subject, code), HandOverForm(request.POST or None)
    if request.method == "POST" and went_well(
        form, lambda data: hand_over_batch(by=request.subject, code=code, to=data["to"])
    ):
        messages.success(request, _("“%(title)s” has an owner again.") % {"title": batch.title})
        return redirect("stuck")
    context = {"batch": batch, "form": form, "heirs": who_could_take_over(request.subject)}
    return render(request, "microtasks/batch_hand_over.html", context, status=422 if form.errors else 200)
