"""An item in a few words."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import Truncator

from talkoo.microtasks.models import Batch
from talkoo.microtasks.queries.pictures import readable
from talkoo.microtasks.task_types import task_type

EXCERPT = 190  # characters: four lines of the card on a phone
GREETING = 40


def excerpt(payload: Mapping[str, Any]) -> str:
    """The beginning of the first text of an item, without its greeting, cut at a word."""
    texts = [readable(text) for text in payload.values() if isinstance(text, str) and text.strip()]
    paragraphs = [" ".join(block.split()) for block in (texts[0] if texts else "").split("\n\n") if block.strip()]
    if len(paragraphs) > 1 and len(paragraphs[0]) < GREETING:
        del paragraphs[0]
    words = Truncator(" ".join(paragraphs)).chars(EXCERPT, truncate="…")
    return words if not words.endswith("…") else f"{words[:-1].rsplit(' ', 1)[0].rstrip(',;:')} …"


def chosen(batch: Batch, draft: Mapping[str, Any] | None) -> list[str]:
    """The labels of what a draft has chosen so far."""
    posted = {str(value) for value in (draft or {}).get("choice") or []}
    return [label for value, label in task_type(batch.task_type).choices(batch.config) if value in posted]
