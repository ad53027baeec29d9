"""Instructions that their owner made clearer while people were at it: some answers stand under the old words."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from talkoo.desk.demo.batches import owner_of
from talkoo.microtasks.actions.instructions import edit_instructions
from talkoo.microtasks.actions.recorded import Recorded
from talkoo.microtasks.actions.telling import tell_reworded
from talkoo.microtasks.models import Batch


def reword(batch: Batch, raw: Mapping[str, Any]) -> None:
    """From here on the later words stand."""
    if "reworded" in raw:
        edit_instructions(
            by=owner_of(raw), code=batch.code, question=raw["question"], help=raw["help"], version=batch.instruction
        )


def under_their_words(record: Sequence[Recorded], raw: Mapping[str, Any]) -> list[Recorded]:
    """What was answered before the change was answered under the first version."""
    if "reworded" not in raw:
        return list(record)
    inorder = sorted(record, key=lambda one: one.at)
    before = round(raw["reworded"]["after"] * len(inorder))
    return inorder[:before] + [replace(one, instruction=2) for one in inorder[before:]]


def tell(batch: Batch, raw: Mapping[str, Any]) -> None:
    """Whoever answered only under the old words is told now, and not ten minutes later."""
    if "reworded" in raw:
        tell_reworded(batch.pk)
