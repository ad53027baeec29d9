"""How much of people's time a batch will take, before anybody has answered."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from talkoo.engines.consensus import expected_answers
from talkoo.microtasks.aggregation import alternatives
from talkoo.microtasks.models import Batch
from talkoo.microtasks.task_types import task_type

LOWEST, HIGHEST = 80, 99
ACCURACY = 0.8  # how often people are assumed right until their answers tell
HOURS_EACH = 3  # what one person is assumed to give


@dataclass(frozen=True, slots=True)
class Estimate:
    """For one level of certainty: answers an item, hours of people's time, people at three hours each. `control` are
    the hours among them that go into items with a known answer."""

    sure: int
    answers: float
    hours: int
    people: int
    control: int = 0


@lru_cache(maxsize=2048)
def _answers(classes: int, least: int, most: int, sure: int) -> float:
    accuracy = max(ACCURACY, 1 / classes + 0.05)
    rng = np.random.default_rng(7)
    return expected_answers(classes, least, most, sure / 100, accuracy=accuracy, rng=rng)


def estimate(batch: Batch, sure: int | None = None) -> Estimate:
    """What the batch takes at a level of certainty, its own where none is given."""
    level = batch.sure if sure is None else sure
    answers = float(batch.most)
    if batch.adaptive:
        answers = _answers(_alternatives(batch), batch.least, batch.most, level)
    work = answers * batch.tasks_total * float(batch.minutes) / 60
    hours = work / (1 - control_share(batch))
    rounded = max(1, round(hours)) if batch.tasks_total else 0
    people = max(1, round(hours / HOURS_EACH)) if rounded else 0
    return Estimate(level, round(answers, 1), rounded, people, round(hours - work))


def control_share(batch: Batch) -> float:
    """The share of what is handed out that has a known answer: one in so many, where there are any."""
    return 1 / batch.control_every if batch.control_every and batch.controls_added else 0.0


def _alternatives(batch: Batch) -> int:
    """Of the type as it is set up so far; two while the question is not written yet."""
    try:
        return alternatives(task_type(batch.task_type).aggregation, batch.config)
    except (KeyError, TypeError, ValueError):
        return 2


def levels(batch: Batch) -> list[Estimate]:
    """Every level from 80 in 100 (or the batch's own, if that is lower) to 99, from the least sure up."""
    return [estimate(batch, sure) for sure in range(min(LOWEST, batch.sure), HIGHEST + 1)]
