"""Practising before working: an item whose answer is known, and after each answer what the owner says and why."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Invalid, Missing
from talkoo.microtasks.actions.practice import practise
from talkoo.microtasks.models import Batch, KnownAnswer
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.practice import Practice, feedback, practice_item, practice_of, practised
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views.instructions import desk_of
from talkoo.microtasks.views.posted import read_draft
from talkoo.microtasks.views.question import cannot_reasons, question
from talkoo.microtasks.views.showing import source


@signed_in
@require_safe
def practice(request: Asking, code: str) -> HttpResponse:
    """The next item to try; where there is none left, how it went."""
    batch = access_batch(request.subject, code, Permission.TASK_ANSWER)
    mine = practice_of(request.subject, batch)
    if not mine.items:
        raise Missing(_("There is nothing to practise on here."), remedy=_("Start with the first item."))
    address = _next(batch, mine)
    return (
        redirect(address)
        if address
        else render(request, "microtasks/practice.html", _context(request.subject, batch, mine))
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def item(request: Asking, code: str, number: int) -> HttpResponse:
    """GET: the item and its question, or once it is tried what came of it. POST: try it."""
    batch = access_batch(request.subject, code, Permission.TASK_ANSWER)
    known = practice_item(batch, number)
    if request.method != "POST":
        return _page(request, batch, known)
    cannot = request.POST.get("cannot", "")
    value = None if cannot else task_type(batch.task_type).read(batch.config, request.POST)
    try:
        practise(by=request.subject, batch=batch, number=number, value=value, cannot=cannot)
    except Invalid as error:
        return _page(request, batch, known, errors=error.fields)
    return redirect("practice_item", code, number)


def _page(request: Asking, batch: Batch, known: KnownAnswer, *, errors: dict[str, str] | None = None) -> HttpResponse:
    declared, task = task_type(batch.task_type), known.task
    mine = practice_of(request.subject, batch)
    given = practised(request.subject, known)
    asks = errors is not None or given is None or ("again" in request.GET and not given.agrees)
    shown = None if asks or given is None else feedback(batch, known, given)
    context = {
        **_context(request.subject, batch, mine),
        "task": task,
        **source(request, batch, task),
        "question": question(
            declared, batch.config, item=task.payload, text=batch.question, help=batch.help, language=batch.language, ask_sure=False,
            draft=read_draft(request.POST, batch) if errors else None, errors=errors,
        ),
        "feedback": shown,
        "cannot": dict(cannot_reasons()).get(shown.cannot, "") if shown and shown.cannot else "",
        "next_href": _next(batch, mine, task.number),
    }  # fmt: skip
    return render(request, "microtasks/practice.html", context, status=422 if errors else 200)


def _next(batch: Batch, mine: Practice, number: int = 0) -> str:
    """The address of the next item to try; of one that was wrong, of its form. Empty where there is no other."""
    coming = mine.after(number)
    if coming is None or coming == number:
        return ""
    address = reverse("practice_item", args=[batch.code, coming])
    return address if mine.tried < len(mine.items) else f"{address}?again=1"


def _context(by: Subject, batch: Batch, mine: Practice) -> dict[str, Any]:
    return {
        "batch": batch,
        "mine": mine,
        "total": len(mine.items),
        "trail": [
            desk_of(by),
            {"label": batch.title, "href": reverse("work", args=[batch.code])},
        ],
    }
