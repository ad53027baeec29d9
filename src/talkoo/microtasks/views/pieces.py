"""Records that are shown in pieces, whole again for their owners; and how many pieces one may have in hand."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, signed_in
from talkoo.audit.actions import record_denial
from talkoo.lib.errors import Missing, TooMany
from talkoo.microtasks.actions.pieces import edit_caps
from talkoo.microtasks.actions.viewings import note_viewing
from talkoo.microtasks.forms import saved
from talkoo.microtasks.models import Batch, Piece
from talkoo.microtasks.piece_forms import CapsForm
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.pieces import Record, caps_words, pieces_each, records
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views.showing import mark

PER_PAGE = 40  # pieces: who looks at confidential ones is stopped after some hundred an hour


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def batch_records(request: Asking, code: str) -> HttpResponse:
    """Whoever may export the batch sees its records joined; nobody else."""
    batch, _touched = access_tied_batch(request.subject, code, Permission.BATCH_EXPORT)
    if not batch.records:
        raise Missing(_("The items of this batch are not pieces of records."), _("Look at its results."))
    initial = {"cap_person": batch.cap_person, "cap_team": batch.cap_team}
    form = CapsForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and saved(form, lambda said: edit_caps(by=request.subject, code=code, **said)):
        messages.success(request, _("Saved."))
        return redirect("batch_records", code)
    each = max(1, PER_PAGE // max(1, pieces_each(batch)))
    numbers = Paginator(range(1, batch.records + 1), each).get_page(request.GET.get("page"))
    found, refused = _noted(request, batch, records(batch, list(numbers.object_list)))
    context = {
        "batch": batch, "form": form, "page": numbers, "caps": caps_words(batch), "mark": mark(request, batch), "refused": refused,
        "records": [_shown(batch, record) for record in found],
        "trail": [
            {"label": _("My batches"), "href": reverse("batches")},
            {"label": batch.title, "href": reverse("batch", args=[code])},
        ],
    }  # fmt: skip
    return render(request, "microtasks/records.html", context, status=422 if form.errors else 429 if refused else 200)


def _noted(request: Asking, batch: Batch, found: list[Record]) -> tuple[list[Record], str]:
    """What may be shown of these, and why no more: who was shown too many within the hour can still lower the caps."""
    try:
        note_viewing(
            by=request.subject, batch=batch, tasks=[piece.task_id for record in found for piece in record.pieces]
        )
    except TooMany as error:
        record_denial(by=request.subject, error=error, path=request.path)
        return [], f"{error.message} {error.remedy}"
    return found, ""


def _shown(batch: Batch, record: Record) -> dict[str, Any]:
    pieces = [{"label": each.label, "text": _text(each), "task": each.task, "result": _result(batch, each)} for each in record.pieces]  # fmt: skip
    return {"number": record.number, "name": record.name, "pieces": pieces}


def _text(piece: Piece) -> str:
    """What the piece says, without the name of its column where that stands beside it already."""
    said: str = piece.task.payload.get("source", "")
    return said.removeprefix(f"{piece.label}:\n")


def _result(batch: Batch, piece: Piece) -> str:
    result = piece.task.result
    if result is None or result.value is None:
        return ""
    return task_type(batch.task_type).words(batch.config, result.value)
