"""The life of everything that has states, as one table each; docs/reference/states.md is made of it.

The moves of a batch are those that `actions/batch_states.py` carries out. The others happen where `how` says; the
database of the tests watches every change of a state and holds it against these tables.

To write the page anew: talkoo manage shell -v0 -c "from talkoo.microtasks.states import page; print(page(), end='')"
"""

from collections.abc import Iterator

from talkoo.lib.lives import BEGINS, NOBODY, Life, Way, written
from talkoo.microtasks.actions.batch_states import MOVES
from talkoo.microtasks.models import AssignmentState, BatchState, TaskState, UploadState


def _batch_ways() -> Iterator[Way]:
    yield Way(BEGINS, BatchState.DRAFT, "created, or copied from another")
    for move in MOVES.values():
        for source in sorted(move.sources, key=BatchState.values.index):
            yield Way(source, move.target, move.verb)


B, T, A, U = BatchState, TaskState, AssignmentState, UploadState

LIVES = (
    Life(
        "batch", BatchState,
        {B.DRAFT: "its owners", B.OPEN: "people who answer", B.PAUSED: "its owners", B.CLOSED: NOBODY},
        tuple(_batch_ways()),
    ),
    Life(
        "task", TaskState,
        {
            T.OPEN: "people who answer", T.REVIEW: "a reviewer who did not answer it", T.CLOSED: NOBODY, T.CONTROL: NOBODY,
        },
        (
            Way(BEGINS, T.OPEN, "read from a file"),
            Way(T.OPEN, T.CLOSED, "answers are enough"),
            Way(T.OPEN, T.REVIEW, "answers do not settle it, or an owner sends it"),
            Way(T.REVIEW, T.CLOSED, "a reviewer decides"),
            Way(T.REVIEW, T.OPEN, "an owner asks one more person"),
            Way(T.CLOSED, T.OPEN, "an owner asks one more person"),
            Way(T.CLOSED, T.REVIEW, "an owner sends it to a reviewer"),
            Way(BEGINS, T.CONTROL, "read from a file with its known answer"),
            Way(T.OPEN, T.CONTROL, "an owner states the known answer"),
            Way(T.REVIEW, T.CONTROL, "an owner states the known answer"),
            Way(T.CLOSED, T.CONTROL, "an owner states the known answer"),
            Way(T.CONTROL, T.OPEN, "an owner takes the known answer back"),
        ),
    ),
    Life(
        "assignment", AssignmentState,
        {
            A.LEASED: "the person who holds it, or the end of its lease",
            A.LAPSED: "the same person, who may still answer; the task is offered to others",
            A.ANSWERED: NOBODY, A.SURPLUS: NOBODY, A.SKIPPED: NOBODY,
        },
        (
            Way(BEGINS, A.LEASED, "taken"),
            Way(BEGINS, A.ANSWERED, "recorded elsewhere and brought in"),
            Way(A.LEASED, A.ANSWERED, "answered"),
            Way(A.ANSWERED, A.SURPLUS, "its person turns out to have answered it under another account, too"),
            Way(A.LEASED, A.SURPLUS, "answered after the task was settled"),
            Way(A.LEASED, A.SKIPPED, "given back"),
            Way(A.LEASED, A.LAPSED, "the lease ran out, or the batch closed"),
            Way(A.LAPSED, A.LEASED, "taken again"),
            Way(A.LAPSED, A.ANSWERED, "answered late, with room left"),
            Way(A.LAPSED, A.SURPLUS, "answered late, without room"),
            Way(A.LAPSED, A.SKIPPED, "given back"),
        ),
    ),
    Life(
        "upload", UploadState,
        {U.QUARANTINE: "the scanner", U.RECEIVED: "its owner, who says what the columns are", U.READING: "the worker", U.READY: NOBODY, U.FAILED: "its owner"},
        (
            Way(BEGINS, U.RECEIVED, "uploaded"),
            Way(BEGINS, U.QUARANTINE, "uploaded, and the scanner does not answer"),
            Way(U.QUARANTINE, U.RECEIVED, "the scanner finds nothing"),
            Way(U.QUARANTINE, U.FAILED, "the scanner finds something, or it cannot be read"),
            Way(U.RECEIVED, U.FAILED, "a scanner connected since finds something"),
            Way(U.READY, U.FAILED, "a scanner connected since finds something"),
            Way(U.RECEIVED, U.READING, "columns are named"),
            Way(U.READING, U.READY, "all of it is read"),
            Way(U.READING, U.FAILED, "it cannot be read, or no row can be used"),
            Way(U.READY, U.READING, "columns are named anew"),
            Way(U.FAILED, U.READING, "tried again"),
        ),
    ),
)  # fmt: skip


def page() -> str:
    """The page of reference: a diagram and a table for each."""
    return written("src/talkoo/microtasks/states.py", LIVES)
