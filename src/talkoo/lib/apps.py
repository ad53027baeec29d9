"""The app that carries what every slice shares: template tags, the theme, the page of elements."""

from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "talkoo.lib"
    label = "lib"
