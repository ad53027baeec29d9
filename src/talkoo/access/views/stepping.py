"""Proving more in the middle of something: asks for what is missing and leads back."""

from typing import Any

from allauth.account.forms import ReauthenticateForm as PasswordForm
from allauth.account.internal.flows.login import record_authentication
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.account.utils import get_next_redirect_url
from allauth.core import ratelimit
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth
from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.context import ONE_CLICK, Assurance
from talkoo.access.forms import CodeAgainForm, OneClickForm
from talkoo.access.sign_ins import SignIn
from talkoo.access.signing import agent, given_last, proved_more
from talkoo.access.stepping import (
    AGAIN,
    KEPT,
    NEEDS,
    SECURITY_KEY,
    is_met,
    organisation_href,
    step_up_href,
    ways_of,
)
from talkoo.access.views import Asking, signed_in

FORMS: dict[str, Any] = {
    "password": PasswordForm,
    "code": CodeAgainForm,
    "passkey": ReauthenticateWebAuthnForm,
    ONE_CLICK: OneClickForm,
}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@never_cache
def step_up(request: Asking) -> HttpResponse:
    """GET: what is missing and how it can be given. POST: one way of giving it; then back to where somebody was."""
    asked = request.POST.get("need") or request.GET.get("need")
    need = asked if asked in NEEDS else AGAIN
    way = request.POST.get("way", "")
    ways = _ways(request, need)
    form = FORMS[way](request.POST, user=request.user) if request.method == "POST" and way in ways else None
    if form is not None and _accepted(request, way, form):
        if is_met(need, given_last(request), SignIn.read(request.session)):
            return redirect(get_next_redirect_url(request) or "/")
        ways, form = _ways(request, need), None
    return _page(request, need, ways, form)


def _ways(request: Asking, need: str) -> list[str]:
    """What can be given for it; somebody of a demonstration has no app and no password to give."""
    sign_in = SignIn.read(request.session)
    one_click = settings.DEMO and sign_in is not None and ONE_CLICK in sign_in.methods and need != SECURITY_KEY
    return [*([ONE_CLICK] if one_click else []), *ways_of(_person(request), need, _level(request))]


def _person(request: Asking) -> Any:
    return get_user_model().objects.get(pk=request.subject.person_id)


def _level(request: Asking) -> Assurance:
    sign_in = SignIn.read(request.session)
    return sign_in.assurance if sign_in else Assurance.ONE


def _accepted(request: Asking, way: str, form: forms.Form) -> bool:
    """Whether the proof holds; it is noted, and the session goes on under a new key."""
    if not ratelimit.consume(request, action="reauthenticate", user=request.user):
        form.add_error(None, _("That was tried too often. Wait a minute, then try again."))
        return False
    if not form.is_valid():
        return False
    if way == "password":
        reauthenticate_by_password(request)
    elif way == ONE_CLICK:
        record_authentication(request, _person(request), ONE_CLICK, assurance=int(Assurance.TWO), reauthenticated=True)
    else:
        form.save()  # type: ignore[attr-defined]
    proved_more(request)
    return True


def _page(request: Asking, need: str, ways: list[str], form: forms.Form | None) -> HttpResponse:
    sign_in = SignIn.read(request.session)
    context = {
        "need": need,
        "ways": ways,
        "next": get_next_redirect_url(request) or "/",
        "forms": {way: FORMS[way](user=request.user) for way in ways} | ({_way(form): form} if form else {}),
        "moved": sign_in is not None and sign_in.moved(agent=agent(request), zone=request.subject.context.zone),
        "failed": form,
        "kept": KEPT in request.session,
        "organisation_href": organisation_href(request.subject, need, get_next_redirect_url(request) or "/"),
    }
    if "passkey" in ways:
        context["options"] = auth.begin_authentication(_person(request))
    return render(request, "access/step_up.html", context, status=422 if form and form.errors else 200)


def _way(form: forms.Form) -> str:
    return next(way for way, kind in FORMS.items() if isinstance(form, kind))


@require_safe
@signed_in
def again(request: Asking) -> HttpResponse:
    """Where allauth would ask again for one thing at a time: our page does, for all of them."""
    return HttpResponseRedirect(step_up_href(AGAIN, get_next_redirect_url(request) or "/"))
