"""The known answer of an item: from what a file says to a value of the task type, and whether an answer agrees with it."""

import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from talkoo.microtasks.task_types import faults
from talkoo.microtasks.task_types.declaration import Config, TaskType

SEVERAL = re.compile(r"\s*[;|]\s*|,\s+")


def known_value(declared: TaskType, config: Config, text: str) -> Any:
    """The answer that the words of a file stand for, or None where they fit no answer.

    Words are compared as people write them: without regard to case and spaces. Where several may be chosen they are
    separated by `;`, `|` or a comma and a space. What is no choice is read as if it were typed into the form.
    """
    words = " ".join(text.split())
    found = (value for value in _readings(declared, config, words) if value is not None)
    return next((value for value in found if not faults(declared, config, value)), None) if words else None


def _readings(declared: TaskType, config: Config, words: str) -> Iterator[Any]:
    offered = {" ".join(label.split()).casefold(): posted for posted, label in declared.choices(config)}
    whole = offered.get(words.casefold())
    if whole is not None:
        yield declared.read(config, {"choice": whole})
        yield declared.read(config, {"choice": [whole]})
    parts = [offered.get(part.casefold()) for part in SEVERAL.split(words) if part]
    if parts and None not in parts:
        yield declared.read(config, {"choice": parts})
    with suppress(KeyError, TypeError, ValueError, AttributeError):
        yield declared.read(config, dict.fromkeys(declared.fields(config), words))
    yield words
    if re.fullmatch(r"[+-]?\d+", words):
        yield int(words)
    if re.fullmatch(r"[+-]?\d*\.\d+", words):
        yield float(words)


def agrees(declared: TaskType, config: Config, given: Any, known: Any) -> bool:
    """Whether an answer is the known one, in the sense of its type. “Cannot answer” never is."""
    return given is not None and known is not None and bool(declared.same(config, given, known))
