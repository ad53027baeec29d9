"""How somebody wants to be told."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talkoo.access.views import Asking, signed_in
from talkoo.notify.actions.choosing import choose
from talkoo.notify.forms import ChoicesForm
from talkoo.notify.queries.choices import wishes
from talkoo.notify.views.posted import went_well


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def choices(request: Asking) -> HttpResponse:
    form = ChoicesForm(request.POST or None, wishes=wishes(request.subject))
    if request.method == "POST" and went_well(form, lambda: choose(by=request.subject, **form.chosen())):
        messages.success(request, _("Saved. It holds for what has not been mailed yet, too."))
        return redirect("notice_choices")
    return render(request, "notify/choices.html", {"form": form}, status=422 if form.errors else 200)
