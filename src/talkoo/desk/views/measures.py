"""What is measured of people, for works councils and those who answer for it."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.desk.actions.measures import LONGEST, agree_measures, state_no_council
from talkoo.desk.queries.holdings import HOLDINGS
from talkoo.desk.queries.measures import may, statement
from talkoo.lib.posted import went_well
from talkoo.people.queries.organisations import access_organisation, seen_organisations

SEE = Permission.MEASURES_SEE


class WordsForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("On what ground"),
        max_length=LONGEST,
        help_text=gettext_lazy("A meeting, an agreement, a decision. It stays on record."),
    )


@require_safe
@signed_in
def measures_all(request: Asking) -> HttpResponse:
    """The organisations for which somebody may read it; where there is one, that."""
    care(request.subject, SEE)
    found = list(seen_organisations(request.subject, SEE))
    if len(found) == 1:
        return redirect("measures", found[0].code)
    return render(request, "desk/measures_all.html", {"organisations": found})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def measures(request: Asking, code: str) -> HttpResponse:
    organisation = access_organisation(request.subject, code, SEE)
    form = WordsForm(request.POST or None)
    none = request.POST.get("do") == "none"

    def say(data: dict[str, str]) -> object:
        if none:
            return state_no_council(by=request.subject, organisation=organisation, words=data["words"])
        return agree_measures(
            by=request.subject, organisation=organisation, keys=request.POST.getlist("keys"), words=data["words"],
            version=request.POST.get("version", ""),
        )  # fmt: skip

    if request.method == "POST" and went_well(form, say):
        messages.success(request, _("It is on record, and holds within a minute."))
        return redirect("measures", code)
    said = statement(organisation)
    agreed = [state.measure.key for state in said.states if state.agreed]
    context = {
        "organisation": organisation, "said": said, "ticked": request.POST.getlist("keys") if form.errors else agreed, "may": may(request.subject, organisation),
        "form": form, "holdings": HOLDINGS, "trail": [{"label": _("What is measured"), "href": reverse("measures_all")}],
    }  # fmt: skip
    return render(request, "desk/measures.html", context, status=422 if form.errors else 200)
