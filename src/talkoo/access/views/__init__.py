"""What every view of a signed-in person stands behind."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _
from django_htmx.middleware import HtmxDetails

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied

View = Callable[..., HttpResponseBase]


class Asking(HttpRequest):
    """A request of somebody signed in, as views behind `signed_in` get it. Only a name for the type checker."""

    subject: Subject
    htmx: HtmxDetails


def signed_in(view: View) -> View:
    """Let people with a subject in; show others the sign-in page and bring them back to the page they were on."""

    @wraps(view)
    def checked(request: Asking, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return _ask_to_sign_in(request) if getattr(request, "subject", None) is None else view(request, *args, **kwargs)

    return checked


def _ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """A script must learn that nothing was stored (401); htmx moves the whole page; a page is simply moved."""
    if request.headers.get("X-Requested-With") == "fetch":
        return HttpResponse(status=401)
    if request.headers.get("HX-Request"):
        sign_in = (
            f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'next': _path(request.headers.get('HX-Current-URL', ''))})}"
        )
        return HttpResponse(headers={"HX-Redirect": sign_in})
    return redirect_to_login(request.get_full_path())


def _path(address: str) -> str:
    """Where a page stands, from its address; the start where that cannot be read."""
    try:
        return urlsplit(address).path or "/"
    except ValueError:
        return "/"


def care(by: Subject, permission: Permission) -> frozenset[int]:
    """The organisations a page is about, or Denied when there is none: the page is not for everybody."""
    reach = organisations_where(by, permission)
    if not reach:
        raise Denied(
            _("This page is for those who look after an organisation."),
            _("Ask the coordinator of your organisation."),
            permission=permission.value,
        )
    return reach
