"""The life of what goes out: mails, webhooks and their messages. docs/reference/states-of-telling.md is made of it.

To write the page anew: talkoo manage shell -v0 -c "from talkoo.notify.states import page; print(page(), end='')"
"""

from talkoo.lib.lives import BEGINS, NOBODY, Life, Way, written
from talkoo.notify.models import DeliveryState, EndpointState, MailState

M, E, D = MailState, EndpointState, DeliveryState

LIVES = (
    Life(
        "mail", MailState,
        {M.QUEUED: "the worker", M.SENDING: "the worker, or the end of its lease", M.SENT: NOBODY, M.DROPPED: NOBODY, M.GIVEN_UP: NOBODY},
        (
            Way(BEGINS, M.QUEUED, "notices are due"),
            Way(M.QUEUED, M.SENDING, "taken by a worker"),
            Way(M.SENDING, M.QUEUED, "the mail server does not take it for now"),
            Way(M.SENDING, M.SENT, "the mail server took it"),
            Way(M.SENDING, M.DROPPED, "nothing is left to say, or the account is closed"),
            Way(M.SENDING, M.GIVEN_UP, "refused for good, or for three days"),
        ),
    ),
    Life(
        "endpoint", EndpointState,
        {E.ACTIVE: "events", E.OFF: NOBODY, E.FAILED: "whoever registered it"},
        (
            Way(BEGINS, E.ACTIVE, "registered"),
            Way(E.ACTIVE, E.OFF, "switched off"),
            Way(E.ACTIVE, E.FAILED, "three days without success, or it says that it is gone"),
            Way(E.OFF, E.ACTIVE, "switched on"),
            Way(E.FAILED, E.ACTIVE, "switched on"),
        ),
    ),
    Life(
        "delivery", DeliveryState,
        {D.WAITING: "the worker, or the next try", D.DELIVERED: NOBODY, D.GIVEN_UP: NOBODY},
        (
            Way(BEGINS, D.WAITING, "an event that the webhook hears"),
            Way(D.WAITING, D.DELIVERED, "answered with 2xx"),
            Way(D.WAITING, D.GIVEN_UP, "tried ten times"),
            Way(D.DELIVERED, D.WAITING, "sent again by hand"),
            Way(D.GIVEN_UP, D.WAITING, "sent again by hand"),
        ),
    ),
)  # fmt: skip


def page() -> str:
    """The page of reference."""
    return written("src/talkoo/notify/states.py", LIVES, "States of what goes out")
