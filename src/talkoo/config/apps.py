"""The composition root as an app: it has checks and management commands, no tables."""

from django.apps import AppConfig


class CompositionConfig(AppConfig):
    name = "talkoo.config"
    label = "composition"
