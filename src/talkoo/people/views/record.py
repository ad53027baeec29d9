"""My record: what I say of myself, my skills, where I belong, how I sign in."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.lib.formats import sample
from talkoo.lib.languages import asked_for
from talkoo.lib.posted import asked, went_well
from talkoo.people.actions.persons import choose_language, edit_profile, end_my_sessions, switch_keys
from talkoo.people.actions.skills import state_skills
from talkoo.people.forms import LanguageForm, ProfileForm, SkillsForm
from talkoo.people.models import Person, SkillLevel
from talkoo.people.queries.persons import my_memberships
from talkoo.people.queries.skills import categories, found_skills, my_skills, with_statements

ON_A_PAGE = 20


def _page(request: Asking, form: ProfileForm | None = None) -> HttpResponse:
    me = Person.objects.get(pk=request.subject.person_id)
    context = {
        "me": me,
        "form": form or ProfileForm(initial={"name": me.name, "title": me.title}),
        "mine": my_skills(request.subject),
        "held": my_memberships(request.subject),
        "my_language": dict(settings.LANGUAGES)[get_language() or settings.LANGUAGE_CODE],
        "my_sample": sample(me.formats),
        "second_factor": me.authenticator_set.filter(type="totp").exists(),
    }
    return render(request, "people/record.html", context, status=422 if form else 200)


@require_safe
@signed_in
def record(request: Asking) -> HttpResponse:
    return _page(request)


@require_POST
@signed_in
def profile(request: Asking) -> HttpResponse:
    form = ProfileForm(request.POST)
    if went_well(form, lambda data: edit_profile(by=request.subject, **data)):
        messages.success(request, _("Saved."))
        return redirect("record")
    return _page(request, form)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def language(request: Asking) -> HttpResponse:
    me = Person.objects.get(pk=request.subject.person_id)
    form = LanguageForm(request.POST or None, initial={"language": me.language, "formats": me.formats})
    if request.method == "POST" and went_well(form, lambda data: choose_language(by=request.subject, **data)):
        chosen = form.cleaned_data["language"] or asked_for(request.headers.get("Accept-Language", ""))
        with override(chosen):
            messages.success(request, _("Saved."))
        return redirect("language")
    context = {"form": form, "zone": request.subject.time_zone or settings.TIME_ZONE}
    return render(request, "people/language.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def keys(request: Asking) -> HttpResponse:
    off = "on" not in request.POST
    switch_keys(by=request.subject, off=off)
    messages.success(request, _("Keys are off.") if off else _("Keys are on."))
    return redirect("record")


@require_POST
@signed_in
def sessions(request: Asking) -> HttpResponse:
    end_my_sessions(by=request.subject)
    logout(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("account_login")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def skills(request: Asking) -> HttpResponse:
    words, category = asked(request, "q"), asked(request, "category")
    page = Paginator(found_skills(words, category), ON_A_PAGE).get_page(request.GET.get("page"))
    form = SkillsForm(request.POST or None, skills=list(page))
    if request.method == "POST" and went_well(
        form, lambda _data: state_skills(by=request.subject, statements=form.statements())
    ):
        messages.success(request, _("Saved."))
        return redirect(request.get_full_path())
    context = {"page": page, "form": form, "stated": with_statements(request.subject, list(page)), "words": words}
    context |= {"categories": categories(), "category": category, "levels": SkillLevel.choices}
    return render(request, "people/skills.html", context, status=422 if form.errors else 200)
