"""Deciding what people could not settle."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions.results import review_task
from talkoo.microtasks.models import Task, TaskState
from talkoo.microtasks.queries.crowd import crowd
from talkoo.microtasks.queries.reviews import access_review, answered_it, next_review, waiting_reviews
from talkoo.microtasks.queries.said import by_organisation, said_by_task, split
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views.posted import read_draft
from talkoo.microtasks.views.question import question
from talkoo.microtasks.views.showing import source

PER_PAGE = 20


@signed_in
@require_safe
def reviews(request: Asking) -> HttpResponse:
    """What waits for me."""
    page = Paginator(waiting_reviews(request.subject), PER_PAGE).get_page(request.GET.get("page"))
    tasks = list(page.object_list)
    said = said_by_task([task.pk for task in tasks])
    rows = [{"task": task, "parts": split(task, said[task.pk])} for task in tasks]
    return render(request, "microtasks/reviews.html", {"page": page, "rows": rows})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def review(request: Asking, code: str, number: int) -> HttpResponse:
    """GET: the item, the question and how people answered. POST: decide, and go on to the next one."""
    task = access_review(request.subject, code, number)
    if request.method != "POST":
        return _page(request, task)
    note = request.POST.get("note", "").replace("\x00", "")
    value = task_type(task.batch.task_type).read(task.batch.config, request.POST)
    try:
        review_task(by=request.subject, batch=task.batch, number=number, value=value, note=note)
    except Invalid as error:
        return _page(request, task, note=note, errors=error.fields, status=422)
    except Conflict as error:
        return _page(
            request, access_review(request.subject, code, number), note=note, late=error, value=value, status=409
        )
    messages.success(request, _("%(name)s is decided.") % {"name": task.name})
    coming = next_review(request.subject, task)
    return redirect("review", coming.batch.code, coming.number) if coming else redirect("reviews")


def _page(
    request: Asking,
    task: Task,
    *,
    note: str = "",
    errors: dict[str, str] | None = None,
    late: Conflict | None = None,
    value: Any = None,
    status: int = 200,
) -> HttpResponse:
    batch, declared = task.batch, task_type(task.batch.task_type)
    shows = task.state != TaskState.OPEN  # what others said is not shown while more people are to be asked
    said = said_by_task([task.pk])[task.pk] if shows else []
    draft = {**read_draft(request.POST, batch), "note": note} if request.method == "POST" else proposed(task)
    decided = task.result if task.state == TaskState.CLOSED else None
    context = {
        "trail": [{"label": _("Reviews"), "href": reverse("reviews")}],
        "task": task,
        "batch": batch,
        "late": late,
        "mine": declared.words(batch.config, value) if late and value is not None else "",
        "note": note,
        "decided": declared.words(batch.config, decided.value) if decided else "",
        "own": answered_it(request.subject, task),
        "waits": task.state == TaskState.REVIEW,
        "coming": next_review(request.subject, task),
        **source(request, batch, task),
        "places": by_organisation(batch, said, crowd(batch)),
        "answers": len(said),
        "notes": [answer.note for answer in said if answer.note],
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
        "proposed": declared.proposes and shows and isinstance(task.estimate, dict),
    }
    return render(request, "microtasks/review.html", context, status=status)


def proposed(task: Task) -> dict[str, Any]:
    """The form filled with what answers come to so far, for types whose reviewers mend a proposal; else empty."""
    declared = task_type(task.batch.task_type)
    if not declared.proposes or task.state != TaskState.REVIEW or not isinstance(task.estimate, dict):
        return {}
    return dict(declared.fill(task.batch.config, task.estimate["value"]))
