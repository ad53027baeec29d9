"""As Britain writes it: Django's own table, which `en` beside this would hide."""

from django.conf.locale.en_GB.formats import *  # type: ignore[import-untyped]  # noqa: F403
