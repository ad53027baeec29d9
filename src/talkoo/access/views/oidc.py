"""The way to the organisation's provider and back, and out of it again."""

import logging
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from talkoo.access import oidc
from talkoo.access.actions.identities import person_recognised
from talkoo.access.context import Assurance
from talkoo.access.oidc_provider import provider, tokens_for, userinfo
from talkoo.access.sign_ins import SignIn
from talkoo.access.signing import AT, given_last, known_as, proved_more
from talkoo.access.stepping import NEEDS, is_met, step_up_href
from talkoo.lib.errors import Denied, Missing
from talkoo.lib.sealing import Column, Unreadable

log = logging.getLogger(__name__)
ASKED = "oidc_asked"  # its name in the session
TOKEN = Column("access.session.id_token")


def _redirect_uri(request: HttpRequest) -> str:
    base = settings.BASE_URL or f"{request.scheme}://{request.get_host()}"
    return base + reverse("oidc_callback")


def _check_offered() -> None:
    if not settings.OIDC_ISSUER:
        raise Missing(_("Nobody signs in that way here."), _("Sign in with your e-mail address and password."))


def _failed(why: Exception) -> Denied:
    """People are told the same whatever failed; which check it was stands in the log."""
    log.warning("Signing in at %s failed: %s", settings.OIDC_ISSUER, why)
    return Denied(
        _("Signing in at %(name)s did not work.") % {"name": settings.OIDC_NAME},
        _("Try it again. If it goes on, tell your administrator what the time is now."),
    )


@require_safe
@never_cache
def start(request: HttpRequest) -> HttpResponse:
    """To the provider. From the address only the page to come back to is read, and what is missing, of a fixed list."""
    _check_offered()
    need = request.GET.get("need", "")
    asking = need if need in NEEDS and getattr(request, "subject", None) else ""
    page = get_next_redirect_url(request) or settings.LOGIN_REDIRECT_URL
    question = oidc.Question.new(now=timezone.now().timestamp(), page=page, need=asking)
    try:
        href = question.href(provider(), _redirect_uri(request))
    except oidc.Unusable as error:
        raise _failed(error) from None
    request.session[ASKED] = question.kept()
    return HttpResponseRedirect(href)


@require_safe
@never_cache
def callback(request: HttpRequest) -> HttpResponse:
    """Back from the provider: one answer to one question, whatever it is."""
    _check_offered()
    asked = request.session.pop(ASKED, None)
    try:
        question = oidc.Question(**asked) if asked else _nobody_asked()
        known, id_token = _known(request, question)
    except (oidc.Unbelievable, oidc.Unusable) as error:
        raise _failed(error) from None
    by = getattr(request, "subject", None)
    person = person_recognised(known=known, by=by if question.need else None)
    proof = {"assurance": int(known.assurance), "resistant": known.phishing_resistant, "at": float(known.at)}
    if question.need:
        record_authentication(request, person, "oidc", **proof, reauthenticated=True)
        proved_more(request)
        met = is_met(question.need, given_last(request), SignIn.read(request.session))
        return redirect(question.page if met else step_up_href(question.need, question.page))
    return _enter(request, person, question, proof, id_token)


def _nobody_asked() -> oidc.Question:
    raise oidc.Unbelievable("nobody asked in this browser")


def _known(request: HttpRequest, question: oidc.Question) -> tuple[oidc.Recognised, str]:
    """Whom the answer is about, and its token; the address is asked for where the token does not carry it."""
    at, now = provider(), timezone.now().timestamp()
    code = oidc.check_answer(question, request.GET.dict(), issuer=at.issuer, now=now)
    found = tokens_for(at, code=code, verifier=question.verifier, redirect_uri=_redirect_uri(request))
    known = oidc.recognised(question, found.get("id_token"), by=at, now=now)
    if not known.email and at.userinfo_endpoint:
        said = userinfo(at, str(found.get("access_token") or ""))
        if said.get("sub") == known.subject:
            verified = said.get("email_verified") is True
            known = replace(known, email=str(said.get("email") or ""), verified=verified)
    return known, str(found["id_token"])


def _enter(
    request: HttpRequest, person: Any, question: oidc.Question, proof: dict[str, Any], token: str
) -> HttpResponse:
    """Sign in. Who was recognised with two factors there is not asked for another here."""
    if request.user.is_authenticated:
        logout(request)
    record_authentication(request, person, "oidc", **proof)
    if proof["assurance"] >= Assurance.TWO:
        get_adapter(request).login(request, person)
        answer: HttpResponse = redirect(question.page)
    else:
        answer = perform_login(request, Login(user=person, redirect_url=question.page))
    request.session[AT] = {"token": TOKEN.seal(token, known_as(person)), "of": known_as(person)}
    return answer


@require_safe
@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    """Signed out here; the browser goes on to sign out at the provider, which a form may not lead to (CSP)."""
    _check_offered()
    held = request.session.pop(AT, None)
    if held is None:
        return redirect("account_login")
    try:
        end, token = provider().end_session_endpoint, TOKEN.unseal(held["token"], held["of"])
    except (oidc.Unusable, Unreadable) as error:
        log.warning("Signing out at %s failed: %s", settings.OIDC_ISSUER, error)
        end, token = "", ""
    if not end:
        return redirect("account_login")
    back = _redirect_uri(request).removesuffix(reverse("oidc_callback")) + reverse("account_login")
    asked = {"id_token_hint": token, "client_id": settings.OIDC_CLIENT_ID, "post_logout_redirect_uri": back}
    href = f"{end}{'&' if '?' in end else '?'}{urlencode(asked)}"
    answer = render(request, "access/signed_out.html", {"href": href, "name": settings.OIDC_NAME})
    answer["Refresh"] = f"0; url={href}"
    return answer
