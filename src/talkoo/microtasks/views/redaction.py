"""What of a draft is redacted: chosen for each finding, seen before and after, signed by somebody by name."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.microtasks.actions import redaction as actions
from talkoo.microtasks.actions.viewings import note_viewing
from talkoo.microtasks.models import Batch, BatchState, Task
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.pictures import readable
from talkoo.microtasks.queries.redaction import (
    Planned,
    Rules,
    edition,
    going,
    marked_pieces,
    planned,
    rules_of,
    samples,
    speaks,
    texts_of,
)
from talkoo.microtasks.queries.uploads import latest_upload, uses
from talkoo.microtasks.views.protection import columns_of, kinds
from talkoo.microtasks.views.showing import mark

LONGEST = 20_000  # letters of the words an owner adds


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def redaction(request: Asking, code: str) -> HttpResponse:
    """GET: findings, choices, and a few items before and after. POST: prepare, or sign what is prepared."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    if batch.state != BatchState.DRAFT:
        raise Conflict(
            _("This batch was opened; its items stay as they are."), remedy=_("Copy it, and change the copy.")
        )
    if request.method != "POST":
        return _page(request, batch)
    if request.POST.get("do") == "sign":
        return _sign(request, batch)
    return _prepare(request, batch)


def _sign(request: Asking, batch: Batch) -> HttpResponse:
    try:
        actions.sign_redaction(by=request.subject, code=batch.code, seen=request.POST.get("seen", "")[:16])
    except Denied as error:
        return _page(request, batch, refused=f"{error.message} {error.remedy}", status=403)
    messages.success(request, _("You signed it. Your name stands with it in the log."))
    return redirect("batch_redaction", batch.code)


def _prepare(request: Asking, batch: Batch) -> HttpResponse:
    plan = planned(batch)
    chosen = {key: request.POST.get(f"choice-{at}", "") for at, key in enumerate(plan.choices())}
    words = request.POST.get("words", "").replace("\0", "")[:LONGEST]
    try:
        actions.prepare_redaction(by=request.subject, code=batch.code, choices=chosen, words=words.splitlines())
    except Invalid as error:
        return _page(request, batch, errors=error.fields, chosen=chosen, words=words, status=422)
    messages.success(request, _("Saved. See below what items look like then."))
    return redirect("batch_redaction", batch.code)


def _page(
    request: Asking,
    batch: Batch,
    *,
    errors: dict[str, str] | None = None,
    chosen: dict[str, str] | None = None,
    words: str | None = None,
    refused: str = "",
    status: int = 200,
) -> HttpResponse:
    plan = planned(batch)
    held = plan.redaction if speaks(plan) else None
    choices = chosen if chosen is not None else plan.choices()
    context = {
        "batch": batch,
        "check": plan.check,
        "looking": plan.check is not None and plan.check.finished is None,
        "rows": _rows(batch, plan, choices, errors or {}),
        "words": words if words is not None else "\n".join(plan.words()),
        "words_errors": [errors["words"]] if errors and "words" in errors else [],
        "held": held,
        "going": going(plan),
        "seen": edition(held) if held else "",
        "barred": refused or (actions.barred(request.subject, batch, held) if held and not held.signed else ""),
        "samples": [] if errors or (held and held.finished) else _samples(request, batch, plan),
        "mark": mark(request, batch),
        "trail": [
            {"label": _("My batches"), "href": reverse("batches")},
            {"label": batch.title, "href": reverse("batch_edit", args=[batch.code, "data"])},
        ],
    }
    return render(request, "microtasks/redaction.html", context, status=status)


def _rows(batch: Batch, plan: Planned, choices: dict[str, str], errors: dict[str, str]) -> list[dict[str, Any]]:
    """Each finding with what is chosen for it."""
    words, parts, columns = kinds(), uses(), columns_of(latest_upload(batch))
    return [
        {
            "field": f"choice-{at}",
            "kind": words.get(row["kind"], row["kind"]),
            "part": ", ".join(columns.get(row["part"], [])) or parts.get(row["part"], row["part"]),
            "items": row["items"],
            "examples": row["examples"],
            "picture": row["kind"] == "picture",
            "choice": choices.get(f"{row['kind']} {row['part']}", ""),
            "errors": [errors[key]] if (key := f"{row['kind']} {row['part']}") in errors else [],
        }
        for at, row in enumerate(plan.findings)
    ]


def _samples(request: Asking, batch: Batch, plan: Planned) -> list[dict[str, Any]]:
    """A few items, each part in pieces: what stays, and what goes with the block in its place. Showing them is noted."""
    rules, shown = rules_of(plan.choices(), plan.words()), samples(batch, plan)
    note_viewing(by=request.subject, batch=batch, tasks=[task.pk for task in shown])
    return [{"name": task.name, "parts": _parts(task, rules)} for task in shown]


def _parts(task: Task, rules: Rules) -> list[list[tuple[str, str | None]]]:
    texts = texts_of(task.name, task.group, task.payload)
    return [marked_pieces(rules, part, readable(text)) for part, text in texts if text]
