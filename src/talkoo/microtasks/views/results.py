"""The result explorer: what a batch has come to, every result with how it came about, and a copy to take along."""

from collections import Counter
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, allows
from talkoo.access.views import Asking, signed_in
from talkoo.engines.consensus import FEWEST_KNOWN
from talkoo.lib.charts import shown
from talkoo.lib.errors import Invalid
from talkoo.microtasks import export
from talkoo.microtasks.actions import results as actions
from talkoo.microtasks.actions.batch_states import moves_from
from talkoo.microtasks.models import Batch, BatchState, Task, TaskState
from talkoo.microtasks.queries import results
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.control import measures_certainty
from talkoo.microtasks.queries.crowd import Crowd, crowd
from talkoo.microtasks.queries.detail import detail, opened_task
from talkoo.microtasks.queries.guests import guest_share
from talkoo.microtasks.queries.history import in_hundred
from talkoo.microtasks.queries.progress import of_batch
from talkoo.microtasks.queries.protection import keeping
from talkoo.microtasks.queries.said import Said, said_by_task
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views import pictures
from talkoo.microtasks.views.distribution import values_picture
from talkoo.microtasks.views.explorer import Asked, empty_words, filters, heading, read_asked, rows, sorts, state_words
from talkoo.microtasks.views.showing import source

PER_PAGE = 10


@signed_in
@require_safe
def batch(request: Asking, code: str) -> HttpResponse:
    """The whole page; for htmx the list and the opened task alone."""
    found, touched = access_tied_batch(request.subject, code, Permission.BATCH_RESULTS)
    part = request.htmx and not request.htmx.history_restore_request
    seen = results.counted(found) if part else results.overview(found)
    people = crowd(found)
    context = {"batch": found, "may": _may(request, touched), **_explorer(request, found, seen, people)}
    if not part:
        context |= _top(found, seen, people)
    response = render(request, "microtasks/_explorer.html" if part else "microtasks/batch.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _may(request: Asking, touched: Resource) -> dict[str, bool]:
    wanted = {
        "edit": Permission.BATCH_EDIT,
        "export": Permission.BATCH_EXPORT,
        "guests": Permission.GUEST_INVITE,
        "review": Permission.TASK_REVIEW,
    }
    return {name: allows(request.subject, permission, touched, counted=False) for name, permission in wanted.items()}


def _top(found: Batch, seen: results.Overview, people: Crowd) -> dict[str, Any]:
    today = timezone.localdate()
    ahead = pictures.look_ahead(found, seen, today)
    words = pictures.outlook(found, seen, ahead, today)
    saved = minutes_saved(found, seen.counts)
    kept, found.known_counted = keeping(found), seen.known  # type: ignore[attr-defined]
    return {
        "trail": [{"label": _("My batches"), "href": reverse("batches")}],
        "crowd": people,
        "guests": guest_share(found) if people.tells_guests else None,
        "seen": seen,
        "moves": _moves(found, closed_for_good=bool(kept.stated.erasing)),
        "keeping": kept,
        "outlook": words,
        "numbers": _numbers(found, seen.counts.settled, seen.counts.answers, seen.counts.surplus),
        "saved": time_words(saved) if saved else "",
        "progress": pictures.progress_picture(found, seen, ahead, words, today),
        "values": values_picture(found, seen),
        "accuracy": _accuracy(found, seen),
        "agreement": pictures.agreement_picture(seen.agreement, pictures.metric_words(task_type(found.task_type))),
        "agreement_words": pictures.agreement_words(seen.agreement),
        "agreement_care": pictures.agreement_care(seen.agreement),
        "states": BatchState,
    }


def _accuracy(found: Batch, seen: results.Overview) -> dict[str, Any] | None:
    """How often people agree with known answers, in hundred; no figures where too few people answered any."""
    if not seen.known:
        return None
    measured, pending = seen.accuracy, measures_certainty(found) and found.controls_added < FEWEST_KNOWN
    if measured is None:
        return {"known": seen.known}
    bounds = {name: in_hundred(getattr(measured, name)) for name in ("share", "low", "high")}
    return {"known": seen.known, "answers": measured.answers, "people": measured.people, "pending": pending, **bounds}


def _moves(found: Batch, *, closed_for_good: bool) -> list[dict[str, Any]]:
    """What an owner may do with the batch now, each a page that asks first; opening it is the main one."""
    words = {
        "open": (_("Open"), "play"), "pause": (_("Pause"), "pause"), "resume": (_("Go on"), "play"),
        "close": (_("Close"), "check"), "reopen": (_("Take it up again"), "repeat"),
    }  # fmt: skip
    ways: list[dict[str, Any]] = []
    if found.state != BatchState.CLOSED:
        step = "check" if found.state == BatchState.DRAFT else "audience"
        ways.append({"label": _("Edit"), "icon": "edit", "href": reverse("batch_edit", args=[found.code, step])})
    for move in () if closed_for_good else moves_from(found.state):
        label, icon = words[move.verb]
        href = reverse("batch_move", args=[found.code, move.verb])
        ways.append({"label": label, "icon": icon, "href": href, "primary": move.target == BatchState.OPEN})
    return ways


def _numbers(found: Batch, settled: int, counted: int, surplus: int) -> dict[str, Any]:
    """The figures that move while somebody looks; `answers` are all that were given, surplus ones too."""
    answers = counted + surplus
    return {
        "settled": settled,
        "total": found.tasks_total,
        "settled_words": shown(settled),
        "total_words": shown(found.tasks_total),
        "answers": answers,
        "answers_words": shown(answers),
        "each": shown(round(answers / found.tasks_total, 1)) if found.tasks_total else "0",
        "time": time_words(answers * float(found.minutes)),
    }


def minutes_saved(found: Batch, counts: results.Counts) -> float:
    """What stopping early saved on the settled items, against the most answers each of them might have had."""
    if not found.adaptive:
        return 0
    return max(0, counts.settled * found.most - counts.answers_settled) * float(found.minutes)


def time_words(minutes: float) -> str:
    """Minutes up to an hour and a half, then hours."""
    if minutes < 90:
        return ngettext("%(count)d minute", "%(count)d minutes", round(minutes)) % {"count": round(minutes)}
    return _("%(hours)s hours") % {"hours": shown(round(minutes / 60))}


def _explorer(request: Asking, found: Batch, seen: results.Overview, people: Crowd) -> dict[str, Any]:
    """The list and the task opened beside it: the one asked for, else the first of the list."""
    asked = read_asked(request.GET, seen)
    request.GET = QueryDict(asked.query())  # links to other pages keep the list, not the opened task
    page = _page(found, seen, asked)
    listed = list(results.listed_tasks(page.object_list, asked.sort))  # type: ignore[arg-type]  # it is a slice
    number = asked.task or (listed[0].number if listed else None)
    opened = opened_task(found, number) if number else None
    said = said_by_task([task.pk for task in listed] + ([opened.pk] if opened else []))
    return {
        "asked": asked,
        "page": page,
        "list_heading": heading(asked),
        "empty": empty_words(asked, seen),
        "filters": filters(asked, seen),
        "sorts": sorts(asked),
        "rows": rows(found, listed, said, asked, opened.number if opened else None),
        **(_opened(request, opened, said[opened.pk], people) if opened else {}),
    }


def _page(found: Batch, seen: results.Overview, asked: Asked) -> Page[int]:
    pages = Paginator(results.explored_tasks(found, show=asked.show, search=asked.search, sort=asked.sort), PER_PAGE)
    if not asked.search and asked.show != "problems":
        pages.count = results.total_shown(seen, asked.show)
    return pages.get_page(asked.page)


def _opened(request: Asking, task: Task, said: list[Said], people: Crowd) -> dict[str, Any]:
    whole = detail(task, said, people)
    taking, answered = task.batch.state in {BatchState.OPEN, BatchState.PAUSED}, bool(task.done + task.surplus)
    chance = task.result.probability if task.result and task.state == TaskState.CLOSED else None
    return {
        "detail": whole,
        "task": task,
        "state": dict(zip(("label", "color"), state_words(task), strict=True)),
        "chance": pictures.chances_picture(task.batch, whole.chances),
        "bounds": pictures.bounds_picture(whole.bounds),
        **source(request, task.batch, task),
        "history": [_version(task.batch, result) for result in reversed(whole.results)],
        "below_level": task.batch.adaptive and chance is not None and chance < task.batch.sure / 100,
        "under": _under(task.batch, said),
        "can_ask": taking and answered and task.state != TaskState.CONTROL,
        "can_send": task.state not in {TaskState.REVIEW, TaskState.CONTROL} and answered,
        "known": getattr(task, "known", None),
        "can_know": task.batch.state != BatchState.CLOSED,
    }


def _under(found: Batch, said: list[Said]) -> list[str]:
    """How many answers stand under which version of the instructions, where there is more than one."""
    if found.instruction == 1:
        return []
    counted = sorted(Counter(answer.instruction for answer in said).items())
    return [_("%(n)d under version %(version)d") % {"n": n, "version": version} for version, n in counted]


def _version(found: Batch, result: Any) -> dict[str, Any]:
    chance = _("%(chance)s in 100") % {"chance": in_hundred(result.probability)} if result.probability else ""
    return {"result": result, "value": task_type(found.task_type).words(found.config, result.value), "chance": chance}


@signed_in
@require_safe
def batch_progress(request: Asking, code: str) -> HttpResponseBase:
    """The moving figures; asked every ten seconds, and answered with 304 while nothing moved."""
    found, _touched = access_tied_batch(request.subject, code, Permission.BATCH_RESULTS)
    state = of_batch(found)
    stamp = f'"{found.state}-{state.total}-{state.settled}-{state.review}-{state.answers}"'
    unchanged = get_conditional_response(request, etag=stamp)
    if unchanged is not None:
        return unchanged
    numbers = _numbers(found, state.settled, state.answers, 0)
    response = render(request, "microtasks/_numbers.html", {"batch": found, "numbers": numbers, "states": BatchState})
    response["ETag"] = stamp
    response["Cache-Control"] = "private, no-cache"
    return response


@signed_in
@require_safe
def task(request: Asking, code: str, number: int) -> HttpResponse:
    """One task on a page of its own, to be linked to."""
    found, touched = access_tied_batch(request.subject, code, Permission.BATCH_RESULTS)
    opened = opened_task(found, number)
    trail = [
        {"label": _("My batches"), "href": reverse("batches")},
        {"label": found.title, "href": reverse("batch", args=[code])},
    ]
    context = {"batch": found, "trail": trail, "may": _may(request, touched), "alone": True}
    return render(
        request,
        "microtasks/task.html",
        context | _opened(request, opened, said_by_task([opened.pk])[opened.pk], crowd(found)),
    )


@signed_in
@require_POST
def task_ask(request: Asking, code: str, number: int) -> HttpResponse:
    """Ask one more person."""
    found, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EDIT)
    actions.ask_one_more(by=request.subject, batch=found, number=number)
    messages.success(request, _("One more person will be asked. The result stands again after that."))
    return _back(request, code, number)


@signed_in
@require_POST
def task_send(request: Asking, code: str, number: int) -> HttpResponse:
    """Send to a reviewer."""
    found, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EDIT)
    actions.send_to_review(by=request.subject, batch=found, number=number)
    messages.success(request, _("It is with a reviewer now: somebody who did not answer it."))
    return _back(request, code, number)


@signed_in
@require_POST
def problem_reply(request: Asking, code: str, problem: int) -> HttpResponse:
    """Answer a report and close it."""
    found, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EDIT)
    try:
        reply = request.POST.get("reply", "").replace("\x00", "")
        closed = actions.reply_to_problem(by=request.subject, batch=found, problem=problem, reply=reply)
    except Invalid as error:
        messages.error(request, error.message)
        number = request.POST.get("task", "")
        return _back(request, code, int(number) if number.isdecimal() and len(number) < 9 else 1)
    messages.success(request, _("The report is answered and closed."))
    return _back(request, code, closed.task.number)


def _back(request: Asking, code: str, number: int) -> HttpResponse:
    """To where the button was pressed: the page of the task, or its place in the explorer."""
    if request.POST.get("alone"):
        return redirect("task", code, number)
    query = QueryDict(request.POST.get("query", "")[:500], mutable=True)
    query["task"] = str(number)
    return redirect(f"{reverse('batch', args=[code])}?{query.urlencode()}#opened")


@signed_in
@require_safe
def batch_export(request: Asking, code: str, fmt: str) -> HttpResponseBase:
    """All results with their provenance, streamed. Asking for the headers alone takes no copy."""
    found, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EXPORT)
    if request.method == "HEAD":
        export.check_form(fmt)
        return HttpResponse(content_type=export.FORMS[fmt])
    actions.record_export(by=request.subject, batch=found, form=fmt)
    return export.response(found, fmt, by=request.subject.name)
