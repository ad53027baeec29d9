"""Where people may work from and what is forbidden besides: for security officers and administrators."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.queries.outlook import ACTS, SITUATIONS
from talkoo.access.queries.outlook import outlook as outlook_of
from talkoo.access.views import Asking, care, signed_in
from talkoo.engines.policy import Act
from talkoo.lib.networks import client_address
from talkoo.lib.posted import asked, went_well
from talkoo.people.actions.networks import declare_network, remove_network
from talkoo.people.actions.rules import decide_rules, propose_rules
from talkoo.people.forms.security import NetworkForm, RulesForm
from talkoo.people.models import Organisation
from talkoo.people.queries.networks import PLACES
from talkoo.people.queries.networks import networks as networks_of
from talkoo.people.queries.organisations import access_organisation, seen_organisations
from talkoo.people.queries.replay import Trial, tried
from talkoo.people.queries.rules import decided_changes, effect, in_force, lines, waiting_change

NETWORKS, RULES = Permission.NETWORK_EDIT, Permission.RULES_EDIT


@require_safe
@signed_in
def security(request: Asking) -> HttpResponse:
    """The organisations in one's care, each with its two pages."""
    care(request.subject, NETWORKS)
    found = seen_organisations(request.subject, NETWORKS)
    may_clear = bool(organisations_where(request.subject, Permission.CLEARANCE_EDIT))
    return render(request, "people/security.html", {"organisations": found, "may_clear": may_clear, **_here(request)})


def _here(request: Asking) -> dict[str, object]:
    """From where this very page is asked for: what somebody who declares networks wants to know first."""
    return {"address": client_address(request), "place": PLACES[request.subject.context.zone]}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def networks(request: Asking, code: str) -> HttpResponse:
    organisation = access_organisation(request.subject, code, NETWORKS)
    form = NetworkForm(request.POST or None)
    if request.method == "POST" and went_well(
        form, lambda data: declare_network(by=request.subject, organisation=organisation, **data)
    ):
        messages.success(request, _("The network is declared. It counts from the next page on."))
        return redirect("networks", code)
    context = {"organisation": organisation, "form": form, "found": networks_of(organisation)}
    context |= _here(request)
    return render(request, "people/networks.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def network_remove(request: Asking, code: str, number: int) -> HttpResponse:
    organisation = access_organisation(request.subject, code, NETWORKS)
    remove_network(by=request.subject, organisation=organisation, number=number)
    messages.success(request, _("The network is not declared any more."))
    return redirect("networks", code)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def rules(request: Asking, code: str) -> HttpResponse:
    """What holds, what is proposed, and the form for proposing."""
    organisation = access_organisation(request.subject, code, RULES)
    now = in_force(organisation)
    form = RulesForm(request.POST or None, initial={name: str(level) for name, level in now.items()})
    if request.POST.get("do") == "try":
        form.fields["because"].required = False
        trial = tried(organisation, form.said()) if form.is_valid() else None
        return _rules_page(request, organisation, form, now, trial)
    if request.method == "POST" and went_well(
        form,
        lambda data: propose_rules(
            by=request.subject, organisation=organisation, rules=form.said(), because=data["because"]
        ),
    ):
        messages.success(request, _("Your proposal waits for another security officer or administrator."))
        return redirect("rules", code)
    return _rules_page(request, organisation, form, now)


def _rules_page(
    request: Asking, organisation: Organisation, form: RulesForm, now: dict[str, int], trial: Trial | None = None
) -> HttpResponse:
    change = waiting_change(organisation)
    trial = tried(organisation, change.rules) if change else trial
    context = {
        "organisation": organisation, "form": form, "now": lines(now, now), "change": change,
        "then": lines(now, change.rules) if change else [], "decided": decided_changes(organisation),
        "trial": trial, "own": change is not None and change.made_by_id == request.subject.person_id,
    }  # fmt: skip
    return render(request, "people/rules.html", context, status=422 if form.errors else 200)


@require_safe
@signed_in
def outlook(request: Asking, code: str) -> HttpResponse:
    """Who could do what with its work, from where; where a change of the rules waits, what it would turn round."""
    organisation = access_organisation(request.subject, code, RULES)
    level = asked(request, "level") if asked(request, "level") in {"0", "1", "2", "3"} else "2"
    act = asked(request, "act") if asked(request, "act") in ACTS else "look"
    found = effect(request.subject, organisation)
    rows = outlook_of(Act(act), int(level), found.now, found.then)
    context = {
        "organisation": organisation, "rows": rows, "table": [
            (words, [row.cells[at] for row in rows]) for at, (words, _told) in enumerate(SITUATIONS)
        ],
        "acts": [(name, words, name == act) for name, words in ACTS.items()],
        "levels": [(str(n), n, str(n) == level) for n in range(4)],
        "proposed": found.proposed, "flips": sum(cell.flips for row in rows for cell in row.cells),
    }  # fmt: skip
    return render(request, "people/outlook.html", context)


@require_POST
@signed_in
def rules_decide(request: Asking, code: str, number: int) -> HttpResponse:
    organisation = access_organisation(request.subject, code, RULES)
    approve = request.POST.get("do") == "approve"
    decide_rules(by=request.subject, organisation=organisation, number=number, approve=approve)
    messages.success(request, _("The change is in force.") if approve else _("The proposal is turned down."))
    return redirect("rules", code)
