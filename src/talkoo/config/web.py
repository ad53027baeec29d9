"""The web server: granian, whose processes can be told to stop from their first moment on.

granian forks its processes with the signal handlers of their parent, which in a child do nothing: one that was told to
stop while it still loaded Talkoo went on to serve, and was waited for until it was killed. Until such a process has
handlers of its own, a signal ends it at once; it has no request in hand by then.
"""

import os
import signal

from granian.cli import entrypoint

STOPS = (signal.SIGTERM, signal.SIGINT)


def end_at_once_while_starting() -> None:
    """From now on a fork has the system's own handlers; a signal that comes in between waits for them."""
    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, STOPS),
        after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS),
        after_in_child=_as_the_system_has_it,
    )


def _as_the_system_has_it() -> None:
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPS)


if __name__ == "__main__":
    end_at_once_while_starting()
    entrypoint()  # type: ignore[no-untyped-call]
