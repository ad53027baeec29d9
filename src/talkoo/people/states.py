"""The lives of a reorganisation and of an arrangement. docs/reference/states-of-organisations.md is made of it.

To write the page anew: talkoo manage shell -v0 -c "from talkoo.people.states import page; print(page(), end='')"
"""

from talkoo.lib.lives import BEGINS, NOBODY, Life, Way, written
from talkoo.people.models import ArrangementState, PlanState

P, A = PlanState, ArrangementState

LIVES = (
    Life(
        "plan", PlanState,
        {
            P.DRAFT: "those who shape what it is about", P.DECIDED: "the worker, on its day",
            P.HELD_UP: "whoever decided it, who is told", P.IN_FORCE: NOBODY, P.WITHDRAWN: NOBODY,
        },
        (
            Way(BEGINS, P.DRAFT, "begun"),
            Way(P.DRAFT, P.DECIDED, "decided; for today it goes on at once"),
            Way(P.DECIDED, P.IN_FORCE, "its day has come, and every step goes"),
            Way(P.DECIDED, P.HELD_UP, "its day has come, and a step does not go: nothing is done"),
            Way(P.DECIDED, P.DRAFT, "changed"),
            Way(P.HELD_UP, P.DRAFT, "changed"),
            Way(P.DRAFT, P.WITHDRAWN, "withdrawn"),
            Way(P.DECIDED, P.WITHDRAWN, "withdrawn"),
            Way(P.HELD_UP, P.WITHDRAWN, "withdrawn"),
        ),
    ),
)  # fmt: skip

ARRANGED = (
    Life(
        "arrangement", ArrangementState,
        {
            A.PROPOSED: "whoever answers for the person, who is told",
            A.AGREED: "its last day, or either side", A.DECLINED: NOBODY, A.WITHDRAWN: NOBODY, A.ENDED: NOBODY,
        },
        (
            Way(BEGINS, A.PROPOSED, "proposed by its person"),
            Way(A.PROPOSED, A.AGREED, "agreed; an earlier one is cut short at its first day"),
            Way(A.PROPOSED, A.DECLINED, "declined, with a reason"),
            Way(A.PROPOSED, A.WITHDRAWN, "taken back by its person"),
            Way(A.AGREED, A.ENDED, "ended by either side, with a reason; after its last day it stays as it is and counts for nothing"),
        ),
    ),
)  # fmt: skip


def page() -> str:
    """The page of reference."""
    return written("src/talkoo/people/states.py", (*LIVES, *ARRANGED), "States of reorganisations and arrangements")
