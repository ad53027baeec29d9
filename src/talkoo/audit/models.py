"""Events as they are written, and the tree over them. Nothing here is changed; only a payload may be erased."""

import json
from datetime import UTC
from typing import Any

from django.db import models

MOMENT = "%Y-%m-%dT%H:%M:%S.%fZ"


class Event(models.Model):
    """One thing that someone did. Written once: the application's role may insert and read, triggers refuse the rest.

    `payload` holds the facts as JSON, `salt` and `commitment` come from the database as the event is written. Payload
    and salt may be erased (`actions.erasing`); everything else stands in the entry, and the entry stays.
    """

    at = models.DateTimeField(auto_now_add=True)
    actor_id = models.BigIntegerField(null=True)
    action = models.CharField(max_length=80)
    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=80)
    organisation_id = models.BigIntegerField(null=True)
    payload = models.TextField(null=True, db_column="facts")  # noqa: DJ001 - erased is something else than empty
    salt = models.BinaryField(null=True)
    commitment = models.BinaryField()

    class Meta:
        db_table = "audit_event"
        indexes = [
            models.Index(fields=["kind", "code", "id"], name="audit_subject"),
            models.Index(fields=["organisation_id", "at", "id"], name="audit_place"),
            models.Index(fields=["at", "id"], name="audit_time"),
            models.Index(fields=["actor_id", "at", "id"], name="audit_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.action} {self.kind} {self.code}"

    @property
    def facts(self) -> dict[str, Any]:
        """What was written beside who did what on what; empty once it is erased."""
        return dict(json.loads(self.payload)) if self.payload is not None else {}

    def entry(self) -> dict[str, str | int | None]:
        """What the tree holds of it: no name, no address, no content, and of the payload only a hash."""
        return {
            "v": 1,
            "at": self.at.astimezone(UTC).strftime(MOMENT),
            "actor": self.actor_id,
            "action": self.action,
            "kind": self.kind,
            "code": self.code,
            "organisation": self.organisation_id,
            "payload": bytes(self.commitment).hex(),
        }


class Inbox(models.Model):
    """Events that have no number yet. A trigger puts them in, another takes them out; the application only reads it."""

    event = models.OneToOneField(
        Event, primary_key=True, db_constraint=False, on_delete=models.DO_NOTHING, related_name="waiting"
    )

    class Meta:
        db_table = "audit_inbox"

    def __str__(self) -> str:
        return str(self.event_id)


class Leaf(models.Model):
    """The number of an event in the tree, dense from 0, and the hash of its entry."""

    position = models.BigIntegerField(primary_key=True)
    event = models.OneToOneField(Event, db_constraint=False, on_delete=models.DO_NOTHING, related_name="leaf")
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return str(self.position)


class Tile(models.Model):
    """Every eighth level of the tree above the leaves, so that a proof reads hundreds of hashes, not millions."""

    pk = models.CompositePrimaryKey("level", "position")
    level = models.SmallIntegerField()
    position = models.BigIntegerField()
    hash = models.BinaryField()

    class Meta:
        db_table = "audit_tile"

    def __str__(self) -> str:
        return f"{self.level}/{self.position}"


class SignedCheckpoint(models.Model):
    """What was signed and left the database: a copy for those who ask here. What counts is the one outside."""

    at = models.DateTimeField()
    origin = models.CharField(max_length=200)
    size = models.BigIntegerField()
    note = models.TextField()

    class Meta:
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return f"{self.origin} {self.size}"


class Stream(models.Model):
    """How far the events have gone to a receiver outside: all before `position`."""

    target = models.CharField(max_length=300, primary_key=True)
    position = models.BigIntegerField()

    class Meta:
        db_table = "audit_stream"

    def __str__(self) -> str:
        return f"{self.target} {self.position}"
