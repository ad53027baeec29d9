"""Coming in: the sign-in page, a persona of the demo, the first person of all, an invitation."""

from allauth.account.utils import get_next_redirect_url
from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from talkoo.access.context import ONE_CLICK
from talkoo.access.views.entering import enter
from talkoo.lib.errors import Missing
from talkoo.lib.posted import went_well
from talkoo.people.actions.invitations import accept_invitation, join_organisation, open_invitation
from talkoo.people.actions.setup import check_setup_code, make_first_administrator
from talkoo.people.forms import AcceptForm, FirstRunForm
from talkoo.people.models import Person
from talkoo.people.queries.persons import anyone_exists, personas


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """The sign-in page of allauth; before anybody exists there is only the first run."""
    if not anyone_exists():
        return redirect("first_run")
    return LoginView.as_view(extra_context={"demo_personas": personas()})(request)


@require_POST
def persona(request: HttpRequest, code: str) -> HttpResponse:
    """Sign in by one click as somebody of the demo. Outside demo mode this page does not exist."""
    chosen = personas().filter(code=code).first() if settings.DEMO else None
    if chosen is None:
        raise Missing(_("There is nobody to try out here."), _("Sign in with your e-mail address and password."))
    enter(request, chosen, ONE_CLICK)
    return redirect(get_next_redirect_url(request) or settings.LOGIN_REDIRECT_URL)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def first_run(request: HttpRequest) -> HttpResponse:
    """Make the first administrator, with the code that only the operator has read."""
    code = request.POST.get("code") or request.GET.get("code", "")
    if request.method != "POST" and not code and not anyone_exists():
        return render(request, "people/first_run_code.html")
    check_setup_code(code)
    form, made = FirstRunForm(request.POST or None), list[Person]()
    if request.method == "POST" and went_well(
        form, lambda data: made.append(make_first_administrator(code=code, **data))
    ):
        enter(request, made[0], "password")
        messages.success(request, _("Talkoo is yours. Invite your first colleagues, or add organisations."))
        return redirect("people")
    return render(request, "people/first_run.html", {"form": form, "code": code}, status=422 if form.errors else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Take an invitation: a newcomer gives name and password, somebody with an account only says yes."""
    found = open_invitation(token)
    if Person.objects.filter(email=found.email).exists():
        return _join(request, token)
    form, made = AcceptForm(request.POST or None, initial={"name": found.name}), list[Person]()
    if request.method == "POST" and went_well(form, lambda data: made.append(accept_invitation(token=token, **data))):
        enter(request, made[0], "password")
        return redirect("welcome")
    context = {"invitation": found, "form": form}
    return render(request, "people/invitation.html", context, status=422 if form.errors else 200)


def _join(request: HttpRequest, token: str) -> HttpResponse:
    found = open_invitation(token)
    if request.method != "POST":
        return render(request, "people/invitation_join.html", {"invitation": found})
    person = join_organisation(token=token)
    words = {"organisation": found.organisation.name}
    if request.user == person:
        messages.success(request, _("You belong to %(organisation)s now.") % words)
        return redirect(settings.LOGIN_REDIRECT_URL)
    messages.success(request, _("You belong to %(organisation)s now. Sign in with the password you have.") % words)
    return redirect("account_login")
