"""The builder's step on data protection: what is stated, the look through the items, and the person's word on it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from talkoo.access.permissions import Permission
from talkoo.access.views import Asking, signed_in
from talkoo.lib.errors import Conflict
from talkoo.microtasks import forms
from talkoo.microtasks.actions import data_check, protection
from talkoo.microtasks.models import Batch, BatchState, DataCheck
from talkoo.microtasks.queries.batches import access_batch
from talkoo.microtasks.queries.protection import Stated, check_of, crosses, missing_parts, stalled, stated
from talkoo.microtasks.queries.redaction import unsigned
from talkoo.microtasks.queries.uploads import latest_upload, uses
from talkoo.microtasks.views.steps import onward, page, seen
from talkoo.people.queries.organisations import existing

STORED = ("contact", "purpose", "basis", "special", "special_basis", "keep_days", "afterwards")


def step(request: Asking, batch: Batch) -> HttpResponse:
    """The step, shown or saved. What is posted says by `do` which part of it is meant."""
    if request.method != "POST":
        return _page(request, batch)
    return {"look": _look, "word": _word, "leave-out": _leave_out}.get(request.POST.get("do", ""), _state)(
        request, batch
    )


def _state(request: Asking, batch: Batch) -> HttpResponse:
    found = stated(batch)
    form = _form(request, found)

    def save(said: dict[str, Any]) -> Any:
        return protection.state_protection(by=request.subject, code=batch.code, edition=seen(request), **said)

    if not forms.saved(form, save):
        return _page(request, batch, found=found, form=form, status=422)
    if batch.state == BatchState.DRAFT:
        return onward(request, batch, "data")
    messages.success(request, _("Saved."))
    return redirect("batch", batch.code)


def _look(request: Asking, batch: Batch) -> HttpResponse:
    data_check.start_check(by=request.subject, code=batch.code)
    return _back(batch)


def _word(request: Asking, batch: Batch) -> HttpResponse:
    word = forms.StatementForm(request.POST)
    if not forms.saved(word, lambda said: protection.state_personal_data(by=request.subject, code=batch.code, **said)):
        return _page(request, batch, word=word, status=422)
    messages.success(request, _("Your statement is kept with the batch."))
    return _back(batch)


def _leave_out(request: Asking, batch: Batch) -> HttpResponse:
    kind, _space, part = request.POST.get("finding", "").partition(" ")
    gone = data_check.leave_out_items(by=request.subject, code=batch.code, kind=kind, part=part)
    data_check.start_check(by=request.subject, code=batch.code)
    messages.success(request, ngettext("%(n)d item was left out.", "%(n)d items were left out.", gone) % {"n": gone})
    return _back(batch)


def _back(batch: Batch) -> HttpResponse:
    return redirect(f"{reverse('batch_edit', args=[batch.code, 'data'])}#look")


def _form(request: Asking, found: Stated) -> forms.ProtectionForm:
    stored = {name: getattr(found.protection, name) for name in STORED}
    posted = request.POST if request.method == "POST" and request.POST.get("do", "") == "" else None
    return forms.ProtectionForm(
        posted,
        initial={**stored, "controller": found.protection.controller_id},
        organisations=list(existing().order_by("name").values_list("pk", "name")),
    )


def _page(
    request: Asking,
    batch: Batch,
    *,
    found: Stated | None = None,
    form: forms.ProtectionForm | None = None,
    word: forms.StatementForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = found or stated(batch)
    crossing = crosses(batch)
    upload = latest_upload(batch)
    context = {
        "form": form or _form(request, found),
        "word": word or forms.StatementForm(initial=_said(found)),
        "wrong": bool(word and word.errors),
        "crossing": crossing,
        "filled": found.filled,
        "missing": missing_parts(batch, found) if crossing else [],
        "unsigned": unsigned(batch, found) if batch.state == BatchState.DRAFT else [],
        "upload": upload,
        **_looked(batch, found, columns_of(upload)),
    }
    return page(request, batch, "data", context, status=status)


def _said(found: Stated) -> dict[str, str]:
    return {"says": found.word.says, "because": found.word.because} if found.word else {}


def columns_of(upload: Any) -> dict[str, list[str]]:
    """The columns of the file behind each part of the items."""
    columns: dict[str, list[str]] = {}
    for name, use in (upload.mapping if upload else {}).items():
        columns.setdefault(use, []).append(name)
    return columns


def _looked(batch: Batch, found: Stated, columns: dict[str, list[str]]) -> dict[str, Any]:
    check = check_of(found)
    return {
        "stated": found,
        "check": check,
        "going": check is not None and check.finished is None,
        "stalled": check is not None and stalled(check),
        "findings": _findings(batch, check, columns) if check else [],
    }


def kinds() -> dict[str, str]:
    return {
        "picture": _("Pictures, which nobody but you can look through"),
        "name": _("Names of people"),
        "identity": _("National identity numbers"),
        "phone": _("Telephone numbers"),
        "email": _("E-mail addresses"),
        "address": _("Street addresses"),
        "account": _("Bank accounts (IBAN)"),
        "birth": _("Dates of birth"),
        "plate": _("Licence plates"),
    }


def _findings(batch: Batch, check: DataCheck, columns: dict[str, list[str]]) -> list[dict[str, Any]]:
    """What was found, the most frequent first, each with how many items it stands in and masked examples."""
    words, parts = kinds(), uses()
    may = batch.state == BatchState.DRAFT and batch.tasks_total <= data_check.MOST_RENUMBERED
    return [
        {
            "key": f"{row['kind']} {row['part']}",
            "kind": words.get(row["kind"], row["kind"]),
            "part": ", ".join(columns.get(row["part"], [])) or parts.get(row["part"], row["part"]),
            "items": row["items"],
            "examples": row["examples"],
            "may_leave_out": may and len(row["numbers"]) <= data_check.MOST_LISTED and row["items"] < batch.tasks_total,
        }
        for row in check.findings
    ]


@signed_in
@require_safe
def checking(request: Asking, code: str) -> HttpResponse:
    """How far the look through the items has come, for the page that asks again and again."""
    batch = access_batch(request.subject, code, Permission.BATCH_EDIT)
    if batch.state == BatchState.CLOSED:
        raise Conflict(_("This batch is closed."), remedy=_("Copy it, and change the copy."))
    if not request.htmx:
        return _back(batch)
    looked = _looked(batch, stated(batch), {})
    if not looked["going"]:
        return HttpResponse(headers={"HX-Refresh": "true"})  # the word and the steps beside it have changed as well
    return render(request, "microtasks/_data_looking.html", {"batch": batch, **looked})
