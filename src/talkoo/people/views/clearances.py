"""Who is cleared for what: for security officers."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import asked, went_well
from talkoo.people.actions.clearances import clear_person, take_clearance_back
from talkoo.people.forms.security import CLEARED, ClearanceForm
from talkoo.people.models import Clearance
from talkoo.people.queries.clearances import ON_A_PAGE, access_clearance, clearances_of, found_by, people_to_clear


@require_safe
@signed_in
def clearances(request: Asking) -> HttpResponse:
    """Those of whom something is stated, or whom the words find."""
    care(request.subject, Permission.CLEARANCE_EDIT)
    words = asked(request, "q")
    found = list(found_by(people_to_clear(request.subject), words)[: ON_A_PAGE + 1])
    rows = [(person, _said(person.stated[0]) if person.stated else None) for person in found[:ON_A_PAGE]]  # type: ignore[attr-defined]
    context = {"rows": rows, "words": words, "more": len(found) > ON_A_PAGE, "most": ON_A_PAGE}
    return render(request, "people/clearances.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def clearance(request: Asking, code: str) -> HttpResponse:
    person = access_clearance(request.subject, code)
    form = ClearanceForm(request.POST or None)
    if request.method == "POST" and went_well(form, lambda data: clear_person(by=request.subject, code=code, **data)):
        messages.success(
            request, _("It is stated, counts from the next page on, and %(name)s is told.") % {"name": person.name}
        )
        return redirect("clearance", code)
    history = [_said(each) for each in clearances_of(person)]
    context = {"person": person, "form": form, "history": history, "stands": any(each["stands"] for each in history)}
    return render(request, "people/clearance.html", context, status=422 if form.errors else 200)


@require_POST
@signed_in
def clearance_back(request: Asking, code: str) -> HttpResponse:
    take_clearance_back(by=request.subject, code=code)
    messages.success(request, _("It is taken back. What is usual holds, and the person is told."))
    return redirect("clearance", code)


def _said(each: Clearance) -> dict[str, object]:
    """One statement as pages show it."""
    over = each.until is not None and each.until <= timezone.now()
    return {
        "words": CLEARED[each.level], "ground": each.ground, "last_day": each.last_day, "made": each.made,
        "by": each.made_by, "ended": each.ended, "over": over and each.ended is None,
        "stands": each.ended is None,
    }  # fmt: skip
