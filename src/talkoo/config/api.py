"""The API, put together from what each slice brings. What it says of itself is finished in `config.openapi`."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from talkoo.access import api as access
from talkoo.desk import api as desk
from talkoo.lib.api.problems import located, problem
from talkoo.lib.api.texts import KeptParser
from talkoo.microtasks import api as microtasks
from talkoo.people import api as people

api = NinjaAPI(
    title="Talkoo",
    version="1",
    urls_namespace="api",
    parser=KeptParser(),
    docs_url=None,
    openapi_url=None,
)
for tag, router in [*people.ROUTERS, *microtasks.ROUTERS, *desk.ROUTERS, *access.ROUTERS]:
    api.add_router("", router, tags=[tag])


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: Any) -> HttpResponse:
    detail = _("What was sent does not have the form that the documentation asks for.")
    title = _("That could not be used")
    return problem(422, detail, _("Look at what is marked."), title=title, errors=located(error.errors))


@api.exception_handler(HttpError)
def unreadable(request: HttpRequest, error: Any) -> HttpResponse:
    """The body is no JSON, or holds what cannot be kept: a zero byte, half a character, a number past all bounds."""
    detail = _("The body cannot be read as JSON that can be kept.")
    return problem(error.status_code, detail, _("Send JSON in UTF-8."), title=_("That could not be used"))


@api.exception_handler(Exception)
def unforeseen(request: HttpRequest, error: Exception) -> HttpResponse:
    """Domain errors and faults go the way they go everywhere: through the middleware."""
    raise error
