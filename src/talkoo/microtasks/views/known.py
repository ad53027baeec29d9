"""The page on which an owner states the known answer of one item."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.known import mark_known, take_back_known
from talkoo.microtasks.models import Batch, BatchState, PracticeAnswer, Task, TaskState
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.control import known_task, value_in
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views.posted import read_draft
from talkoo.microtasks.views.question import question
from talkoo.microtasks.views.showing import source

USES = ("control", "practice")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def known(request: Asking, code: str, number: int) -> HttpResponse:
    """GET: the item, the question and what is known. POST: state it, or take it back."""
    batch, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EDIT)
    task = known_task(batch, number)
    if request.method != "POST":
        return _page(request, batch, task)
    if "take_back" in request.POST:
        try:
            take_back_known(by=request.subject, code=code, number=number)
        except Conflict as error:
            return _page(request, batch, task, refused=error)
        messages.success(request, _("It is ordinary work again."))
        return _back(batch, number)
    value = task_type(batch.task_type).read(batch.config, request.POST)
    why = request.POST.get("why", "").replace("\x00", "")
    try:
        practice = request.POST.get("use") == "practice"
        mark_known(by=request.subject, code=code, number=number, value=value, why=why, practice=practice)
    except Invalid as error:
        return _page(request, batch, task, errors=error.fields, status=422)
    except Conflict as error:
        return _page(request, batch, task, refused=error)
    messages.success(request, _("The known answer of %(name)s is kept.") % {"name": task.name})
    return _back(batch, number)


def _back(batch: Batch, number: int) -> HttpResponse:
    if batch.state == BatchState.DRAFT:
        return redirect("batch_edit", batch.code, "known")
    return redirect(f"{reverse('batch', args=[batch.code])}?show=known&task={number}#opened")


def _page(
    request: Asking,
    batch: Batch,
    task: Task,
    *,
    errors: dict[str, str] | None = None,
    refused: Conflict | None = None,
    status: int = 200,
) -> HttpResponse:
    """`refused` is what stands against this use of the item: said at the choice of it, and what was typed stays."""
    declared = task_type(batch.task_type)
    if not batch.config or not batch.question:
        raise Conflict(_("There is no question yet."), remedy=_("Write the question first, then say what is known."))
    held = getattr(task, "known", None)
    value = value_in(batch, held) if held else task.result.value if task.result_id and task.result else None
    sent = request.method == "POST"
    filled = dict(declared.fill(batch.config, value)) if value is not None else {}
    draft = read_draft(request.POST, batch) if sent else filled
    use = request.POST.get("use", "") if sent else "practice" if held and held.practice else "control"
    context: dict[str, Any] = {
        "trail": [
            {"label": _("My batches"), "href": reverse("batches")},
            {"label": batch.title, "href": reverse("batch", args=[batch.code])},
        ],
        "batch": batch,
        "task": task,
        "held": held,
        "why": request.POST.get("why", "") if sent else held.why if held else "",
        "why_errors": [errors["why"]] if errors and "why" in errors else [],
        "use": use if use in USES else "control",
        "use_errors": [f"{refused.message} {refused.remedy}"] if refused else [],
        "practised": PracticeAnswer.objects.filter(task=task).exists(),
        "is_known": task.state == TaskState.CONTROL,
        **source(request, batch, task),
        "question": question(
            declared,
            batch.config,
            item=task.payload,
            text=batch.question,
            help=batch.help,
            language=batch.language,
            ask_sure=False,
            draft=draft,
            errors=errors,
        ),
        "cancel": _back(batch, task.number)["Location"],
    }
    return render(request, "microtasks/known.html", context, status=refused.status if refused else status)
