"""The log: what happened, proof of it, and a checkpoint that somebody kept held against it."""

from datetime import date
from urllib.parse import urlencode

from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.views import Asking, signed_in
from talkoo.audit.actions.proving import check_kept, take_proof
from talkoo.audit.queries.state import log_state
from talkoo.desk.log_words import AREAS, KINDS
from talkoo.desk.queries.log import Asked, choices, entry, log_page, reach_of
from talkoo.lib.errors import Invalid
from talkoo.lib.posted import asked

LONGEST = 4_000  # characters of a checkpoint


@signed_in
@require_safe
def log(request: Asking) -> HttpResponse:
    wanted = _asked(request)
    page = log_page(request.subject, wanted)
    kept = QueryDict(mutable=True)
    kept.update({name: str(value) for name, value in request.GET.items() if name != "before"})
    context = {
        "page": page, "asked": wanted, "state": log_state(), "kinds": choices(KINDS.items()), "areas": choices(AREAS.items()),
        "places": choices(page.organisations), "older": f"?{kept.urlencode()}&{urlencode({'before': page.more})}",
        "newest": f"?{kept.urlencode()}", "may_ask": bool(organisations_where(request.subject, Permission.VIEWING_SEE)),
    }  # fmt: skip
    return render(request, "desk/log.html", context)


def _asked(request: Asking) -> Asked:
    before = asked(request, "before")
    return Asked(
        who=asked(request, "who").strip(), system=bool(asked(request, "system")), thing=asked(request, "thing").strip(),
        kind=asked(request, "kind"), area=asked(request, "area"), organisation=asked(request, "organisation"),
        since=_day(asked(request, "since")), until=_day(asked(request, "until")),
        before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
    )  # fmt: skip


def _day(words: str) -> date | None:
    """A day as the browser sends it; what is none narrows nothing, since a link may be old."""
    try:
        found = date.fromisoformat(words)
    except ValueError:
        return None
    return found if 1900 < found.year < 9000 else None


@signed_in
@require_safe
def log_entry(request: Asking, position: int) -> HttpResponse:
    line = entry(request.subject, position)
    return render(request, "desk/log_entry.html", {"line": line, "state": log_state(), "trail": _trail()})


@signed_in
@require_POST
def log_proof(request: Asking, position: int) -> HttpResponse:
    """The proof of one entry as a file for verify.py. Taking it along is an event itself."""
    entry(request.subject, position)
    return _file(take_proof(by=request.subject, position=position), f"entry-{position}.json")


@signed_in
@require_POST
def log_check(request: Asking) -> HttpResponse:
    """Hold a checkpoint that was kept against the log of today; with `take`, hand out the proof that both belong together."""
    reach_of(request.subject)
    note = request.POST.get("note", "")[:LONGEST].replace("\r\n", "\n").strip("\n") + "\n"
    try:
        found = check_kept(note)
    except Invalid as error:
        context = {"errors": [f"{error.message} {error.remedy}"], "note": note, "trail": _trail()}
        return render(request, "desk/log_check.html", context, status=422)
    if found.proof and "take" in request.POST:
        return _file(found.proof, f"log-{found.kept.size}.json")
    return render(request, "desk/log_check.html", {"found": found, "note": note, "trail": _trail()})


def _file(body: object, name: str) -> HttpResponse:
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False, "indent": 1})
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _trail() -> list[dict[str, str]]:
    return [{"label": _("The log"), "href": reverse("log")}]
