from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "talkoo.access"
    label = "access"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Rules that cannot be relied on keep Talkoo from starting, rather than deciding something later."""
        from talkoo.access.deciding import shipped

        shipped()
