"""The frame of the builder: its steps, what stands beside each, and the way from one to the next."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from talkoo.access.views import Asking
from talkoo.lib.formats import clock
from talkoo.microtasks.models import Batch, BatchState, Upload, UploadState
from talkoo.microtasks.queries.editions import came_between, edition
from talkoo.microtasks.queries.uploads import LEAVE, latest_upload
from talkoo.microtasks.task_types import task_types
from talkoo.microtasks.views.overtaken import compared

STEPS = ("upload", "columns", "question", "known", "quality", "audience", "data", "check")
OPTIONAL = "known"  # passed over where the file brought no known answer
LATER = ("known", "audience", "data")  # what may be changed once the batch is open


def labels() -> dict[str, str]:
    return {
        "upload": _("Upload"),
        "columns": _("Columns"),
        "question": _("Question"),
        "known": _("Practice and known answers"),
        "quality": _("Quality"),
        "audience": _("Who may see it"),
        "data": _("Data protection"),
        "check": _("Check and open"),
    }


def following(batch: Batch, step: str) -> str:
    coming = STEPS[min(STEPS.index(step) + 1, len(STEPS) - 1)]
    return following(batch, coming) if coming == OPTIONAL and not batch.controls_added else coming


def trail() -> list[dict[str, str]]:
    return [{"label": _("My batches"), "href": reverse("batches")}]


def stepper(batch: Batch | None, here: str, upload: Upload | None) -> list[dict[str, str]]:
    """Each step with its state, its note and, where it can be gone to, its address."""
    names, notes = labels(), _notes(batch, upload) if batch else {}
    done = _done(batch, upload, here)
    return [
        {
            "label": names[step],
            "note": notes.get(step, ""),
            "state": "now" if step == here else "done" if step in done else "later",
            "href": _href(batch, step, upload),
        }
        for step in STEPS
    ]


def _href(batch: Batch | None, step: str, upload: Upload | None) -> str:
    if batch is None or (batch.state != BatchState.DRAFT and step not in LATER) or (step == "columns" and not upload):
        return ""
    return reverse("batch_edit", args=[batch.code, step])


def _done(batch: Batch | None, upload: Upload | None, here: str) -> set[str]:
    """What is there already; the two steps that always hold something count once they are passed."""
    if batch is None:
        return set()
    found = {
        "upload": upload is not None,
        "columns": batch.tasks_total > 0,
        "question": bool(batch.question),
        "known": batch.controls_added > 0 and STEPS.index(here) > STEPS.index("known"),
        "quality": STEPS.index(here) > STEPS.index("quality"),
        "audience": STEPS.index(here) > STEPS.index("audience"),
        "data": STEPS.index(here) > STEPS.index("data"),
    }
    return {step for step, there in found.items() if there}


def _notes(batch: Batch, upload: Upload | None) -> dict[str, str]:
    declared = task_types().get(batch.task_type)
    return {
        "upload": upload.filename if upload else _("No file yet"),
        "columns": _columns(batch, upload),
        "question": str(declared.name) if declared and batch.question else _("Not written yet"),
        "known": ngettext("%(n)d known answer", "%(n)d known answers", batch.controls_added)
        % {"n": batch.controls_added}
        if batch.controls_added
        else _("If you like"),
        "quality": _("%(sure)d in 100") % {"sure": batch.sure} if batch.adaptive else fixed(batch),
        "audience": str(batch.get_sensitivity_display()),
        "check": _("Nothing is public yet") if batch.state == BatchState.DRAFT else batch.get_state_display(),
    }


def fixed(batch: Batch) -> str:
    return ngettext("%(n)d answer an item", "%(n)d answers an item", batch.most) % {"n": batch.most}


def _columns(batch: Batch, upload: Upload | None) -> str:
    if upload is None:
        return ""
    if upload.state == UploadState.QUARANTINE:
        return _("Waits to be scanned")
    if upload.state == UploadState.READING:
        return _("Being read")
    used = sum(use != LEAVE for use in upload.mapping.values())
    words = {
        "used": used,
        "left": len(upload.columns) - used,
        "rows": batch.items_words,
    }
    return _("%(rows)s; %(used)d of the columns") % words if used and batch.tasks_total else _("To be said")


def page(
    request: Asking, batch: Batch, step: str, context: Mapping[str, Any], *, template: str = "", status: int = 200
) -> HttpResponse:
    """The page of a step in its frame."""
    upload = context["upload"] if "upload" in context else latest_upload(batch)
    framed = {
        "batch": batch,
        "step": step,
        "steps": stepper(batch, step, upload),
        "trail": trail(),
        "upload": upload,
        "is_draft": batch.state == BatchState.DRAFT,
        "edition": edition(batch, step),
        "autosave": reverse("batch_autosave", args=[batch.code, step]),
        **context,
    }
    if overtaken(request, batch, step):
        framed |= {"overtaken": compared(batch, context["form"], request.POST), "here": request.path}
    return render(request, template or f"microtasks/builder_{step}.html", framed, status=status)


def seen(request: HttpRequest) -> str:
    """Which edition of the step the page showed; kept to what one can look like."""
    return request.POST.get("edition", "")[:16]


def overtaken(request: Asking, batch: Batch, step: str) -> bool:
    """Whether somebody else saved this step since the page was opened that is being sent."""
    return came_between(request.subject, batch, step, seen(request)) is not None


def onward(request: HttpRequest, batch: Batch, step: str) -> HttpResponse:
    """Where the button that was pressed leads: the next step, the same one again, or away."""
    then = request.POST.get("then", "next")
    if then == "leave":
        return redirect("batches")
    return redirect("batch_edit", batch.code, step if then == "stay" else following(batch, step))


def saved_words() -> str:
    return _("Draft saved %(time)s") % {"time": clock(timezone.now())}
