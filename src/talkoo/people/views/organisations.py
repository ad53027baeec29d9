"""The tree of organisations, for those who look after it."""

from zlib import crc32

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import went_well
from talkoo.lib.theme import look_of, organisation_sheet
from talkoo.people.actions.organisations import (
    add_organisation,
    edit_organisation,
    end_organisation,
    move_organisation,
)
from talkoo.people.checks import check_colour
from talkoo.people.forms.tree import DayForm, EndForm, LevelsForm, MoveForm, OrganisationForm, SettingsForm
from talkoo.people.queries.organisations import access_organisation, branches, ended_organisations
from talkoo.people.queries.plans import coming_plans, expected_tree, first_day, tree_on
from talkoo.people.queries.reshaping import in_order, seen_of
from talkoo.people.queries.themes import themed_organisation

EDIT = Permission.ORGANISATION_EDIT


@require_safe
@signed_in
def organisations(request: Asking) -> HttpResponse:
    care(request.subject, EDIT)
    context = {"branches": branches(request.subject, EDIT), "ended": ended_organisations(request.subject, EDIT)[:50]}
    context["coming"] = coming_plans(request.subject)
    return render(request, "people/organisations.html", context)


@require_safe
@signed_in
def on_a_day(request: Asking) -> HttpResponse:
    """The tree with the names and places of a day, past or to come; of today where the day cannot be read."""
    reach = care(request.subject, EDIT)
    form = DayForm(request.GET if "day" in request.GET else None, initial={"day": first_day()})
    day = form.cleaned_data["day"] if form.is_valid() else first_day()
    tree = expected_tree(day) if day > first_day() else tree_on(day)
    context = {"form": form, "day": day, "nodes": in_order(seen_of(tree, reach))}
    return render(request, "people/organisations_on.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: Asking) -> HttpResponse:
    care(request.subject, EDIT)
    form = OrganisationForm(request.POST or None, by=request.subject, initial={"parent": request.GET.get("below")})
    if request.method == "POST" and went_well(form, lambda data: add_organisation(by=request.subject, **data)):
        messages.success(request, _("%(name)s was added.") % form.cleaned_data)
        return redirect("organisations")
    context = {"form": form, "heading": _("Add an organisation"), "verb": _("Add the organisation")}
    return render(request, "people/organisation_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def settings(request: Asking, code: str) -> HttpResponse:
    """Name, kind and colour; the colour can be looked at before it is kept."""
    organisation = access_organisation(request.subject, code, EDIT)
    now = {"name": organisation.name, "kind": organisation.kind, "colour": organisation.colour}
    now |= {f"level_{at}": name for at, name in enumerate(organisation.levels)}
    form = LevelsForm(request.POST or None, initial=now)
    tried = _tried(form) if request.POST.get("do") == "look" else None
    if (
        tried is None
        and request.method == "POST"
        and went_well(
            form, lambda _data: edit_organisation(by=request.subject, organisation=organisation, **form.said())
        )
    ):
        messages.success(request, _("The settings of %(name)s are kept.") % form.cleaned_data)
        return redirect("organisation_settings", code)
    colour = now["colour"] if tried is None else tried
    context = {"form": form, "organisation": organisation, "look": look_of(colour) if colour else None, "tried": tried}
    return render(request, "people/organisation_settings.html", context, status=422 if form.errors else 200)


def _tried(form: SettingsForm) -> str:
    """The colour in the form, to be shown and not kept; empty where it is none, which then stands at the field."""
    found: list[str] = []
    went_well(form, lambda data: found.append(check_colour(data["colour"])))
    return found[0] if found else ""


@require_safe
@signed_in
def theme(request: Asking, code: str) -> HttpResponseBase:
    """The style sheet of an organisation's colour. Kept by the browser for an hour, then asked for by its tag."""
    colour = themed_organisation(request.subject, code).colour
    content = organisation_sheet(colour)
    tag = quote_etag(f"{crc32(content.encode()):08x}")
    response = HttpResponse(content, content_type="text/css; charset=utf-8")
    response = get_conditional_response(request, etag=tag, response=response) or response
    response.headers["ETag"] = tag
    patch_cache_control(response, private=True, max_age=3600)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def move(request: Asking, code: str) -> HttpResponse:
    organisation = access_organisation(request.subject, code, EDIT)
    form = MoveForm(request.POST or None, by=request.subject, organisation=organisation)
    if request.method == "POST" and went_well(
        form, lambda data: move_organisation(by=request.subject, organisation=organisation, **data)
    ):
        messages.success(request, _("%(name)s moves, with everything below it.") % {"name": organisation.name})
        return redirect("organisations")
    heading = _("Move %(name)s") % {"name": organisation.name}
    lead = _("Everything below it moves with it. People keep their roles; work it started keeps its name.")
    context = {"form": form, "heading": heading, "lead": lead, "verb": _("Move")}
    return render(request, "people/organisation_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def end(request: Asking, code: str) -> HttpResponse:
    organisation = access_organisation(request.subject, code, EDIT)
    form = EndForm(request.POST or None, by=request.subject, organisation=organisation)
    if request.method == "POST" and went_well(
        form, lambda data: end_organisation(by=request.subject, organisation=organisation, **data)
    ):
        messages.success(request, _("%(name)s ends.") % {"name": organisation.name})
        return redirect("organisations")
    heading = _("End %(name)s") % {"name": organisation.name}
    lead = _(
        "Its people with every role they hold there, open invitations and what stands below it go to the organisation that follows it. To choose which roles go along, plan a reorganisation."
    )
    context = {"form": form, "heading": heading, "lead": lead, "verb": _("End the organisation"), "danger": True}
    return render(request, "people/organisation_form.html", context, status=422 if form.errors else 200)
