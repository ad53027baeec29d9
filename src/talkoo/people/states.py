"""The life of a reorganisation. docs/reference/states-of-organisations.md is made of it.

To write the page anew: talkoo manage shell -v0 -c "from talkoo.people.states import page; print(page(), end='')"
"""

from talkoo.lib.lives import BEGINS, NOBODY, Life, Way, written
from talkoo.people.models import PlanState

P = PlanState

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


def page() -> str:
    """The page of reference."""
    return written("src/talkoo/people/states.py", LIVES, "States of reorganisations")
