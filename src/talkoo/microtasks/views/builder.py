"""The batch builder: seven steps, each with its own address; what is typed is saved as it goes."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing, NoRoom
from talkoo.lib.tables import WrongEncoding
from talkoo.lib.tables.packed import packing
from talkoo.lib.tongues import likely
from talkoo.microtasks import forms
from talkoo.microtasks.actions import batches, uploads
from talkoo.microtasks.actions.batch_states import discard_draft
from talkoo.microtasks.models import Batch, BatchState
from talkoo.microtasks.queries import audience as audiences
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.editions import edition
from talkoo.microtasks.queries.pieces import caps_words
from talkoo.microtasks.queries.readiness import cautions, hindrances
from talkoo.microtasks.queries.uploads import guessed_mapping, latest_upload, same_file, uses
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views import protection, shown
from talkoo.microtasks.views.known_step import known_step
from talkoo.microtasks.views.steps import LATER, onward, overtaken, page, saved_words, seen, stepper, trail

ABOUT = ("title", "summary", "item_word", "language")
Handler = Callable[[Asking, Batch], HttpResponse]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: Asking) -> HttpResponse:
    """A title and a file make a draft. A file that cannot be read makes none."""
    places = [(place.pk, place.name) for place in audiences.creating_organisations(request.subject)]
    if not places:
        raise Denied(
            _("You cannot start a batch: no organisation has made you a task owner."),
            remedy=_("Ask the coordinator of your organisation."),
            permission=Permission.BATCH_CREATE.value,
        )
    initial = {"organisation": request.subject.organisation_id, "language": likely(get_language() or "")}
    form = forms.NewForm(request.POST or None, request.FILES or None, initial=initial, organisations=places)
    if request.method == "POST" and (batch := _begun(request, form)):
        return redirect("batch_edit", batch.code, "columns")
    context = {"form": form, "steps": stepper(None, "upload", None), "trail": trail(), "one": len(places) == 1}
    return render(request, "microtasks/builder_new.html", context, status=422 if form.errors else 200)


def _begun(request: Asking, form: forms.NewForm) -> Batch | None:
    """The draft with its file, or None with the errors in the form: then nothing is left of either."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    about = {name: said[name] for name in ABOUT}
    try:
        batch = batches.create_draft(by=request.subject, organisation_id=said["organisation"], **about)
    except Invalid as error:
        forms.add_errors(form, error)
        return None
    if not _received(request, batch, form):
        discard_draft(by=request.subject, code=batch.code)
        return None
    return batch


def _received(request: Asking, batch: Batch, form: Any) -> bool:
    sent, encoding = form.files.getlist("file"), form.cleaned_data["encoding"]
    name, chunks = sent[0].name, sent[0].chunks()
    if len(sent) > 1:
        name, chunks = _("%(count)d files") % {"count": len(sent)}, packing((each.name, each.chunks()) for each in sent)
    try:
        uploads.receive_upload(by=request.subject, code=batch.code, filename=name, chunks=chunks, encoding=encoding)
    except (Invalid, NoRoom) as error:
        form.add_error("file", f"{error.message} {error.remedy}".strip())
        form.ask_encoding = isinstance(error, WrongEncoding)
        return False
    return True


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def step(request: Asking, code: str, step: str) -> HttpResponse:
    """One step of the builder, shown or saved."""
    batch = _editable(request, code, step)
    return HANDLERS[step](request, batch)


def _editable(request: Asking, code: str, step: str) -> Batch:
    if step not in HANDLERS:
        raise Missing(_("The builder has no such step."), remedy=_("Look at your batches."))
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    if batch.state == BatchState.CLOSED or (batch.state != BatchState.DRAFT and step not in LATER):
        raise Conflict(
            _("This batch was opened; that part of it stays as it is."), remedy=_("Copy it, and change the copy.")
        )
    return batch


def upload(request: Asking, batch: Batch) -> HttpResponse:
    about = {name: getattr(batch, name) for name in ABOUT}
    form = forms.AboutForm(request.POST or None, initial=about)
    file = forms.FileForm(request.POST or None, request.FILES or None)
    found = latest_upload(batch)
    if request.method == "POST" and "accept" in request.POST:
        uploads.accept_upload(by=request.subject, code=batch.code)
        return redirect("batch_edit", batch.code, "columns")
    if request.method == "POST" and forms.saved(
        form, lambda said: batches.edit_about(by=request.subject, code=batch.code, edition=seen(request), **said)
    ):
        if "file" not in request.FILES and found:
            return onward(request, batch, "upload")
        if file.is_valid() and _received(request, batch, file):
            return redirect("batch_edit", batch.code, "columns")
    wrong = request.method == "POST" and (form.errors or file.errors)
    same = list(same_file(request.subject, found)[:5]) if found and not found.accepted else []
    context = {"form": form, "file": file, "wrong": wrong, "upload": found, "same": same}
    return page(request, batch, "upload", context, status=422 if wrong else 200)


def columns(request: Asking, batch: Batch) -> HttpResponse:
    found = latest_upload(batch)
    if found is None or not found.accepted:
        return redirect("batch_edit", batch.code, "upload")
    if not found.columns:  # nothing has opened it: it waits in quarantine, or was refused there
        return redirect("batch_reading", batch.code)
    if request.method == "POST" and "sheet" in request.POST:
        return _other_sheet(request, batch)
    mapping, errors = found.mapping or guessed_mapping(found), {}
    if request.method == "POST":
        mapping = {name: request.POST.get(f"use-{at}", "leave") for at, name in enumerate(found.columns)}
        try:
            uploads.start_reading(by=request.subject, code=batch.code, mapping=mapping)
            return redirect("batch_reading", batch.code)
        except Invalid as error:
            errors = error.fields
    context = {
        "upload": found,
        "columns": shown.columns(found, mapping, errors),
        "uses": uses(),
        "links": shown.column_links(found, errors),
    }
    return page(request, batch, "columns", context, status=422 if errors else 200)


def _other_sheet(request: Asking, batch: Batch) -> HttpResponse:
    try:
        uploads.choose_sheet(by=request.subject, code=batch.code, sheet=request.POST["sheet"])
    except Invalid as error:
        messages.error(request, f"{error.message} {error.remedy}".strip())
    return redirect("batch_edit", batch.code, "columns")


def question(request: Asking, batch: Batch) -> HttpResponse:
    form = _question_form(request, batch)
    if request.method == "POST" and forms.saved(form, lambda said: _save_question(request, batch, said)):
        return onward(request, batch, "question")
    posted = request.POST if request.method == "POST" else None
    context = {
        "form": form,
        "kinds": shown.settings(batch, posted, form),
        "preview": shown.preview(request, batch, form, posted),
        "links": shown.question_links(form),
    }
    return page(request, batch, "question", context, status=422 if form.errors else 200)


def _question_form(request: Asking, batch: Batch) -> forms.QuestionForm:
    stored = {"kind": batch.task_type, "question": batch.question, "help": batch.help, "ask_sure": batch.ask_sure}
    return forms.QuestionForm(request.POST if request.method == "POST" else None, initial=stored)


def _save_question(request: Asking, batch: Batch, said: dict[str, Any]) -> None:
    config = forms.read_config(task_type(said["kind"]), request.POST)
    batches.edit_question(by=request.subject, code=batch.code, config=config, edition=seen(request), **said)


def quality(request: Asking, batch: Batch) -> HttpResponse:
    form = _quality_form(request, batch)
    if request.method == "POST" and forms.saved(
        form, lambda said: batches.edit_quality(by=request.subject, code=batch.code, edition=seen(request), **said)
    ):
        return onward(request, batch, "quality")
    return page(
        request, batch, "quality", {"form": form, **shown.effort(batch, form)}, status=422 if form.errors else 200
    )


def _quality_form(request: Asking, batch: Batch) -> forms.QualityForm:
    names = ("sure", "least", "most", "minutes")
    stored = {**{name: getattr(batch, name) for name in names}, "adaptive": "yes" if batch.adaptive else "no"}
    return forms.QualityForm(request.POST if request.method == "POST" else None, initial=stored)


def audience(request: Asking, batch: Batch) -> HttpResponse:
    form, context = _audience_form(request, batch)
    if request.method == "POST" and forms.saved(form, lambda said: _save_audience(request, batch, said)):
        if batch.state == BatchState.DRAFT:
            return onward(request, batch, "audience")
        messages.success(request, _("Saved."))
        return redirect("batch", batch.code)
    context |= {"form": form, "ties": shown.ties(shown.with_ties(batch)), "caps": caps_words(batch)}
    return page(request, batch, "audience", context, status=422 if form.errors else 200)


def _audience_form(request: Asking, batch: Batch) -> tuple[forms.AudienceForm, dict[str, Any]]:
    tree, skills = audiences.organisation_tree(batch), audiences.skills_by_category(batch)
    every = [skill for _category, group in skills for skill in group]
    offered = [place.id for place in tree if place.offered]
    stored = {name: getattr(batch, name) for name in ("sensitivity", "deadline", "may_choose")}
    chosen = {"organisations": offered, "skills": [skill.pk for skill in every if skill.needed]}  # type: ignore[attr-defined]
    form = forms.AudienceForm(
        request.POST if request.method == "POST" else None,
        initial={**stored, **chosen, "reach": "some" if offered else "all"},
        organisations=[(place.id, place.name) for place in tree],
        skills=[(skill.pk, skill.name) for skill in every],
    )
    return form, {**shown.circle(form, tree, skills), "colleagues": audiences.colleagues(batch, tree)}


def _save_audience(request: Asking, batch: Batch, said: dict[str, Any]) -> None:
    wanted = {name: value for name, value in said.items() if name != "reach"}
    batches.edit_audience(by=request.subject, code=batch.code, edition=seen(request), **wanted)


def check(request: Asking, batch: Batch) -> HttpResponse:
    if request.method == "POST":
        return onward(request, batch, "data")
    found, reach = latest_upload(batch), audiences.people_reached(shown.with_ties(batch, "audience", "skills"))
    context = {
        "upload": found,
        "missing": hindrances(batch, found),
        "cautions": cautions(batch, found, reach),
        "reach": reach,
        "ties": shown.ties(batch),
        **shown.summary(batch, found),
    }
    return page(request, batch, "check", context)


HANDLERS: dict[str, Handler] = {
    "upload": upload, "columns": columns, "question": question, "known": known_step, "quality": quality,
    "audience": audience, "data": protection.step, "check": check,
}  # fmt: skip
PLAIN = "text/plain; charset=utf-8"
SAVERS = {"question", "known", "quality", "audience", "data"}


@signed_in
@require_POST
def autosave(request: Asking, code: str, step: str) -> HttpResponse:
    """Save what is typed so far, as far as it can be saved; answers with the words to show."""
    batch = _editable(request, code, step)
    answer = HANDLERS[step](request, batch) if step in SAVERS else None
    if answer is not None and answer.status_code == 302:
        saved = access_batch(request.subject, code, Permission.BATCH_EDIT)
        return HttpResponse(saved_words(), content_type=PLAIN, headers={"Talkoo-Edition": edition(saved, step)})
    if overtaken(request, batch, step):
        return HttpResponse(_("Not saved: somebody else changed this meanwhile"), content_type=PLAIN)
    return HttpResponse(_("Not saved yet: something is to be put right"), content_type=PLAIN)


@signed_in
@require_POST
def preview(request: Asking, code: str) -> HttpResponse:
    """The question as a contributor will see it, from what is in the form now; stores nothing."""
    batch = _editable(request, code, "question")
    form = _question_form(request, batch)
    return render(
        request,
        "microtasks/_preview.html",
        {"preview": shown.preview(request, batch, form, request.POST), "batch": batch},
    )


@signed_in
@require_POST
def estimate(request: Asking, code: str) -> HttpResponse:
    """What the batch takes under the settings in the form now; stores nothing."""
    batch = _editable(request, code, "quality")
    form = _quality_form(request, batch)
    return render(request, "microtasks/_estimate.html", {"batch": batch, **shown.effort(batch, form)})


@signed_in
@require_http_methods(["GET", "HEAD"])
def attempt(request: Asking, code: str, number: int) -> HttpResponse:
    """One of the first five items as a contributor meets it; what is chosen here is not stored."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    return render(
        request,
        "microtasks/builder_try.html",
        {"batch": batch, "trail": trail(), **shown.trial(request, batch, number)},
    )
