"""All addresses: each slice brings its own, allauth those of sign-in."""

from importlib.util import find_spec

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, include, path
from django.views.decorators.http import require_safe

from talkoo.config.api import api
from talkoo.config.openapi import docs, document

SLICES = ("desk", "microtasks", "people", "notify", "access", "audit", "lib")


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """For load balancers and `talkoo serve`: the process answers and its database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")


urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"talkoo.{name}.urls")) for name in SLICES if find_spec(f"talkoo.{name}.urls")),
    path("healthz", healthz, name="healthz"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", docs, name="api_docs"),
    path("api/v1/openapi.json", document, name="api_document"),
    path("api/v1/", api.urls),
]

handler400 = "talkoo.config.refusals.bad_request"
handler403 = "talkoo.config.refusals.forbidden"
handler404 = "talkoo.config.refusals.not_found"
handler500 = "talkoo.config.refusals.broken"
