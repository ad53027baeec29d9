"""All addresses: each slice brings its own, allauth those of sign-in."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

SLICES = ("desk", "microtasks", "people", "access", "audit")

urlpatterns: list[URLPattern | URLResolver] = [
    *(path("", include(f"talkoo.{name}.urls")) for name in SLICES if find_spec(f"talkoo.{name}.urls")),
    path("accounts/", include("allauth.urls")),
]
