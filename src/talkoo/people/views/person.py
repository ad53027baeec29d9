"""One person, as those who look after their organisation see them."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Invalid, Missing
from talkoo.lib.posted import went_well
from talkoo.people.actions.memberships import end_role, grant_role
from talkoo.people.actions.persons import reactivate_person
from talkoo.people.actions.rescuing import decide_rescue, end_sessions_of, remove_factors
from talkoo.people.forms import RoleForm
from talkoo.people.models import Person, Rescue
from talkoo.people.queries.persons import access_person, history, seen_people


@require_POST
@signed_in
def rescue(request: Asking, code: str) -> HttpResponse:
    """A lost device: end sessions, remove the second factor, or decide on what another administrator asked for."""
    do, by = request.POST.get("do", ""), request.subject
    if do in {"agree", "refuse"}:
        decide_rescue(by=by, code=code, agree=do == "agree")
        messages.success(request, _("Their second factor is removed.") if do == "agree" else _("It is turned down."))
    elif do == "factors":
        waits = remove_factors(by=by, code=code)
        said = (
            _("Another administrator has to agree.") if waits else _("Their second factor is removed; they are told.")
        )
        messages.success(request, said)
    elif do == "sessions":
        end_sessions_of(by=by, code=code)
        messages.success(request, _("They are signed out everywhere, and told."))
    else:
        raise Invalid(_("Nothing was done."), _("Go back and use one of the buttons."))
    return redirect("person", code)


def _page(request: Asking, shown: Person, form: RoleForm) -> HttpResponse:
    context = {
        "shown": shown,
        "history": history(request.subject, shown),
        "form": form,
        "may_edit": bool(organisations_where(request.subject, Permission.MEMBERSHIP_EDIT)),
        "may_administrators": bool(organisations_where(request.subject, Permission.ROLE_ADMINISTRATOR)),
        "may_rescue": bool(organisations_where(request.subject, Permission.ACCOUNT_RESCUE)),
        "rescue": Rescue.objects.filter(person=shown, decided=None).select_related("asked_by").first(),
        "myself": shown.pk == request.subject.person_id,
    }
    context["may_give"] = context["may_edit"] and (context["may_administrators"] or not context["myself"])
    return render(request, "people/person.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def person(request: Asking, code: str) -> HttpResponse:
    shown = access_person(request.subject, code)
    last = history(request.subject, shown).first()
    return _page(request, shown, RoleForm(by=request.subject, initial={"organisation": last and last.organisation}))


@require_POST
@signed_in
def grant(request: Asking, code: str) -> HttpResponse:
    shown, form = access_person(request.subject, code), RoleForm(request.POST, by=request.subject)
    if went_well(form, lambda data: grant_role(by=request.subject, person=shown, **data)):
        messages.success(request, _("%(name)s has the role.") % {"name": shown.name})
        return redirect("person", code)
    return _page(request, shown, form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def end(request: Asking, code: str, number: int) -> HttpResponse:
    shown = access_person(request.subject, code)
    held = history(request.subject, shown).filter(pk=number).first()
    if held is None:
        raise Missing(_("There is no such role."), _("Look at the roles of this person."))
    if request.method == "POST":
        end_role(by=request.subject, membership=held)
        messages.success(request, _("The role has ended."))
        still = seen_people(request.subject).filter(pk=shown.pk).exists()
        return redirect("person", code) if still else redirect("people")
    return render(request, "people/role_end.html", {"shown": shown, "held": held})


@require_POST
@signed_in
def reopen(request: Asking, code: str) -> HttpResponse:
    shown = access_person(request.subject, code)
    reactivate_person(by=request.subject, person=shown)
    messages.success(request, _("The account of %(name)s is open again.") % {"name": shown.name})
    return redirect("person", code)
