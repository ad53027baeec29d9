"""Taking a task, answering it, and the next one."""

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import DomainError, Invalid, StepUp
from talkoo.lib.formats import clock, rounded
from talkoo.lib.numbers import whole
from talkoo.microtasks.actions import answers, assignments
from talkoo.microtasks.actions.instructions import put_change_aside
from talkoo.microtasks.actions.pushing import is_pushed
from talkoo.microtasks.actions.questions import ask_question, check_question
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchState, Problem
from talkoo.microtasks.queries import control, practice, progress, questions, work
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.history import how_it_came_about
from talkoo.microtasks.queries.protection import ground_words, kept_words
from talkoo.microtasks.task_types import TaskType, task_type
from talkoo.microtasks.views import posted as form
from talkoo.microtasks.views.instructions import desk_of, shown_change
from talkoo.microtasks.views.question import cannot_reasons, question, sure_words
from talkoo.microtasks.views.showing import source

OVER = {AssignmentState.SURPLUS, AssignmentState.SKIPPED}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def start(request: Asking, code: str) -> HttpResponse:
    """GET: what this batch is and what is left. POST: hand out the next task, or the one named."""
    if request.method != "POST":
        batch = access_batch(request.subject, code, Permission.BATCH_SEE)
        return render(request, "microtasks/work.html", _start_page(request, batch))
    batch = access_batch(request.subject, code, Permission.TASK_ANSWER)
    if practice.lacking_practice(request.subject, batch):
        return redirect("practice", code)
    number = whole(request.POST.get("task", ""))
    taken = assignments.take_task(by=request.subject, batch=batch, number=number)
    return redirect("assignment", taken.code) if taken else redirect(_nothing(request, batch, number))


def _nothing(request: Asking, batch: Batch, number: int | None) -> str:
    """Where to go on when nothing was handed out. Of a number that was named no reason is told: in a batch that nobody
    has begun it would give away what the item is."""
    address = reverse("work", args=[batch.code])
    if number is None:
        return f"{address}?none=1"
    messages.info(
        request, _("Item %(number)d is not handed out now. Pick another, or take the next.") % {"number": number}
    )
    return address


def _start_page(request: Asking, batch: Any) -> dict[str, Any]:
    return {
        "batch": batch,
        "kept": kept_words(batch),
        "ground": ground_words(batch),
        "state": progress.of_batch(batch),
        "share": work.my_share(request.subject, batch),
        "said": questions.said_to(request.subject, batch),
        "practice": practice.practice_of(request.subject, batch) if batch.practice_added else None,
        "none": "none" in request.GET,
        "left": work.remaining(request.subject, batch) if "none" in request.GET else None,
        **shown_change(request.subject, batch),
    }


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def assignment(request: Asking, code: str) -> HttpResponse:
    """GET: the task, or what became of it. POST: send the answer (or give it back) and show the next one."""
    held = work.access_assignment(request.subject, code)
    if request.method != "POST":
        return _show(request, held)
    asked = form.read_question(request.POST).strip()
    try:
        if asked:
            check_question(asked)
        if "skip" in request.POST:
            return _skip(request, held, asked)
        done = answers.submit_answer(by=request.subject, held=held, **form.read_answer(request, held).said())
    except Invalid as error:
        if not error.fields:
            raise
        return _task_page(
            request, held, draft=form.read_draft(request.POST, held.batch), errors=error.fields, status=422
        )
    except StepUp:
        assignments.save_draft(by=request.subject, code=code, draft=form.read_draft(request.POST, held.batch))
        raise
    if asked:
        ask_question(by=request.subject, code=code, text=asked)
    if not done.counted:
        return _moved(request, reverse("assignment", args=[code]))
    return _next(request, held, sent=code)


def _skip(request: Asking, held: Assignment, asked: str) -> HttpResponse:
    """Give the task back, with the question about it that may be the reason: both, or neither."""
    with transaction.atomic():
        if asked:
            ask_question(by=request.subject, code=str(held.code), text=asked)
        assignments.skip_task(by=request.subject, code=str(held.code))
    return _next(request, held, sent="")


def _show(request: Asking, held: Assignment) -> HttpResponse:
    work.check_readable(request.subject, held)
    over = held.task.settled or held.batch.state == BatchState.CLOSED
    if held.state in OVER or (held.state == AssignmentState.ANSWERED and over):
        return _outcome(request, held)
    reported = work.my_reports(request.subject, held)
    return _task_page(request, held, draft=work.typed(held) or form.as_draft(held), reported=reported)


def _next(request: Asking, held: Assignment, *, sent: str) -> HttpResponse:
    """The answer is stored; handing out the next task may fail without touching it."""
    if "stop" in request.POST:
        return _moved(request, reverse("home"))
    if is_pushed(held.batch):
        return _moved(request, _given(request, held.batch))
    number = whole(request.POST.get("next_task", ""))
    try:
        taken = assignments.take_task(by=request.subject, batch=held.batch, number=number)
    except DomainError as error:
        messages.info(request, error.message)
        return _moved(request, desk_of(request.subject)["href"])
    if taken is None:
        return _moved(request, _nothing(request, held.batch, number))
    address = reverse("assignment", args=[taken.code])
    if not request.htmx:
        return redirect(f"{address}?sent={sent}" if sent else address)
    response = _task_page(request, taken, draft=work.typed(taken), sent=sent)
    response["HX-Push-Url"] = address
    return response


def _given(request: Asking, batch: Batch) -> str:
    """Restricted items are not asked for: to the one that was given next, or home."""
    code = (
        work.my_assignments(request.subject)
        .filter(batch=batch, state=AssignmentState.LEASED)
        .values_list("code", flat=True)
    )
    if found := code.first():
        return reverse("assignment", args=[found])
    messages.success(request, _("Done. If another item is given to you, you are told."))
    return reverse("home")


def _moved(request: Asking, address: str) -> HttpResponse:
    if not request.htmx:
        return redirect(address)
    return HttpResponse(headers={"HX-Redirect": address})


def _task_page(
    request: Asking,
    held: Assignment,
    *,
    draft: dict[str, Any] | None,
    errors: dict[str, str] | None = None,
    status: int = 200,
    sent: str = "",
    told: str = "",
    problem: str = "",
    reported: Iterable[Problem] = (),
) -> HttpResponse:
    work.check_readable(request.subject, held)
    batch, declared = held.batch, task_type(held.batch.task_type)
    page = "microtasks/_contribute.html" if request.htmx else "microtasks/assignment.html"
    context = {
        "assignment": held,
        "batch": batch,
        "kept": kept_words(batch),
        "ground": ground_words(batch),
        **source(request, batch, held.task, turned=work.sees_turned(held)),
        "question": question(
            declared,
            batch.config,
            item=held.task.payload,
            text=batch.question,
            help=batch.help,
            language=batch.language,
            ask_sure=batch.ask_sure,
            draft=draft,
            errors=errors,
        ),
        "ask": {"text": (draft or {}).get("ask", ""), "error": (errors or {}).get("ask", "")},
        "problem": {"text": problem, "error": (errors or {}).get("problem", "")},
        "said": questions.said_to(request.subject, batch, held.task),
        "reported": reported,
        "told": told,
        "key": form.new_key(),
        "meta": [batch.organisation.name, _("About %(minutes)s min each") % {"minutes": rounded(batch.minutes)}],
        "changing": held.answer is not None,
        "draft_words": draft_words(held),
        "share": work.my_share(request.subject, batch),
        "why": work.why_this(request.subject, held),
        "sent": sent or request.GET.get("sent", ""),
        "trail": [desk_of(request.subject)],
        "renew_seconds": int(assignments.LEASE.total_seconds() / 3),
        **shown_change(request.subject, batch),
    }
    return render(request, page, context, status=status)


def draft_words(held: Assignment) -> str:
    if held.draft_at is None:
        return ""
    return _("Draft saved %(time)s") % {"time": clock(held.draft_at)}


def _outcome(request: Asking, held: Assignment) -> HttpResponse:
    """The task is settled: what came of it, and that nothing is lost."""
    batch, answer, result = held.batch, held.answer, work.standing_result(held)
    declared = task_type(batch.task_type)
    context = {
        "assignment": held,
        "batch": batch,
        "skipped": held.state == AssignmentState.SKIPPED,
        "surplus": held.state == AssignmentState.SURPLUS,
        "unsettled": not held.task.settled,
        "known": None if request.subject.helper else control.told_afterwards(held),
        "controls": None if request.subject.helper else control.my_controls(request.subject, batch),
        "mine": declared.words(batch.config, answer.value) if answer and answer.value is not None else "",
        "cannot": dict(cannot_reasons()).get(answer.cannot) if answer else "",
        "sure": sure_words()[answer.sure - 1] if answer and answer.sure else "",
        "answer": answer,
        "result": result,
        "in_hundred": round(100 * (result.probability or 0)) if result else 0,
        "result_words": declared.words(batch.config, result.value) if result else "",
        "same": _same(declared, held) if result and answer else False,
        "turned": bool(declared.turned) and work.sees_turned(held),
        **source(request, batch, held.task),
        "steps": how_it_came_about(held.task) if result else [],
        "said": questions.said_to(request.subject, batch, held.task),
        "reported": work.my_reports(request.subject, held),
        "trail": [desk_of(request.subject)],
    }
    return render(request, "microtasks/outcome.html", context)


def _same(declared: TaskType, held: Assignment) -> bool:
    """Whether this answer and the result are the same by the type's own measure."""
    answer, result = held.answer, held.task.result
    if answer is None or result is None or answer.value is None:
        return False
    return declared.same(held.batch.config, answer.value, result.value)


@signed_in
@require_POST
def draft(request: Asking, code: str) -> HttpResponse:
    """Keep what is typed; answers with the words to show beside the button."""
    held = work.access_assignment(request.subject, code)
    typed = form.read_draft(request.POST, held.batch)
    held = assignments.save_draft(by=request.subject, code=code, draft=typed)
    return JsonResponse({"words": draft_words(held)})


@signed_in
@require_POST
def renew(request: Asking, code: str) -> HttpResponse:
    """Keep the task while its page is open."""
    assignments.renew_lease(by=request.subject, code=code)
    return HttpResponse(status=204)


@signed_in
@require_POST
def aside(request: Asking, code: str) -> HttpResponse:
    """The change of the instructions is read: the same item again, with what was typed so far."""
    held = work.access_assignment(request.subject, code)
    version = whole(request.POST.get("version", "")) or 1
    put_change_aside(by=request.subject, batch=held.batch, version=version)
    return _again(request, held, form.read_draft(request.POST, held.batch))


@signed_in
@require_POST
def ask(request: Asking, code: str) -> HttpResponse:
    """Ask about the item in hand, and go on with it or skip it; the answer begun stays."""
    held = work.access_assignment(request.subject, code)
    typed = form.read_draft(request.POST, held.batch)
    try:
        ask_question(by=request.subject, code=code, text=typed["ask"])
    except Invalid as error:
        return _task_page(request, held, draft=typed, errors=error.fields, status=422)
    return _again(request, held, typed | {"ask": ""}, told=asked_words())


def asked_words() -> str:
    return _("Your question is sent. You are told of the reply; meanwhile go on, or skip this one.")


def _again(request: Asking, held: Assignment, typed: dict[str, Any], told: str = "") -> HttpResponse:
    """Another button than the one that sends: what is typed becomes the draft, and nothing of it is lost."""
    held = assignments.save_draft(by=request.subject, code=str(held.code), draft=typed)
    if request.htmx:
        return _task_page(request, work.access_assignment(request.subject, held.code), draft=typed, told=told)
    if told:
        messages.success(request, told)
    return redirect("assignment", held.code)


@signed_in
@require_POST
def problem(request: Asking, code: str) -> HttpResponse:
    """Tell the owner that something is wrong with the item, and go on."""
    held, typed = work.access_assignment(request.subject, code), request.POST.get("text", "")
    try:
        assignments.report_problem(by=request.subject, code=code, text=typed)
    except Invalid as error:
        told = {"problem": error.fields["text"]}
        return _task_page(
            request, held, draft=work.typed(held), errors=told, problem=typed.replace("\0", ""), status=422
        )
    messages.success(request, _("Thank you. The owner of this work reads it."))
    return redirect("assignment", code)


@signed_in
@require_POST
def skip(request: Asking, code: str) -> HttpResponse:
    """Give a task back and stop."""
    assignments.skip_task(by=request.subject, code=code)
    messages.success(request, _("You gave it back. Somebody else takes it; nobody is told."))
    return redirect("home")
