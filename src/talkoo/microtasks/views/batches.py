"""My batches, and what is done with one as a whole: reading its file, its people, its states, a copy."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission, Relation
from talkoo.access.queries import organisations_where
from talkoo.access.views import Asking, signed_in
from talkoo.lib import quarantine, wall
from talkoo.lib.cells import harmless
from talkoo.lib.errors import Conflict, Missing
from talkoo.microtasks import forms
from talkoo.microtasks.actions import batch_people, batches, uploads
from talkoo.microtasks.actions.batch_states import MOVES, discard_draft, move_batch
from talkoo.microtasks.models import Batch, BatchState, RejectedRow, Upload, UploadState
from talkoo.microtasks.queries import mine
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.readiness import hindrances
from talkoo.microtasks.queries.uploads import access_upload, latest_upload, rejected_rows, stalled
from talkoo.microtasks.views.steps import page, trail

PAGE = 20
ROWS = 25


@signed_in
@require_safe
def overview(request: Asking) -> HttpResponse:
    """The batches this person owns, what is open first."""
    state = request.GET.get("state", "")
    found = mine.batches(request.subject, state if state in BatchState.values else "")
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    counts = mine.counts(request.subject)
    context = {
        "page": shown,
        "rows": mine.rows(list(shown)),
        "tabs": mine.tabs(counts, state),
        "any": sum(counts.values()),
        "may_create": bool(organisations_where(request.subject, Permission.BATCH_CREATE)),
    }
    return render(request, "microtasks/batches.html", context)


# Reading the file


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def reading(request: Asking, code: str) -> HttpResponse:
    """How far the file is read; POST reads it again."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    upload = access_upload(batch)
    if request.method == "POST":
        uploads.start_reading(by=request.subject, code=code, mapping=upload.mapping)
        return redirect("batch_reading", code)
    if upload.state == UploadState.RECEIVED and not request.htmx:
        return redirect("batch_edit", code, "columns")
    context = _reading(request, batch, upload)
    if request.htmx and not (context["going"] or context["waits"]):
        return HttpResponse(headers={"HX-Refresh": "true"})  # the steps beside it have changed as well
    if request.htmx:
        return render(request, "microtasks/_reading.html", {"batch": batch, "upload": upload, **context})
    return page(request, batch, "columns", {"upload": upload, **context}, template="microtasks/builder_reading.html")


def _reading(request: Asking, batch: Batch, upload: Upload) -> dict[str, Any]:
    going, waits = upload.state == UploadState.READING, upload.state == UploadState.QUARANTINE
    rows = None if going or waits else Paginator(rejected_rows(upload), ROWS).get_page(request.GET.get("page"))
    return {
        "going": going,
        "waits": waits,
        "scanner": quarantine.connected(),
        "storing": going and upload.bytes_read >= upload.size,
        "stalled": stalled(upload),
        "failed": upload.state == UploadState.FAILED,
        "percent": min(100, round(100 * upload.bytes_read / max(upload.size, 1))),
        "rejected": rows,
        "place": place_word(upload.kind),
        "onward": reverse("batch_edit", args=[batch.code, "question"]),
    }


@signed_in
@require_safe
def rejected_csv(request: Asking, code: str) -> StreamingHttpResponse:
    """Every rejected row of the last reading, as a file."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    upload = access_upload(batch)
    lines = _csv_lines(
        place_word(upload.kind), wall.streamed(rejected_rows(upload).iterator(chunk_size=2000), batch.pk)
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejected-{batch.code}.csv"'
    return response


def place_word(kind: str) -> str:
    """What a place in a file of this kind is called."""
    return {"xlsx": _("Row"), "files": _("File")}.get(kind, _("Line"))


def _csv_lines(place: str, rows: Iterator[RejectedRow]) -> Iterator[str]:
    held = io.StringIO()
    writer = csv.writer(held)
    writer.writerow([place, _("Reason"), _("Beginning of the row")])
    for row in rows:
        writer.writerow([row.line, row.reason, harmless(row.excerpt)])
        yield held.getvalue()
        held.seek(0)
        held.truncate()
    yield held.getvalue()


# The batch as a whole


@signed_in
@require_POST
def copy(request: Asking, code: str) -> HttpResponse:
    made = batches.copy_batch(by=request.subject, code=code)
    messages.success(request, _("This is your copy. Choose a file of items for it."))
    return redirect("batch_edit", made.code, "upload")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def move(request: Asking, code: str, verb: str) -> HttpResponse:
    """GET: what would happen, to be confirmed. POST: do it."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    step = MOVES.get(verb)
    if step is None:
        raise Missing(_("A batch cannot do that."), remedy=_("Look at the batch and choose one of its buttons."))
    if request.method == "POST":
        move_batch(by=request.subject, code=code, verb=verb)
        messages.success(request, str(step.done))
        return redirect("batch", code)
    if batch.state not in step.sources:
        words = {"state": batch.get_state_display().lower()}
        raise Conflict(_("The batch is %(state)s by now.") % words, remedy=_("Look at it again before you go on."))
    missing = hindrances(batch, latest_upload(batch)) if step.target == BatchState.OPEN else []
    if missing:
        return redirect("batch_edit", code, "check" if batch.state == BatchState.DRAFT else "audience")
    return render(
        request,
        "microtasks/batch_confirm.html",
        {"batch": batch, "move": step, "trail": trail(), "cancel": reverse("batch", args=[code])},
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def discard(request: Asking, code: str) -> HttpResponse:
    """GET: say what is lost. POST: delete the draft."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    if request.method == "POST":
        discard_draft(by=request.subject, code=code)
        messages.success(request, _("The draft “%(title)s” is deleted.") % {"title": batch.title})
        return redirect("batches")
    return render(
        request,
        "microtasks/batch_discard.html",
        {"batch": batch, "trail": trail(), "cancel": reverse("batch_edit", args=[code, "check"])},
    )


@signed_in
@require_POST
def people(request: Asking, code: str) -> HttpResponse:
    """Add an owner or a reviewer by address, or take one away."""
    access_batch(request.subject, code, Permission.BATCH_EDIT)
    given = request.POST.get("relation", "")
    relation = Relation.OWNER if given == Relation.OWNER else Relation.REVIEWER
    if person := request.POST.get("remove", ""):
        batch_people.remove_person(by=request.subject, code=code, person=person, relation=relation)
        return redirect(f"{reverse('batch_edit', args=[code, 'audience'])}#people")
    form = forms.PersonForm(request.POST)
    if forms.saved(
        form, lambda said: batch_people.add_person(by=request.subject, code=code, relation=relation, **said)
    ):
        messages.success(request, _("Added."))
    else:
        messages.error(request, " ".join(str(words) for found in form.errors.values() for words in found))
    return redirect(f"{reverse('batch_edit', args=[code, 'audience'])}#people")
