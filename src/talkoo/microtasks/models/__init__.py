"""Tables of small work: batch → task → assignment → answer → result."""

from talkoo.lib.holdings import Basis
from talkoo.microtasks.models.batches import (
    Batch,
    BatchPerson,
    BatchState,
    FirstRows,
    RejectedRow,
    Sensitivity,
    Tally,
    Upload,
    UploadState,
)
from talkoo.microtasks.models.combining import Model, Reliability
from talkoo.microtasks.models.control import KnownAnswer, PracticeAnswer
from talkoo.microtasks.models.emergencies import Emergency
from talkoo.microtasks.models.guests import Guest, GuestLink
from talkoo.microtasks.models.instructions import Instruction
from talkoo.microtasks.models.pictures import Picture
from talkoo.microtasks.models.pieces import Piece, Seen
from talkoo.microtasks.models.protection import (
    Afterwards,
    DataCheck,
    DataStatement,
    Hold,
    Protection,
    ProtectionDefaults,
    Says,
    SpecialBasis,
)
from talkoo.microtasks.models.questions import Question, Reply
from talkoo.microtasks.models.redaction import Redaction
from talkoo.microtasks.models.viewings import Viewing
from talkoo.microtasks.models.work import (
    Answer,
    Assignment,
    AssignmentState,
    Cursor,
    Draft,
    Problem,
    Result,
    Standing,
    Task,
    TaskState,
)

__all__ = [
    "Afterwards",
    "Answer",
    "Assignment",
    "AssignmentState",
    "Basis",
    "Batch",
    "BatchPerson",
    "BatchState",
    "Cursor",
    "DataCheck",
    "DataStatement",
    "Draft",
    "Emergency",
    "FirstRows",
    "Guest",
    "GuestLink",
    "Hold",
    "Instruction",
    "KnownAnswer",
    "Model",
    "Picture",
    "Piece",
    "PracticeAnswer",
    "Problem",
    "Protection",
    "ProtectionDefaults",
    "Question",
    "Redaction",
    "RejectedRow",
    "Reliability",
    "Reply",
    "Result",
    "Says",
    "Seen",
    "Sensitivity",
    "SpecialBasis",
    "Standing",
    "Tally",
    "Task",
    "TaskState",
    "Upload",
    "UploadState",
    "Viewing",
]
