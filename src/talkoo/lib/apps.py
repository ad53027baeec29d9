"""The app that carries what every slice shares: template tags, the theme, the page of elements."""

from django.apps import AppConfig
from django.conf import settings

from talkoo.lib import pseudo


class LibConfig(AppConfig):
    name = "talkoo.lib"
    label = "lib"

    def ready(self) -> None:
        if pseudo.ACCENTED in dict(settings.LANGUAGES):
            pseudo.install()
