"""Tokens for programs: my own, and those of the organisations somebody administers."""

from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from talkoo.access.actions.tokens import make_personal_token, make_service_token, revoke_token
from talkoo.access.permissions import Permission
from talkoo.access.queries.tokens import access_token, my_tokens, service_tokens
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import went_well
from talkoo.people.forms import ServiceTokenForm, TokenForm
from talkoo.people.models import Organisation

ON_A_PAGE = 15
METHODS = require_http_methods(["GET", "HEAD", "POST"])


@METHODS
@signed_in
@never_cache
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def mine(request: Asking) -> HttpResponse:
    """My tokens; POST makes one. Its secret stands in this one response and nowhere else."""
    form, secret = TokenForm(request.POST or None), list[str]()
    if request.method == "POST":
        went_well(form, lambda said: secret.append(make_personal_token(by=request.subject, **said)[1]))
    form = TokenForm() if secret else form
    context = {
        "heading": _("My tokens"),
        "lead": _(
            "A token lets a program work in your name, as far as you let it. Nobody can do more with it than you."
        ),
        "crumb": {"label": _("My record"), "href": reverse("record")},
    }
    return _page(request, my_tokens(request.subject), form, secret, context)


@METHODS
@signed_in
@never_cache
@reauthentication_required(allow_get=True)  # type: ignore[untyped-decorator]
def of_services(request: Asking) -> HttpResponse:
    """Tokens of programs that belong to an organisation and to nobody in person."""
    care(request.subject, Permission.TOKEN_MANAGE)
    form, secret = ServiceTokenForm(request.POST or None, by=request.subject), list[str]()
    if request.method == "POST":
        went_well(form, lambda said: secret.append(_made(request, **said)))
    form = ServiceTokenForm(by=request.subject) if secret else form
    context = {
        "heading": _("Service tokens"),
        "lead": _(
            "For programs of an organisation. They work there and in everything below it, and never answer a task."
        ),
        "crumb": {"label": _("Organisations"), "href": reverse("organisations")},
        "service": True,
    }
    return _page(request, service_tokens(request.subject), form, secret, context)


def _made(request: Asking, organisation: Organisation, **said: Any) -> str:
    _token, secret = make_service_token(
        by=request.subject, organisation_id=organisation.pk, organisation_code=organisation.code, **said
    )
    return secret


def _page(request: Asking, tokens: Any, form: TokenForm, secret: list[str], context: dict[str, Any]) -> HttpResponse:
    page = Paginator(tokens, ON_A_PAGE).get_page(request.GET.get("page"))
    shown = {"page": page, "form": form, "secret": "".join(secret), **context}
    return render(request, "people/tokens.html", shown, status=422 if form.errors else 200)


@METHODS
@signed_in
def revoke(request: Asking, code: str) -> HttpResponse:
    """GET: say what happens. POST: end it."""
    token = access_token(request.subject, code)
    back = reverse("service_tokens" if token.of_service else "tokens")
    if request.method == "POST":
        revoke_token(by=request.subject, code=code)
        messages.success(request, _("The token “%(name)s” opens nothing any more.") % {"name": token.name})
        return redirect(back)
    return render(request, "people/token_revoke.html", {"token": token, "cancel": back})
