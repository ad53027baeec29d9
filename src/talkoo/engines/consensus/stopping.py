"""Ask one more, close, or send to a reviewer: the rule for one task, decided on the published probability."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike

from talkoo.engines.consensus.certainty import published


class Reason(StrEnum):
    """Why a step is what it is; the pages say it in words."""

    TOO_FEW = "too-few"
    UNSURE = "unsure"
    WAITING = "waiting"
    SURE = "sure"
    COUNT = "count"
    CAP = "cap"
    AMBIGUOUS = "ambiguous"
    NOBODY_LEFT = "nobody-left"


@dataclass(frozen=True)
class AskMore:
    """Open the task to `n` people more than are at it already; 0 means wait for those."""

    n: int
    reason: Reason


@dataclass(frozen=True)
class Close:
    """The result stands."""

    reason: Reason


@dataclass(frozen=True)
class Review:
    """Somebody who did not answer has to decide."""

    reason: Reason


Step = AskMore | Close | Review


def next_step(
    posterior: ArrayLike,
    *,
    answers: int,
    active: int,
    least: int,
    most: int,
    target: float,
    adaptive: bool = True,
    pool: int | None = None,
    review_below: float | None = None,
) -> Step:
    """What to do with a task now.

    `posterior` [n_classes] is the model's own (the rule makes it modest by `published`), or [n_units, n_classes] for a
    task with several units, such as the options of a multiple choice: the least certain unit decides. `answers` are
    kept, `active` people are at it, `pool` people could still be asked (None: not known). Adaptive, the task closes
    once the published probability reaches `target`, on `least` answers or more and never on one alone (save where
    `most` is 1). At `most` it goes to a reviewer if the probability is under `review_below` (default: the target, so
    nothing closes on less than was promised), else it closes with the lower probability it has. Not adaptive, it
    closes on `most` answers, whatever they say.
    Raises ValueError for bounds that contradict each other.

    >>> next_step([0.999, 0.001], answers=3, active=0, least=2, most=5, target=0.95)
    Close(reason=<Reason.SURE: 'sure'>)
    >>> next_step([0.6, 0.4], answers=3, active=0, least=2, most=5, target=0.95)
    AskMore(n=1, reason=<Reason.UNSURE: 'unsure'>)
    """
    return step_at(
        _certainty(posterior, answers), answers=answers, active=active, least=least, most=most, target=target,
        adaptive=adaptive, pool=pool, review_below=review_below,
    )  # fmt: skip


def step_at(
    certainty: float,
    *,
    answers: int,
    active: int,
    least: int,
    most: int,
    target: float,
    adaptive: bool = True,
    pool: int | None = None,
    review_below: float | None = None,
) -> Step:
    """The same rule for a probability that is published already: of any kind of answer, by any method.

    >>> step_at(0.97, answers=3, active=0, least=2, most=5, target=0.95)
    Close(reason=<Reason.SURE: 'sure'>)
    """
    _check(answers, active, least, most, target)
    floor = min(max(least, 2), most) if adaptive else most
    if answers < floor:
        return _ask(floor - answers, active, pool, Reason.TOO_FEW)
    if not adaptive:
        return Close(Reason.COUNT)
    if certainty >= target:
        return Close(Reason.SURE)
    if answers >= most:
        clear = certainty >= (target if review_below is None else review_below)
        return Close(Reason.CAP) if clear else Review(Reason.AMBIGUOUS)
    return _ask(1, active, pool, Reason.UNSURE)


def _ask(wanted: int, active: int, pool: int | None, reason: Reason) -> Step:
    """As many as are wanted beyond those at it, as far as there are people; nobody at all: a reviewer."""
    missing = max(wanted - active, 0)
    if not missing:
        return AskMore(0, Reason.WAITING)
    if pool is None:
        return AskMore(missing, reason)
    if pool > 0:
        return AskMore(min(missing, pool), reason)
    return AskMore(0, Reason.WAITING) if active else Review(Reason.NOBODY_LEFT)


def _certainty(posterior: ArrayLike, answers: int) -> float:
    """The published probability of the best class, of the least certain unit."""
    units = np.atleast_2d(np.asarray(posterior, dtype=np.float64))
    return float(published(units, np.full(len(units), answers)).max(axis=1).min())


def _check(answers: int, active: int, least: int, most: int, target: float) -> None:
    if not 1 <= least <= most:
        raise ValueError(f"least must be from 1 to most, but least is {least} and most is {most}")
    if not 0 < target < 1:
        raise ValueError(f"target must lie between 0 and 1, but is {target}")
    if answers < 0 or active < 0:
        raise ValueError(f"answers and active cannot be below 0, but are {answers} and {active}")
