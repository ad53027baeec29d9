from django.db import models


class Event(models.Model):
    """One thing that someone did. Written once: the application's role may insert and read, a trigger refuses the rest."""

    at = models.DateTimeField(auto_now_add=True)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    organisation_id = models.BigIntegerField(null=True)
    facts = models.JSONField(default=dict)

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["kind", "code", "id"], name="audit_subject"),
            models.Index(fields=["organisation_id", "-id"], name="audit_organisation"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.kind} {self.code}"
