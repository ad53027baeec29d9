"""The centre of numbers that people gave: a weighted mean for judgements, a weighted median for what is read off."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from talkoo.engines.consensus.certainty import COVERAGE, independent, modest

START_DEGREES = 1.0
"""What the tolerance is worth as a first guess at how far people scatter, in answers."""
LEARNT_DEGREES = 4.0
"""What the scatter of a whole batch is worth beside the answers of one task."""
FINEST = 0.25
"""No scatter below this share of the tolerance is believed: two answers alike are no proof of precision."""


@dataclass(frozen=True, slots=True)
class Centre:
    """A number with its 90 % interval, and the probability that the truth lies within the tolerance of it."""

    value: float
    low: float
    high: float
    probability: float


def weighted_mean(
    values: Sequence[float], weights: Sequence[float], *, tolerance: float, variance: float | None = None
) -> Centre:
    """The mean of what people judged, each weighted by how close they usually come (1: as everybody).

    The scatter is that of the task's own answers, steadied by the `variance` of the batch where a refit has learnt it
    (worth four answers), else by the tolerance (worth one). Student's t with the design effect of shared misreadings
    gives the interval and the probability. What all people misjudge alike no spread can show.
    The plain mean is hard to beat: on n_emotion it has the least absolute error of mean, median, CATD and
    variance-weighted mean (see the tests). Raises ValueError for no values, a tolerance not above 0, weights not above 0.

    >>> weighted_mean([10, 12, 11], [1, 1, 1], tolerance=2).value
    11.0
    """
    given, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if not given.size or given.shape != weight.shape or tolerance <= 0 or (weight <= 0).any():
        raise ValueError("give values with one weight above 0 each, and a tolerance above 0")
    share = weight / weight.sum()
    value = float(given @ share)
    apart = ((given - value) / tolerance) ** 2
    known, degrees = (1.0, START_DEGREES) if variance is None else (variance / tolerance**2, LEARNT_DEGREES)
    degrees_all = degrees + len(given) - 1
    scatter = max((degrees * known + float(weight @ apart)) / degrees_all, FINEST**2)
    error = np.sqrt(scatter / independent(1 / float((share**2).sum())))
    reach = float(stdtrit(degrees_all, 0.5 + COVERAGE / 2)) * error * tolerance
    within = float(2 * stdtr(degrees_all, 1 / error) - 1)
    return Centre(value, value - reach, value + reach, modest(within, len(given)))


def weighted_median(values: Sequence[float], weights: Sequence[float]) -> tuple[float, float, float]:
    """The median and its distribution-free 90 % interval: (value, low, high).

    Below five answers the interval is all of them: the order statistics that bracket the median nine times in ten
    (David & Nagaraja, Order Statistics, 2003, ch. 7) do not lie further in. Between two values of equal weight it is
    the one in the middle. Raises ValueError for no values or weights not above 0.

    >>> weighted_median([1250, 1205, 1250], [1, 1, 1])
    (1250.0, 1205.0, 1250.0)
    """
    given, weight = np.asarray(values, dtype=np.float64), np.asarray(weights, dtype=np.float64)
    if not given.size or given.shape != weight.shape or (weight <= 0).any():
        raise ValueError("give values with one weight above 0 each")
    order = np.argsort(given, kind="stable")
    given, climbed = given[order], weight[order].cumsum() / weight.sum()
    at = int(np.searchsorted(climbed, 0.5 - 1e-12))
    even = abs(climbed[at] - 0.5) < 1e-12 and at + 1 < len(given)
    value = float(given[at] / 2 + given[at + 1] / 2) if even else float(given[at])
    inward = _inward(len(given))
    return value, float(given[inward]), float(given[len(given) - 1 - inward])


def _inward(number: int) -> int:
    """How many order statistics from either end still leave nine in ten between them."""
    tail, term, inward = 0.0, 0.5**number, -1
    for k in range(number // 2):
        tail += term
        if 2 * tail > 1 - COVERAGE:
            break
        inward, term = k, term * (number - k) / (k + 1)
    return max(inward, 0)
