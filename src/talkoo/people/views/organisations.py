"""The tree of organisations, for those who look after it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import went_well
from talkoo.people.actions.organisations import (
    add_organisation,
    end_organisation,
    move_organisation,
    rename_organisation,
)
from talkoo.people.forms import EndForm, MoveForm, OrganisationForm, RenameForm
from talkoo.people.queries.organisations import access_organisation, branches, ended_organisations

EDIT = Permission.ORGANISATION_EDIT


@require_safe
@signed_in
def organisations(request: Asking) -> HttpResponse:
    care(request.subject, EDIT)
    context = {"branches": branches(request.subject, EDIT), "ended": ended_organisations(request.subject, EDIT)[:50]}
    return render(request, "people/organisations.html", context)


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
def rename(request: Asking, code: str) -> HttpResponse:
    organisation = access_organisation(request.subject, code, EDIT)
    form = RenameForm(request.POST or None, initial={"name": organisation.name})
    if request.method == "POST" and went_well(
        form, lambda data: rename_organisation(by=request.subject, organisation=organisation, **data)
    ):
        messages.success(request, _("It is called %(name)s now.") % form.cleaned_data)
        return redirect("organisations")
    heading = _("Rename %(name)s") % {"name": organisation.name}
    context = {"form": form, "heading": heading, "verb": _("Rename")}
    return render(request, "people/organisation_form.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def move(request: Asking, code: str) -> HttpResponse:
    organisation = access_organisation(request.subject, code, EDIT)
    form = MoveForm(request.POST or None, by=request.subject)
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
    form = EndForm(request.POST or None, by=request.subject)
    if request.method == "POST" and went_well(
        form, lambda data: end_organisation(by=request.subject, organisation=organisation, **data)
    ):
        messages.success(request, _("%(name)s ends.") % {"name": organisation.name})
        return redirect("organisations")
    heading = _("End %(name)s") % {"name": organisation.name}
    lead = _("Its people, open invitations and what stands below it go to the organisation that follows it.")
    context = {"form": form, "heading": heading, "lead": lead, "verb": _("End the organisation"), "danger": True}
    return render(request, "people/organisation_form.html", context, status=422 if form.errors else 200)
