"""The app that carries what every slice shares: template tags, the theme, the page of elements."""

from django.apps import AppConfig
from django.conf import settings
from django.core.signals import request_finished, request_started

from talkoo.lib import pseudo, wall, wording


class LibConfig(AppConfig):
    name = "talkoo.lib"
    label = "lib"

    def ready(self) -> None:
        wording.say_what_to_do()
        for signal in (request_started, request_finished):  # the latter comes when all of a stream was sent
            signal.connect(wall.close, dispatch_uid="wall")
        if pseudo.ACCENTED in dict(settings.LANGUAGES):
            pseudo.install()
