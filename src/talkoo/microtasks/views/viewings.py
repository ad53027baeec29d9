"""The page on which an auditor asks who was shown an item, or what somebody was shown, and says why."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from talkoo.access.views import Asking, signed_in
from talkoo.microtasks.actions.viewings import ask_viewings
from talkoo.microtasks.forms import saved
from talkoo.microtasks.queries.viewings import MOST, Seen, looked_after


class ViewingsForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("Batch"), max_length=12, required=False,
        help_text=gettext_lazy("The code in its address. Name either an item or a person."),
    )  # fmt: skip
    number = forms.IntegerField(
        label=gettext_lazy("Number of the item"), min_value=1, max_value=9_999_999, required=False
    )
    email = forms.EmailField(label=gettext_lazy("Or the e-mail address of a person"), required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why you ask"), max_length=480, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=gettext_lazy("It stands in the log with your name, for other auditors and security officers."),
    )  # fmt: skip


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def viewings(request: Asking) -> HttpResponse:
    """GET: the form. POST: the answer below it; asking is an entry of the log."""
    looked_after(request.subject)
    form, found = ViewingsForm(request.POST if request.method == "POST" else None), list[Seen]()
    answered = request.method == "POST" and saved(
        form, lambda said: found.extend(ask_viewings(by=request.subject, **said))
    )
    context = {"form": form, "rows": found, "answered": answered, "most": MOST}
    return render(request, "microtasks/viewings.html", context, status=422 if form.errors else 200)
