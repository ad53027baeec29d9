"""The answers where more has to be proved: what is missing is said, what was typed is kept, one button leads on."""

from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from talkoo.access.stepping import AGAIN, NEEDS, SECOND_FACTOR, SECURITY_KEY, keep_typed, page_of, step_up_href
from talkoo.access.subject import Subject
from talkoo.config.refusals import refusal
from talkoo.lib.errors import Need, StepUp
from talkoo.people.queries.arrangements import whom_to_ask_for_arrangement
from talkoo.people.queries.clearances import whom_to_ask

CLEARANCE, ARRANGEMENT = "clearance", "arrangement"


def asked_for_more(request: HttpRequest, by: Subject, error: StepUp) -> HttpResponse:
    """The refusal with a button to what lifts it; a script is moved there, for it shows no page of its own."""
    error = _naming(by, error)
    if error.obligation not in NEEDS:
        return refusal(request, error)
    keep_typed(request, by)
    href = step_up_href(error.obligation, page_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": href})
    return refusal(request, error, href=href, label=_labels()[error.obligation])


def _naming(by: Subject, error: StepUp) -> StepUp:
    """The same with the names of whom to ask for a clearance or an arrangement; queries only where one is missing."""
    if not any(need.obligation in {CLEARANCE, ARRANGEMENT} for need in error.needs):
        return error
    return StepUp(error.message, error.remedy, error.permission, [_named(by, need) for need in error.needs])


def _named(by: Subject, need: Need) -> Need:
    if need.obligation == CLEARANCE:
        return replace(need, whom=whom_to_ask(by))
    if need.obligation == ARRANGEMENT:
        whom = whom_to_ask_for_arrangement(by)
        return replace(need, whom=whom, href=reverse("arrangement"), label=_("Look at your arrangement"))
    return need


def asked_again(request: HttpRequest, by: Subject) -> HttpResponse:
    """What touches the safety of an account asks once more who is there, without a refusal in between."""
    keep_typed(request, by)
    href = step_up_href(AGAIN, page_of(request))
    if request.headers.get("HX-Request"):
        return HttpResponse(headers={"HX-Redirect": href})
    return HttpResponseRedirect(href)


def _labels() -> dict[str, str]:
    return {
        SECOND_FACTOR: _("Give a second factor"),
        SECURITY_KEY: _("Use a passkey or security key"),
        AGAIN: _("Say once more who you are"),
    }
