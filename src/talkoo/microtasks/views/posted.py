"""An answer as the page posts it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from talkoo.lib.errors import Invalid
from talkoo.lib.numbers import whole
from talkoo.microtasks.models import Assignment, Batch
from talkoo.microtasks.queries.work import sees_turned
from talkoo.microtasks.task_types import task_type

LINES, LINE = 60, 20_000  # of what is typed into one field
ASKED = 2000  # of a question: more than may be sent, so that what is too long is told and not cut


@dataclass(frozen=True, slots=True)
class Posted:
    key: UUID
    value: Any
    cannot: str
    sure: int | None
    note: str
    instruction: int | None

    def said(self) -> dict[str, Any]:
        return {
            "key": self.key, "value": self.value, "cannot": self.cannot, "sure": self.sure, "note": self.note,
            "instruction": self.instruction,
        }  # fmt: skip


def read_answer(request: HttpRequest, held: Assignment) -> Posted:
    """Parse the form of an assignment, deciding nothing. Raises Invalid for a key that is not a UUID: nothing could be sent twice safely."""
    posted = request.POST
    try:
        key = UUID(posted.get("key", ""))
    except ValueError:
        raise Invalid(_("This page is out of date."), remedy=_("Open the task again; your draft is kept.")) from None
    cannot = posted.get("cannot", "")
    declared = task_type(held.batch.task_type)
    value = None if cannot else declared.read(held.batch.config, posted)
    if declared.turned and sees_turned(held):
        value = declared.turned(value)
    return Posted(
        key, value, cannot, whole(posted.get("sure", "")), _note(posted), whole(posted.get("instruction", ""))
    )


def read_draft(posted: QueryDict, batch: Batch) -> dict[str, Any]:
    """What is typed so far, as it stands in the form."""
    fields = task_type(batch.task_type).fields(batch.config)
    return {
        **{name: [line[:LINE].replace("\x00", "") for line in posted.getlist(name)][:LINES] for name in fields},
        "sure": posted.get("sure", "")[:3].replace("\x00", ""),
        "cannot": posted.get("cannot", "")[:40].replace("\x00", ""),
        "note": _note(posted),
        "ask": read_question(posted),
    }


def _note(posted: QueryDict) -> str:
    """The note without what no database keeps: a zero byte from a copied text must not cost the answer."""
    return posted.get("note", "").replace("\x00", "")


def read_question(posted: QueryDict) -> str:
    """What is asked about the item, begun or finished."""
    return posted.get("ask", "").replace("\x00", "")[:ASKED]


def as_draft(held: Assignment) -> dict[str, Any] | None:
    """A sent answer as the form shows it again, to be changed."""
    answer, declared = held.answer, task_type(held.batch.task_type)
    if answer is None:
        return None
    value = declared.turned(answer.value) if declared.turned and sees_turned(held) else answer.value
    fields = declared.fill(held.batch.config, value) if value is not None else {}
    return {**fields, "sure": answer.sure, "cannot": answer.cannot, "note": answer.note}


def new_key() -> str:
    return str(uuid4())
