"""Merging: what would happen is counted before the button."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.errors import Missing
from talkoo.lib.posted import asked, went_well
from talkoo.microtasks.actions.merging import merge_people, merge_skills
from talkoo.microtasks.queries.merging import carried, skill_use, skills_resource
from talkoo.people.forms import MergePeopleForm, MergeSkillForm
from talkoo.people.models import Person
from talkoo.people.queries.persons import access_person, seen_people
from talkoo.people.queries.skills import skills_in_use, standing_skills

ON_A_PAGE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def merge_person(request: Asking, code: str) -> HttpResponse:
    """The other account of this person, which of the two stays, what is carried over, and yes."""
    by = request.subject
    shown = access_person(by, code)
    care(by, Permission.ROLE_ADMINISTRATOR)
    form = MergePeopleForm(request.POST or None)
    context: dict[str, Any] = {"shown": shown, "form": form}
    if request.method == "POST" and form.is_valid():
        other = seen_people(by).filter(email__iexact=form.cleaned_data["email"]).first()
        if other is None or other.pk == shown.pk:
            form.add_error("email", _("No other person in your care has this address."))
        else:
            stays, goes = (shown, other) if form.cleaned_data["stays"] == "this" else (other, shown)
            if "sure" in request.POST and went_well(form, lambda _data: merge_people(by=by, stays=stays, goes=goes)):
                messages.success(request, _("%(name)s is one person again.") % {"name": stays.name})
                return redirect("person", stays.code)
            context |= _preview(stays, goes)
    return render(request, "microtasks/person_merge.html", context, status=422 if form.errors else 200)


def _preview(stays: Person, goes: Person) -> dict[str, Any]:
    return {"stays": stays, "goes": goes, "carried": carried(stays, goes)}


@require_safe
@signed_in
def skills(request: Asking) -> HttpResponse:
    """All skills of the house, for those who look after them."""
    authorise(request.subject, Permission.SKILL_EDIT, on=skills_resource(request.subject))
    words = asked(request, "q")
    page = Paginator(skills_in_use(words), ON_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "microtasks/skills_all.html", {"page": page, "words": words})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def merge_skill(request: Asking, code: str) -> HttpResponse:
    """Into which other skill, what that changes, and yes."""
    authorise(request.subject, Permission.SKILL_EDIT, on=skills_resource(request.subject))
    skill = standing_skills().filter(code=code).first()
    if skill is None:
        raise Missing(_("There is no such skill."), _("Look at the list of skills."))
    form = MergeSkillForm(request.POST or None, skill=skill)
    context: dict[str, Any] = {"skill": skill, "form": form}
    if request.method == "POST" and form.is_valid():
        into = form.cleaned_data["into"]
        if "sure" in request.POST and went_well(
            form, lambda _data: merge_skills(by=request.subject, skill=skill, into=into)
        ):
            messages.success(request, _("“%(old)s” is “%(new)s” now.") % {"old": skill.name, "new": into.name})
            return redirect("skills_all")
        context |= {"into": into, "use": skill_use(skill)}
    return render(request, "microtasks/skill_merge.html", context, status=422 if form.errors else 200)
