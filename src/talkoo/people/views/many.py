"""Many people at once: invited from a text, changed together, taken along as a file."""

import csv
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, care, signed_in
from talkoo.lib.cells import harmless
from talkoo.lib.posted import asked, site, went_well
from talkoo.people.actions.many import (
    MOST,
    Done,
    end_for_many,
    give_to_many,
    invite_many,
    move_many,
    record_members_export,
)
from talkoo.people.forms import InviteManyForm, ManyForm
from talkoo.people.models import Person
from talkoo.people.queries.members import rows_for_file
from talkoo.people.queries.organisations import chosen_organisation, seen_organisations
from talkoo.people.queries.persons import seen_people
from talkoo.people.views.people import list_asked

COLUMNS = ("name", "email", "title", "organisation", "code", "role", "from", "until", "account")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def invite(request: Asking) -> HttpResponse:
    """Addresses pasted from a mail or a list."""
    care(request.subject, Permission.PEOPLE_INVITE)
    form, done = InviteManyForm(request.POST or None, by=request.subject), list[Done]()
    if request.method == "POST" and went_well(
        form, lambda data: done.append(invite_many(by=request.subject, site=site(request), **data))
    ):
        _say(request, done[0], ngettext("%(n)d invitation goes out.", "%(n)d invitations go out.", done[0].changed))
        return redirect("people")
    return render(request, "people/invite_many.html", {"form": form}, status=422 if form.errors else 200)


def _say(request: Asking, done: Done, words: str) -> None:
    said = [words % {"n": done.changed}] if done.changed else [_("There was nothing to do.")]
    if done.already:
        passed = ngettext("%(n)d was passed over.", "%(n)d were passed over.", done.already)
        said.append(passed % {"n": done.already})
    messages.success(request, " ".join(said))


@require_POST
@signed_in
def change(request: Asking) -> HttpResponse:
    """First what will happen to whom, then yes."""
    by = request.subject
    care(by, Permission.MEMBERSHIP_EDIT)
    chosen = list(seen_people(by).filter(code__in=request.POST.getlist("person")[:MOST]))
    if not chosen:
        messages.info(request, _("Tick somebody first."))
        return redirect("people")
    form, done = ManyForm(request.POST, by=by), list[Done]()
    if "sure" in request.POST and went_well(form, lambda data: done.append(_act(by, chosen, data))):
        _say(request, done[0], ngettext("%(n)d person was changed.", "%(n)d people were changed.", done[0].changed))
        return redirect("people")
    status = 422 if form.errors or not form.is_valid() else 200
    role = dict(Role.choices).get(form.cleaned_data.get("role", ""), "")
    context = {"form": form, "chosen": chosen, "data": form.cleaned_data, "role": role}
    return render(request, "people/many.html", context, status=status)


def _act(by: Subject, people: list[Person], data: dict[str, Any]) -> Done:
    place = data["organisation"]
    if data["act"] == "move":
        return move_many(by=by, people=people, source=place, target=data["target"], day=data["day"])
    act = give_to_many if data["act"] == "give" else end_for_many
    return act(by=by, people=people, role=data["role"], organisation=place)


@require_safe
@signed_in
def export(request: Asking) -> HttpResponseBase:
    """The list as it is filtered, each role a row; who took it stands in the log."""
    reach = care(request.subject, Permission.PEOPLE_SEE)
    code = asked(request, "organisation")
    organisations = list(seen_organisations(request.subject, Permission.PEOPLE_SEE)) if code else []
    wanted = list_asked(request, reach, chosen_organisation(organisations, code))
    headers = {"Content-Disposition": 'attachment; filename="people.csv"', "Cache-Control": "no-store"}
    if request.method == "HEAD":
        return HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    record_members_export(by=request.subject)
    lines = _lines(request.subject, wanted)
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=headers)


class _Echo:
    """What csv writes is the line itself."""

    def write(self, line: str) -> bytes:
        return line.encode()


def _lines(by: Subject, wanted: Any) -> Iterator[bytes]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield b"\xef\xbb\xbf" + writer.writerow(COLUMNS)
    for row in rows_for_file(by, wanted):
        yield writer.writerow([harmless(cell) for cell in row])
