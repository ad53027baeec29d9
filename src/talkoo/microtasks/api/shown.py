"""A batch and its parts as the API shows them."""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any, Literal

from django.db.models import QuerySet
from ninja import Field, Schema
from pydantic.config import JsonDict

from talkoo.microtasks.models import (
    Afterwards,
    Basis,
    Batch,
    BatchState,
    Protection,
    Says,
    Sensitivity,
    SpecialBasis,
)
from talkoo.microtasks.queries.protection import crossing, deletion_day, with_statements

Level = Literal["open", "internal", "confidential", "restricted"]
LEVELS: dict[str, Sensitivity] = {level.name.lower(): level for level in Sensitivity}
ONE: JsonDict = {
    "code": "h7k2m9pq",
    "title": "Letters about the new harbour road",
    "summary": "Read a letter and say what it is about",
    "item_word": "letter",
    "language": "en",
    "organisation": "northtwn",
    "state": "open",
    "task_type": "choice",
    "question": "What is this letter about?",
    "help": "Choose what the writer wants changed.",
    "settings": {"options": ["Traffic", "Light", "Trees"], "several": False},
    "ask_sure": True,
    "minutes": 2.0,
    "adaptive": True,
    "least": 2,
    "most": 7,
    "sure": 90,
    "sensitivity": "internal",
    "organisations": ["northtwn"],
    "skills": [],
    "deadline": "2027-01-29",
    "may_choose": False,
    "tasks": 5000,
    "protection": {
        "crossing": True,
        "controller": "northtwn",
        "purpose": "Finding out what people want of the new road",
        "basis": "public",
        "special_basis": None,
        "personal_data": "needed",
        "keep_days": 90,
        "afterwards": "results",
        "deletes": None,
    },
    "created": "2026-11-25T09:00:00Z",
    "opened": "2026-11-25T10:00:00Z",
    "closed": None,
}


class ProtectionOut(Schema):
    """What is stated of the data in a batch. Null is what nobody has stated; inside one organisation nobody has to."""

    crossing: bool = Field(description="Whether people of other organisations see its items or answer for it.")
    controller: str | None = Field(description="The code of the organisation that answers for the data.")
    purpose: str | None
    basis: Basis | None = Field(description="Of GDPR Article 6.")
    special_basis: SpecialBasis | None = Field(
        description="Of GDPR Article 9; null without data of special categories."
    )
    personal_data: Says | None = Field(description="The word of a person on the items it holds now.")
    keep_days: int | None = Field(description="Days it is kept after the batch closes.")
    afterwards: Afterwards | None
    deletes: date | None = Field(description="The day on which it goes by itself, of a closed batch.")


class BatchOut(Schema):
    """A batch as those see it who own it, review it or look after it."""

    model_config = {"json_schema_extra": {"examples": [ONE]}}

    code: str
    title: str
    summary: str
    item_word: str = Field(description="What one item is called.")
    language: str = Field(description="Of the items and the question, by its BCP 47 tag; empty where none was said.")
    organisation: str = Field(description="The code of the organisation it belongs to.")
    state: BatchState
    task_type: str
    question: str
    help: str
    settings: dict[str, Any] = Field(description="Of the task type: the answers of a choice, the ends of a scale.")
    ask_sure: bool
    minutes: float = Field(description="Stated for one item.")
    adaptive: bool = Field(description="Whether as many answers are asked for as it takes.")
    least: int
    most: int
    sure: int = Field(description="How many of 100 results must be right.")
    sensitivity: Level
    organisations: list[str] = Field(description="Whom it is offered to, by code; none means everybody.")
    skills: list[str] = Field(description="What people must state, by code.")
    deadline: date | None
    may_choose: bool
    tasks: int = Field(description="How many items it holds.")
    protection: ProtectionOut
    created: datetime
    opened: datetime | None
    closed: datetime | None


PLAIN = (
    "code", "title", "summary", "item_word", "language", "state", "task_type", "question", "help", "ask_sure", "adaptive", "least",
    "most", "sure", "deadline", "may_choose", "created", "opened", "closed",
)  # fmt: skip


def whole(batches: QuerySet[Batch]) -> QuerySet[Any]:
    """Read with everything that `shown` needs. Two queries besides."""
    return with_statements(batches.select_related("organisation")).prefetch_related("audience", "skills")


def shown_all(batches: Collection[Any]) -> list[BatchOut]:
    """As they stand, for batches read as a `whole`. One query."""
    crosses = crossing(batches)
    return [_shown(batch, crosses=batch.pk in crosses) for batch in batches]


def _shown(batch: Batch, *, crosses: bool) -> BatchOut:
    return BatchOut(
        **{name: getattr(batch, name) for name in PLAIN},
        organisation=batch.organisation.code,
        settings=dict(batch.config),
        minutes=float(batch.minutes),
        sensitivity=Sensitivity(batch.sensitivity).name.lower(),  # type: ignore[arg-type]
        organisations=sorted(place.code for place in batch.audience.all()),
        skills=sorted(skill.code for skill in batch.skills.all()),
        tasks=batch.tasks_total,
        protection=_protection(batch, crosses=crosses),
    )


def _protection(batch: Any, *, crosses: bool) -> ProtectionOut:
    said = batch.protection if hasattr(batch, "protection") else Protection(batch=batch)
    return ProtectionOut(
        crossing=crosses,
        controller=said.controller.code if said.controller else None,
        personal_data=batch.says,
        keep_days=said.keep_days,
        deletes=deletion_day(batch, said),
        **{name: getattr(said, name) or None for name in ("purpose", "basis", "special_basis", "afterwards")},
    )


class Counts(Schema):
    """How far a batch has come."""

    model_config = {
        "json_schema_extra": {
            "examples": [{"tasks": 5000, "settled": 3100, "review": 40, "open": 1860, "answers": 8204, "surplus": 12}]
        }
    }

    tasks: int
    settled: int
    review: int = Field(description="Waiting for a reviewer.")
    open: int
    answers: int
    surplus: int = Field(description="Answers that came after their task was settled; kept, not counted.")
