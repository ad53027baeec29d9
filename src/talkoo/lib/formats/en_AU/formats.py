"""As Australia writes it: Django's own table, which `en` beside this would hide."""

from django.conf.locale.en_AU.formats import *  # type: ignore[import-untyped]  # noqa: F403
