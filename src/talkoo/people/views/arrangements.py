"""Where and when people work outside of the office: their own page, that of one version for both sides, the list."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.subject import Subject
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.networks import client_address
from talkoo.lib.posted import went_well
from talkoo.people.actions.arrangements import (
    agree_arrangement,
    decline_arrangement,
    end_arrangement,
    propose_arrangement,
    withdraw_arrangement,
)
from talkoo.people.actions.homes import declare_home, remove_home
from talkoo.people.forms.arrangements import ALLOWED, ArrangementForm, HomeForm, ReasonForm
from talkoo.people.models import Arrangement, ArrangementState
from talkoo.people.queries.arrangements import (
    DECIDE,
    LISTED,
    access_arrangement,
    arrangements_to_decide,
    lines_of,
    managers_of,
    my_arrangements,
    my_homes,
    standing,
)
from talkoo.people.queries.networks import PLACES

S = ArrangementState


def shown(arrangement: Arrangement) -> dict[str, object]:
    """One version as pages show it."""
    lines = [{"line": line, "allowed": ALLOWED[line.level]} for line in lines_of(arrangement)]
    over = arrangement.state == S.AGREED and arrangement.ends <= timezone.localdate()
    replaced = arrangement.state == S.AGREED and arrangement.ends == arrangement.starts
    return {"it": arrangement, "lines": lines, "over": over, "replaced": replaced}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def mine(request: Asking) -> HttpResponse:
    """What holds, what waits, and the form for proposing."""
    by, versions = request.subject, my_arrangements(request.subject)
    waiting = next((each for each in versions if each.state == S.PROPOSED), None)
    stands = standing(versions)
    form = ArrangementForm(request.POST or None, before=stands[-1] if stands else None)
    if request.method == "POST" and went_well(form, lambda said: _propose(by, form, said)):
        messages.success(request, _("Your proposal is made. You are told when somebody decided on it."))
        return redirect("arrangement")
    return _my_page(request, form, versions, waiting)


def _propose(by: Subject, form: ArrangementForm, said: dict[str, Any]) -> Arrangement:
    return propose_arrangement(by=by, lines=form.lines(), starts=said["starts"], ends=said["ends"], note=said["note"])


def _my_page(
    request: Asking, form: ArrangementForm, versions: list[Arrangement], waiting: Arrangement | None
) -> HttpResponse:
    by, address, stands = request.subject, client_address(request), standing(versions)
    names = list(dict.fromkeys(line.place for each in [*stands, *filter(None, [waiting])] for line in lines_of(each)))
    left = [each for each in versions if each not in stands and each is not waiting]
    context = {
        "form": form, "waiting": waiting and shown(waiting), "stands": [shown(each) for each in stands],
        "past": [shown(each) for each in left], "homes": my_homes(by, address), "home_form": HomeForm(places=names) if names else None,
        "managers": managers_of(by), "address": address, "place": PLACES[by.context.zone],
        "elsewhere": [each for each in stands if each.organisation_id != by.organisation_id],
    }  # fmt: skip
    return render(request, "people/arrangement.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def home_declare(request: Asking) -> HttpResponse:
    """Declared from the page of one's arrangement; what is wrong is said there."""
    names = [line.place for each in my_arrangements(request.subject) for line in lines_of(each)]
    form = HomeForm(request.POST, places=names)
    address = client_address(request)
    if went_well(form, lambda data: declare_home(by=request.subject, address=address, **data)):
        messages.success(request, _("The address is declared. It counts while an agreed arrangement names the place."))
    else:
        messages.error(request, " ".join(str(each) for errors in form.errors.values() for each in errors))
    return redirect("arrangement")


@require_POST
@signed_in
def home_remove(request: Asking, number: int) -> HttpResponse:
    remove_home(by=request.subject, number=number)
    messages.success(request, _("The address is forgotten."))
    return redirect("arrangement")


@require_safe
@signed_in
def arrangements(request: Asking) -> HttpResponse:
    """Those of the people in one's care: what waits first, then what holds."""
    care(request.subject, DECIDE)
    found = list(
        arrangements_to_decide(request.subject).filter(state__in=[S.PROPOSED, S.AGREED]).order_by("made")[:LISTED]
    )
    waiting = [shown(each) for each in found if each.state == S.PROPOSED]
    stands = [shown(each) for each in standing(found)]
    return render(request, "people/arrangements.html", {"waiting": waiting, "stands": stands})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def one(request: Asking, code: str) -> HttpResponse:
    """The same page for both sides; who looks decides what they may do."""
    by, form = request.subject, ReasonForm(request.POST or None)
    arrangement = access_arrangement(by, code)
    do = request.POST.get("do", "")
    if do in {"agree", "withdraw"}:
        {"agree": agree_arrangement, "withdraw": withdraw_arrangement}[do](by=by, code=code)
        return _done(request, arrangement, do)
    if request.method == "POST":
        act: Callable[..., Arrangement] = end_arrangement if do == "end" else decline_arrangement
        if went_well(form, lambda data: act(by=by, code=code, **data)):
            return _done(request, arrangement, do)
    return _one_page(request, arrangement, form)


def _one_page(request: Asking, arrangement: Arrangement, form: ReasonForm) -> HttpResponse:
    own = arrangement.person_id == request.subject.person_id
    waits = arrangement.state == S.PROPOSED
    stands = bool(standing([arrangement]))
    version = shown(arrangement)
    context = {
        "it": arrangement,
        "version": version,
        "lead": _("Over") if version["over"] else arrangement.get_state_display(),
        "own": own,
        "waits": waits,
        "stands": stands,
        "form": form,
    }
    return render(request, "people/arrangement_seen.html", context, status=422 if form.errors else 200)


def _done(request: Asking, arrangement: Arrangement, do: str) -> HttpResponse:
    words = {
        "agree": _("It is agreed. %(name)s is told."), "withdraw": _("Your proposal is taken back."),
        "end": _("It is ended. The other side is told."),
    }.get(do, _("It is declined. %(name)s is told."))  # fmt: skip
    messages.success(request, words % {"name": arrangement.person.name})
    return redirect("arrangement_seen", arrangement.code)
