"""The page of people: who is in the organisations in one's care, who was invited."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import asked, site, went_well
from talkoo.people.actions.invitations import invite_person, resend_invitation, withdraw_invitation
from talkoo.people.forms import InviteForm, ManyForm
from talkoo.people.models import Organisation
from talkoo.people.queries.members import SORTS, STATES, Asked, counts, page_of
from talkoo.people.queries.organisations import below, chosen_organisation, seen_organisations
from talkoo.people.queries.persons import access_invitation, pending_invitations

INVITATIONS = 8
KEPT = ("q", "organisation", "role", "state", "sort")


def list_asked(request: Asking, reach: frozenset[int], chosen: Organisation | None) -> Asked:
    """What the address asks the list for."""
    shown = below(chosen) & reach if chosen else reach
    words, role, state, sort, after, before = (
        asked(request, name) for name in ("q", "role", "state", "sort", "after", "before")
    )
    return Asked(shown, words, role, state, sort, after, before)


@require_safe
@signed_in
def people(request: Asking) -> HttpResponse:
    by = request.subject
    reach = care(by, Permission.PEOPLE_SEE)
    organisations = list(seen_organisations(by, Permission.PEOPLE_SEE))
    chosen = chosen_organisation(organisations, asked(request, "organisation"))
    wanted = list_asked(request, reach, chosen)
    home = next((each for each in organisations if each.pk == by.organisation_id), None)
    place = {"organisation": chosen or home}
    numbers = counts(wanted.organisations)
    kept = [(name, value) for name, value in request.GET.items() if name in KEPT and value]
    context = {
        "page": page_of(wanted, reach),
        "asked": wanted,
        "open": Paginator(pending_invitations(wanted.organisations), INVITATIONS).get_page(request.GET.get("open")),
        "form": InviteForm(by=by, shown=organisations, initial=place),
        "many": ManyForm(by=by, shown=organisations, initial=place),
        "decides": bool(organisations_where(by, Permission.ARRANGEMENT_DECIDE)),
        "may_edit": bool(organisations_where(by, Permission.MEMBERSHIP_EDIT)),
        "organisations": organisations,
        "chosen": chosen,
        "roles": Role.choices,
        "states": [(name, word, numbers[name]) for name, (word, _of) in STATES.items()],
        "sorts": [(name, word) for name, (word, _field) in SORTS.items()],
        "kept_query": f"?{urlencode(kept)}",
    }
    return render(request, "people/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def invite(request: Asking) -> HttpResponse:
    care(request.subject, Permission.PEOPLE_INVITE)
    form = InviteForm(request.POST or None, by=request.subject)
    if request.method == "POST" and went_well(
        form, lambda data: invite_person(by=request.subject, site=site(request), **data)
    ):
        messages.success(request, _("An invitation goes to %(email)s.") % {"email": form.cleaned_data["email"]})
        return redirect("people")
    return render(request, "people/invite.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@signed_in
def resend(request: Asking, number: int) -> HttpResponse:
    invitation = access_invitation(request.subject, number)
    resend_invitation(by=request.subject, invitation=invitation, site=site(request))
    messages.success(request, _("A new link goes to %(email)s; the old one stops.") % {"email": invitation.email})
    return redirect("stuck" if request.POST.get("next") == "stuck" else "people")


@require_POST
@signed_in
def withdraw(request: Asking, number: int) -> HttpResponse:
    invitation = access_invitation(request.subject, number)
    withdraw_invitation(by=request.subject, invitation=invitation)
    messages.success(request, _("The invitation of %(email)s was withdrawn.") % {"email": invitation.email})
    return redirect("people")
