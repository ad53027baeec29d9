"""An answer as the page posts it."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

from talkoo.lib.errors import Invalid
from talkoo.lib.numbers import whole
from talkoo.microtasks.models import Answer, Batch
from talkoo.microtasks.task_types import task_type
from talkoo.microtasks.views.question import chosen_values


@dataclass(frozen=True, slots=True)
class Posted:
    key: UUID
    value: Any
    cannot: str
    sure: int | None
    note: str

    def said(self) -> dict[str, Any]:
        return {"key": self.key, "value": self.value, "cannot": self.cannot, "sure": self.sure, "note": self.note}


def read_answer(request: HttpRequest, batch: Batch) -> Posted:
    """Parse the form, deciding nothing. Raises Invalid for a key that is not a UUID: nothing could be sent twice safely."""
    posted = request.POST
    try:
        key = UUID(posted.get("key", ""))
    except ValueError:
        raise Invalid(_("This page is out of date."), remedy=_("Open the task again; your draft is kept.")) from None
    cannot = posted.get("cannot", "")
    value = None if cannot else task_type(batch.task_type).read(batch.config, posted)
    return Posted(key, value, cannot, whole(posted.get("sure", "")), _note(posted))


def read_draft(posted: QueryDict) -> dict[str, Any]:
    """What is typed so far, as it stands in the form."""
    return {
        "choice": [value[:200].replace("\x00", "") for value in posted.getlist("choice")][:60],
        "sure": posted.get("sure", "")[:3].replace("\x00", ""),
        "cannot": posted.get("cannot", "")[:40].replace("\x00", ""),
        "note": _note(posted),
    }


def _note(posted: QueryDict) -> str:
    """The note without what no database keeps: a zero byte from a copied text must not cost the answer."""
    return posted.get("note", "").replace("\x00", "")


def as_draft(batch: Batch, answer: Answer | None) -> dict[str, Any] | None:
    """A sent answer as the form shows it again, to be changed."""
    if answer is None:
        return None
    choice = chosen_values(task_type(batch.task_type), batch.config, answer.value)
    return {"choice": choice, "sure": answer.sure, "cannot": answer.cannot, "note": answer.note}


def new_key() -> str:
    return str(uuid4())
