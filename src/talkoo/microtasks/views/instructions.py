"""The words of a question over time: changed by owners, shown as a difference to those who answered under others."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, signed_in
from talkoo.lib.numbers import whole
from talkoo.microtasks import forms
from talkoo.microtasks.actions.instructions import RUNNING, edit_instructions, put_change_aside
from talkoo.microtasks.models import Assignment, Batch, BatchState
from talkoo.microtasks.queries import instructions
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.said import in_short
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views.question import cannot_reasons

PAGE = 20


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: Asking, code: str) -> HttpResponse:
    """The owner's page: the words of now to be changed, and every version with what changed and how many answers stand
    under it. A draft is written in its builder."""
    batch, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EDIT)
    if batch.state == BatchState.DRAFT:
        return redirect("batch_edit", code, "question")
    stored = {"question": batch.question, "help": batch.help, "version": batch.instruction}
    form = forms.InstructionsForm(request.POST if request.method == "POST" else None, initial=stored)
    if request.method == "POST" and forms.saved(
        form, lambda said: edit_instructions(by=request.subject, code=code, **said)
    ):
        return _saved(request, batch)
    batch.refresh_from_db(fields=["question", "help", "instruction"])
    context = {
        "trail": [
            {"label": _("My batches"), "href": reverse("batches")},
            {"label": batch.title, "href": reverse("batch", args=[code])},
        ],
        "batch": batch,
        "form": form,
        "running": batch.state in RUNNING,
        "versions": instructions.versions(batch),
    }
    return render(request, "microtasks/instructions.html", context, status=422 if form.errors else 200)


def _saved(request: Asking, before: Batch) -> HttpResponse:
    now = Batch.objects.only("instruction").get(pk=before.pk)
    if now.instruction == before.instruction:
        messages.info(request, _("These are the words as they stood: nothing is changed."))
    else:
        messages.success(request, _("Saved. Whoever answered under the old words sees what changed."))
    return redirect("batch_instructions", before.code)


def desk_of(by: Subject) -> dict[str, str]:
    """Where somebody finds work: the page above every page of a batch they work on."""
    if by.visit is not None:
        return {"label": _("Your visit"), "href": reverse("guest_home")}
    return {"label": _("Tasks"), "href": reverse("board")}


def shown_change(by: Subject, batch: Batch) -> dict[str, Any]:
    """What a page of this batch shows its contributor of a change: nothing, or the change with how many of their
    answers from before can still be changed."""
    unseen = instructions.unseen_change(by, batch)
    return {"change": unseen.change, "changeable": unseen.changeable} if unseen else {}


@signed_in
@require_safe
def answers(request: Asking, code: str) -> HttpResponse:
    """All of one's own answers in a batch; those that may still be changed first, under the oldest words first."""
    batch = instructions.worked_batch(request.subject, code)
    shown = Paginator(instructions.my_answers(request.subject, batch), PAGE).get_page(request.GET.get("page"))
    context = {
        "trail": [desk_of(request.subject)],
        "batch": batch,
        "page": shown,
        "rows": [_row(batch, held) for held in shown.object_list],
        "can_change": instructions.how_many_change(request.subject, batch),
        "open": batch.state == BatchState.OPEN,
        "running": batch.state in RUNNING,
        **shown_change(request.subject, batch),
    }
    return render(request, "microtasks/my_answers.html", context)


def _row(batch: Batch, held: Assignment) -> dict[str, Any]:
    answer = held.answer
    assert answer is not None
    if answer.value is None:
        said = dict(cannot_reasons()).get(answer.cannot, "")
    else:
        said = in_short(task_type(batch.task_type).words(batch.config, answer.value))
    return {
        "held": held,
        "answer": answer,
        "words": said,
        "earlier": answer.instruction < batch.instruction,
        "changeable": held.changeable,  # type: ignore[attr-defined]
    }


@signed_in
@require_POST
def aside(request: Asking, code: str) -> HttpResponse:
    """The change is read; on with the page it stood on."""
    batch = instructions.worked_batch(request.subject, code)
    put_change_aside(by=request.subject, batch=batch, version=whole(request.POST.get("version", "")) or 1)
    return redirect("work" if "work" in request.POST else "work_answers", code)
