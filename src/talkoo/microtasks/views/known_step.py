"""The builder's step of practice and known answers: how often, how much practice, and which items there are."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from talkoo.access.views import Asking
from talkoo.lib.numbers import whole
from talkoo.microtasks import forms
from talkoo.microtasks.actions.known import edit_control
from talkoo.microtasks.models import Batch, BatchState, KnownAnswer
from talkoo.microtasks.queries.control import known_items, measures_certainty, unfit_items
from talkoo.microtasks.views.steps import onward, page

ROWS = 20


def known_step(request: Asking, batch: Batch) -> HttpResponse:
    draft = batch.state == BatchState.DRAFT
    if request.method == "POST" and "number" in request.POST:
        number = whole(request.POST.get("number", "")) or 0
        return redirect("task_known", batch.code, number) if number > 0 else redirect("batch_edit", batch.code, "known")
    initial = {
        "every": str(batch.control_every),
        "practice_items": batch.practice_added,
        "practice_right": batch.practice_right,
    }
    form = forms.KnownForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and forms.saved(
        form, lambda said: edit_control(by=request.subject, code=batch.code, **said)
    ):
        if draft:
            return onward(request, batch, "known")
        messages.success(request, _("Saved."))
        return redirect("batch", batch.code)
    unfit = {known.pk for known in unfit_items(batch)} if batch.question else set[int]()
    items = Paginator(known_items(batch), ROWS).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "items": items,
        "rows": [_row(known, unfit) for known in items.object_list],
        "unfit": len(unfit),
        "highest": batch.tasks_total + batch.controls_added + batch.practice_added,
        "measures": not batch.question or measures_certainty(batch),
        "asked": bool(batch.question),
    }
    return page(request, batch, "known", context, status=422 if form.errors else 200)


def _row(known: KnownAnswer, unfit: set[int]) -> dict[str, object]:
    return {"known": known, "task": known.task, "unfit": known.pk in unfit}
