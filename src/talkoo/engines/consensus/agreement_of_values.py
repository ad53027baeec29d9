"""Krippendorff's alpha where answers are no classes: numbers, orders, shares, and texts that are the same or not."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from talkoo.engines.consensus.agreement import Agreement
from talkoo.engines.consensus.answers import Floats

ROUNDS = 200
Chance = Callable[[Floats], float]


def vector_alpha(task: ArrayLike, values: ArrayLike, *, rng: np.random.Generator) -> Agreement:
    """Alpha by squared distance: `task` [n] says which task each of `values` [n] or [n, d] belongs to.

    One number a value is the interval metric; d shares, the squared distance between two ways of sharing out; the
    `signs` of orders, Kendall's distance (pairs put otherwise). The interval resamples tasks. All None where no two
    people answered a task, or all values are equal.
    Source: K. Krippendorff, Content Analysis, 4th ed. (2019) ch. 12; any squared metric fits his definition.

    >>> vector_alpha([0, 0, 1, 1], [1.0, 1.0, 5.0, 5.0], rng=np.random.default_rng(0)).alpha
    1.0
    """
    rows = np.asarray(values, dtype=np.float64).reshape(len(np.asarray(task)), -1)
    kept, place, number = _pairable(np.asarray(task))
    if not len(number):
        return Agreement(None, None, None)
    rows = rows[kept] - rows[kept].mean(axis=0)
    sums = np.zeros((len(number), rows.shape[1]))
    np.add.at(sums, place, rows)
    squares = np.bincount(place, weights=(rows**2).sum(axis=1), minlength=len(number))
    within = 2 * (number * squares - (sums**2).sum(axis=1)) / (number - 1)

    def chance(weight: Floats) -> float:
        people = float(weight @ number)
        total = weight @ sums
        return 2 * (people * float(weight @ squares) - float(total @ total)) / (people - 1)

    return _interval(within, chance, rng)


def sameness_alpha(task: ArrayLike, codes: Sequence[object], *, rng: np.random.Generator) -> Agreement:
    """Alpha of answers that are the same or not, however many different ones there are: `codes` [n], equal if the same.

    The nominal alpha of `krippendorff_alpha` without a table of tasks by answers, which texts would make endless.

    >>> sameness_alpha([0, 0, 1, 1], ["a", "a", "b", "b"], rng=np.random.default_rng(0)).alpha
    1.0
    """
    kept, place, number = _pairable(np.asarray(task))
    if not len(number):
        return Agreement(None, None, None)
    names = {name: at for at, name in enumerate(dict.fromkeys(codes))}
    code = np.array([names[name] for name in codes], dtype=np.int64)[kept]
    pairs, counts = np.unique(place * len(names) + code, return_counts=True)
    same = np.bincount(pairs // len(names), weights=counts.astype(np.float64) ** 2, minlength=len(number))
    within = (number**2 - same) / (number - 1)

    def chance(weight: Floats) -> float:
        people = float(weight @ number)
        each = np.bincount(code, weights=weight[place])
        return (people**2 - float(each @ each)) / (people - 1)

    return _interval(within, chance, rng)


def _pairable(task: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64], Floats]:
    """Which values share a task with another, the place of each one's task, and how many values a task has."""
    _names, place, number = np.unique(task, return_inverse=True, return_counts=True)
    kept: NDArray[np.bool_] = number[place] > 1
    _left, place, number = np.unique(place[kept], return_inverse=True, return_counts=True)
    return kept, place, number.astype(np.float64)


def _interval(within: Floats, chance: Chance, rng: np.random.Generator) -> Agreement:
    """1 - observed / expected, with the 90 % interval over tasks drawn again and again."""
    whole = _alpha(within, np.ones(len(within)), chance)
    if whole is None:
        return Agreement(None, None, None)
    draws = (rng.multinomial(len(within), np.full(len(within), 1 / len(within))) for _ in range(ROUNDS))
    boot = [alpha for draw in draws if (alpha := _alpha(within, draw.astype(np.float64), chance)) is not None]
    low, high = np.quantile(boot, [0.05, 0.95]) if boot else (whole, whole)
    return Agreement(whole, min(float(low), whole), max(float(high), whole))


def _alpha(within: Floats, weight: Floats, chance: Chance) -> float | None:
    expected = chance(weight)
    return 1 - float(weight @ within) / expected if expected > 1e-12 else None
