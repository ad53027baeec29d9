"""An item as it is shown to somebody: its texts or pictures, noted and marked where it is sensitive. Nothing else shows one."""

from typing import Any

from django.utils import timezone

from talkoo.access.views import Asking
from talkoo.lib.formats import day_time
from talkoo.lib.watermark import Mark
from talkoo.microtasks.actions.viewings import note_viewing
from talkoo.microtasks.models import Batch, Sensitivity, Task
from talkoo.microtasks.task_types import TaskType, task_type
from talkoo.microtasks.views.question import parts_of


def source(
    request: Asking, batch: Batch, task: Task, *, turned: bool = False, declared: TaskType | None = None
) -> dict[str, Any]:
    """What `microtasks/_source.html` needs of an item, after its page was authorised: `parts` and `mark`. `declared` where
    it is drawn as another kind of task than that of its batch.

    Raises TooMany where this person was shown too many within the hour; then nothing of it is shown.
    """
    note_viewing(by=request.subject, batch=batch, tasks=[task.pk])
    task.batch = batch
    return {
        "parts": parts_of(declared or task_type(batch.task_type), task.payload, turned=turned, task=task),
        "mark": mark(request, batch),
    }


def mark(request: Asking, batch: Batch) -> Mark | None:
    """What stands over the items of a batch, if it is more than internal: who looks, and when."""
    if batch.sensitivity < Sensitivity.CONFIDENTIAL:
        return None
    return Mark(request.subject.name, day_time(timezone.now()))
