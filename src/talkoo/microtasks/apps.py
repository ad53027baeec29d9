from django.apps import AppConfig


class MicrotasksConfig(AppConfig):
    name = "talkoo.microtasks"
    label = "microtasks"
    default_auto_field = "django.db.models.BigAutoField"
