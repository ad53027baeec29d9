"""Saying in the log what may happen at every request: once an hour, however often it happens."""

import logging
import time

QUIET = 3600.0  # seconds
MOST = 200  # different things that are remembered; beyond that all is forgotten, and said once more
_said: dict[tuple[str, str], float] = {}


def warn_seldom(log: logging.Logger, words: str, *facts: object) -> None:
    """A warning in these words with these facts, unless this process gave the same one within the hour."""
    now, same = time.monotonic(), (log.name, words % facts)
    if now - _said.get(same, -QUIET) < QUIET:
        return
    if len(_said) >= MOST:
        _said.clear()
    _said[same] = now
    log.warning(words, *facts)
