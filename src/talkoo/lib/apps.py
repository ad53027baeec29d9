"""The app that carries what every slice shares: template tags, the theme, the page of elements."""

from django.apps import AppConfig
from django.conf import settings

from talkoo.lib import pseudo, wording


class LibConfig(AppConfig):
    name = "talkoo.lib"
    label = "lib"

    def ready(self) -> None:
        wording.say_what_to_do()
        if pseudo.ACCENTED in dict(settings.LANGUAGES):
            pseudo.install()
