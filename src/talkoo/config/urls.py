"""All addresses: each slice brings its own, allauth those of sign-in."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from talkoo.config import health
from talkoo.config.api import api
from talkoo.config.openapi import docs, document

SLICES = ("desk", "microtasks", "people", "notify", "access", "audit", "lib")

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"talkoo.{name}.urls")) for name in SLICES if find_spec(f"talkoo.{name}.urls")),
    path("livez", health.livez, name="livez"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.show_metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", docs, name="api_docs"),
    path("api/v1/openapi.json", document, name="api_document"),
    path("api/v1/", api.urls),
]

handler400 = "talkoo.config.refusals.bad_request"
handler403 = "talkoo.config.refusals.forbidden"
handler404 = "talkoo.config.refusals.not_found"
handler500 = "talkoo.config.refusals.broken"
