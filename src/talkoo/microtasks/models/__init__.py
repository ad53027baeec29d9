"""Tables of small work: batch → task → assignment → answer → result."""

from talkoo.microtasks.models.batches import (
    Batch,
    BatchPerson,
    BatchState,
    RejectedRow,
    Sensitivity,
    Tally,
    Upload,
    UploadState,
)
from talkoo.microtasks.models.combining import Model, Reliability
from talkoo.microtasks.models.pictures import Picture
from talkoo.microtasks.models.work import Answer, Assignment, AssignmentState, Cursor, Problem, Result, Task, TaskState

__all__ = [
    "Answer",
    "Assignment",
    "AssignmentState",
    "Batch",
    "BatchPerson",
    "BatchState",
    "Cursor",
    "Model",
    "Picture",
    "Problem",
    "RejectedRow",
    "Reliability",
    "Result",
    "Sensitivity",
    "Tally",
    "Task",
    "TaskState",
    "Upload",
    "UploadState",
]
