"""What a step of the builder holds, as one short mark: whoever saves says which they saw, and hears of it if it moved."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef

from talkoo.access.subject import Subject
from talkoo.audit.queries import last_done
from talkoo.microtasks.models import Batch, Protection
from talkoo.people.models import Person

HELD: dict[str, tuple[str, ...]] = {
    "upload": ("title", "summary", "item_word", "language"),
    "question": ("task_type", "question", "help", "config", "ask_sure"),
    "quality": ("sure", "least", "most", "adaptive", "minutes"),
    "audience": ("sensitivity", "deadline", "may_choose"),
}
STATED = ("controller", "contact", "purpose", "basis", "special", "special_basis", "keep_days", "afterwards")
CHANGED_BY = {
    "upload": "renamed",
    "question": "question-changed",
    "quality": "quality-changed",
    "audience": "audience-changed",
    "data": "protection-stated",
}


@dataclass(frozen=True, slots=True)
class Editor:
    """Who saved a step, and when; a program of an organisation has no name of a person."""

    name: str
    at: datetime


def edition(batch: Batch, step: str) -> str:
    """The mark of a step as it is stored; empty for a step that is not edited this way. At most one query."""
    if step not in CHANGED_BY:
        return ""
    held: list[Any] = [getattr(batch, name) for name in HELD.get(step, ())]
    if step == "audience":
        held += Batch.objects.filter(pk=batch.pk).values_list(_chosen("audience"), _chosen("skills"))
    if step == "data":
        held += Protection.objects.filter(batch=batch).values_list(*STATED)
    return hashlib.sha256(json.dumps(held, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _chosen(name: str) -> ArraySubquery:
    return ArraySubquery(
        Batch.objects.filter(pk=OuterRef("pk"), **{f"{name}__isnull": False}).order_by(name).values(name)
    )


def came_between(by: Subject, batch: Batch, step: str, seen: str) -> Editor | None:
    """Who saved this step after `by` saw it as `seen`; None where nobody did, or they did it themselves.

    A page that saves itself while it is sent would otherwise come between its own two savings. Two queries more where
    the edition is another one.
    """
    if not seen or step not in CHANGED_BY or seen == edition(batch, step):
        return None
    found = last_done(on=("batch", batch.code), actions=[f"microtasks.batch.{CHANGED_BY[step]}"])
    if found is None or found[0] == by.person_id:
        return None
    person, at = found
    name = Person.objects.filter(pk=person).values_list("name", flat=True).first() if person else None
    return Editor(name or "", at)
