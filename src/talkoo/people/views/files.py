"""Many people from a file: choose it, see what it holds, say yes."""

import tempfile
from pathlib import Path

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.posted import site, went_well
from talkoo.people.actions.files import (
    COLUMNS,
    Outcome,
    confirm_people_file,
    discard_people_file,
    read_people_file,
)
from talkoo.people.forms import PeopleFileForm
from talkoo.people.models import Organisation, PeopleFile
from talkoo.people.queries.persons import access_people_file

SHOWN = 100


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def people_file(request: Asking) -> HttpResponse:
    care(request.subject, Permission.PEOPLE_INVITE)
    form, read = PeopleFileForm(request.POST or None, request.FILES or None, by=request.subject), list[PeopleFile]()
    if request.method == "POST" and went_well(form, lambda data: read.append(_read(request.subject, **data))):
        return redirect("people_file_check", read[0].code)
    context = {"form": form, "columns": COLUMNS}
    return render(request, "people/file.html", context, status=422 if form.errors else 200)


def _read(by: Subject, file: "UploadedFile[bytes]", organisation: Organisation) -> PeopleFile:
    """The reader wants a file with a path; small uploads lie in memory only."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as copy:
        for chunk in file.chunks():
            copy.write(chunk)
        copy.flush()
        return read_people_file(by=by, organisation=organisation, path=Path(copy.name), filename=file.name or "")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def people_file_check(request: Asking, code: str) -> HttpResponse:
    file = access_people_file(request.subject, code)
    if request.method == "POST":
        invite = request.POST.get("way") != "add"
        _tell(request, confirm_people_file(by=request.subject, file=file, invite=invite, site=site(request)))
        return redirect("people")
    return render(request, "people/file_check.html", {"file": file, "shown": _shown(file)})


def _shown(file: PeopleFile) -> list[dict[str, str]]:
    """The first people of the file, their roles in words."""
    return [{**each, "role": str(Role(each["role"]).label)} for each in file.people[:SHOWN]]


def _tell(request: Asking, outcome: Outcome) -> None:
    if outcome.invited:
        words = ngettext("%(n)d invitation goes out.", "%(n)d invitations go out.", outcome.invited)
        messages.success(request, words % {"n": outcome.invited})
    if outcome.added:
        words = ngettext("%(n)d person was added.", "%(n)d people were added.", outcome.added)
        messages.success(request, words % {"n": outcome.added})
    for words in outcome.skipped[:10]:
        messages.warning(request, words)


@require_POST
@signed_in
def discard(request: Asking, code: str) -> HttpResponse:
    discard_people_file(by=request.subject, file=access_people_file(request.subject, code))
    messages.success(request, _("Nobody was added. What the file held is forgotten."))
    return redirect("people")
