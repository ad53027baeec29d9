"""Home, the task board and the first minute of a newcomer."""

from uuid import uuid4

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.access.views import Asking, care, signed_in
from talkoo.desk import first_answer, forms, processing
from talkoo.desk.actions.erasing import erase_person
from talkoo.desk.actions.my_data import take_my_data
from talkoo.desk.queries.board import board as board_of
from talkoo.desk.queries.holdings import HOLDINGS, erasable, held_of
from talkoo.desk.queries.home import home as home_of
from talkoo.desk.queries.stuck import stuck as stuck_board
from talkoo.desk.queries.welcome import first_task, invited_by
from talkoo.lib.errors import Invalid
from talkoo.lib.posted import asked, went_well
from talkoo.people.models import Person


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The start page; visitors are sent to sign in, and the very first one to make the first administrator."""
    by: Subject | None = getattr(request, "subject", None)
    if by is None:
        return redirect(settings.LOGIN_URL if Person.objects.exists() else "first_run")
    page = home_of(by, forms.time_at_hand(request.GET), timezone.now())
    return render(request, "desk/home.html", {"home": page})


@require_safe
def about(request: HttpRequest, page: str) -> HttpResponse:
    """A page of words for everybody, signed in or not."""
    return render(request, f"desk/{page}.html")


@require_safe
def stored(request: HttpRequest) -> HttpResponse:
    """What is held of people, from the declarations; for everybody, signed in or not."""
    return render(request, "desk/stored.html", {"holdings": HOLDINGS})


@signed_in
@require_safe
def my_data(request: Asking) -> HttpResponse:
    """What is held of the person who asks, counted."""
    return render(request, "desk/my_data.html", {"held": held_of(request.subject.person_id)})


@signed_in
@require_POST
def my_data_file(request: Asking) -> HttpResponse:
    """The whole of it as a file."""
    return _file(take_my_data(by=request.subject), "my-data", "json", "application/json")


def _file(content: bytes | str, name: str, suffix: str, kind: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate().isoformat()}.{suffix}"'
    return response


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: Asking, code: str) -> HttpResponse:
    """What goes and what stays when somebody is erased, and the button."""
    shown = erasable(request.subject, code)
    form = forms.EraseForm(request.POST or None)
    if request.method == "POST" and went_well(form, lambda _data: erase_person(by=request.subject, code=code)):
        messages.success(request, _("Their personal data is erased."))
        return redirect("person", code)
    context = {"shown": shown, "held": [each for each in held_of(shown.pk) if each.rows], "form": form}
    return render(request, "desk/erase.html", context, status=422 if form.errors else 200)


@signed_in
@require_safe
def processing_file(request: Asking, kind: str) -> HttpResponse:
    """The register of processing or the frame of an assessment, as Markdown."""
    care(request.subject, Permission.REGISTER_SEE)
    words = {"register": processing.register, "assessment": processing.assessment}[kind]()
    return _file(words, kind, "md", "text/markdown; charset=utf-8")


@signed_in
@require_safe
def board(request: Asking) -> HttpResponse:
    page = board_of(request.subject, forms.asked(request.GET))
    return render(request, "desk/board.html", {"board": page, "asked": page.asked})


@signed_in
@require_safe
def stuck(request: Asking) -> HttpResponse:
    """For those who look after an organisation."""
    care(request.subject, Permission.PEOPLE_SEE)
    shown = stuck_board(request.subject, asked(request, "organisation"), asked(request, "kind"))
    return render(request, "desk/stuck.html", {"board": shown})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: Asking) -> HttpResponse:
    """GET: one real task. POST: take it and send the answer in one go; where it fails, the page comes back with the words."""
    errors: dict[str, str] = {}
    if request.method == "POST":
        try:
            sent = first_answer.send(request.subject, request.POST)
        except Invalid as error:
            errors = error.fields or {"choice": error.message}
        else:
            messages.success(request, sent.words) if sent.done else messages.info(request, sent.words)
            return redirect(sent.to)
    first = first_task(request.subject, request.POST if errors else None)
    shown = {
        "first": first,
        "first_name": request.subject.name.split()[0],
        "key": uuid4(),
        "invited_by": invited_by(request.subject),
        "errors": errors,
        "links": _links(errors),
    }
    return render(request, "desk/welcome.html", shown, status=422 if errors else 200)


def _links(errors: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"message": words, "href": f"#{'sure' if name == 'sure' else 'choice'}-1"} for name, words in errors.items()
    ]
