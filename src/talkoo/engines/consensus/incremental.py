"""One answer at a time: what is known of each person, kept as counts that can be added and taken back exactly.

Model: Dawid & Skene (1979) with a Dirichlet prior on every row of a person's confusion matrix. A person's counts are
soft: an answer adds its task's posterior to the column of the label given. Posteriors are rounded to a grid of 2^-30
before they are added, so sums up to four million answers are exact in float64: order does not matter, and taking an
answer back leaves precisely what was there before.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from talkoo.engines.consensus.answers import Floats

GRID = float(2**30)
ACCURACY = 0.75
STRENGTH = 2.0


@dataclass(frozen=True, eq=False)
class Reliability:
    """One person in one batch: soft `counts` [true, given] and the pseudo-counts `prior` [true, given] under them.

    >>> ann = Reliability(np.zeros((2, 2)), diagonal_prior(2))
    >>> ann.confusion.round(2).tolist()
    [[0.75, 0.25], [0.25, 0.75]]
    """

    counts: Floats
    prior: Floats

    @property
    def confusion(self) -> Floats:
        """P(given | true), smoothed: [true, given], every row sums to 1."""
        return confusion_of(self.counts, self.prior)


def confusion_of(counts: Floats, prior: Floats) -> Floats:
    """P(given | true) from counts [..., true, given] and pseudo-counts [true, given]."""
    smoothed = counts + prior
    share: Floats = smoothed / smoothed.sum(axis=-1, keepdims=True)
    return share


def diagonal_prior(n_classes: int, *, accuracy: float = ACCURACY, strength: float = STRENGTH) -> Floats:
    """Pseudo-counts [true, given] of someone right with `accuracy`, wrong evenly, worth `strength` answers a class."""
    if n_classes < 1:
        raise ValueError("n_classes must be at least 1")
    if n_classes == 1:
        return np.full((1, 1), strength)
    prior = np.full((n_classes, n_classes), (1 - accuracy) / (n_classes - 1))
    np.fill_diagonal(prior, accuracy)
    return prior * strength


def pooled_prior(counts: ArrayLike, *, strength: float = STRENGTH) -> Floats:
    """Pseudo-counts [true, given] shaped as the whole batch answers: what a newcomer starts from.

    `counts` [n_workers, true, given] or already summed [true, given]; the diagonal prior is mixed in, so that a batch
    with no or few answers yields nearly the default.
    """
    pool = np.asarray(counts, dtype=np.float64)
    pool = pool.reshape(-1, *pool.shape[-2:]).sum(axis=0)
    return confusion_of(pool, diagonal_prior(len(pool))) * strength


def score(labels_by_worker: Sequence[tuple[int, Floats]], class_prior: ArrayLike) -> Floats:
    """One task's posterior [n_classes] from its few (label code, confusion [true, given]); cost answers × classes.

    >>> right = diagonal_prior(2) / 2
    >>> score([(0, right), (0, right), (1, right)], [0.5, 0.5]).round(2).tolist()
    [0.75, 0.25]
    """
    total = np.log(_checked("class_prior", class_prior))
    for place, (label, confusion) in enumerate(labels_by_worker, start=1):
        if not 0 <= label < len(total):
            raise ValueError(f"answer {place}: label is {label}, which is not from 0 to {len(total) - 1}")
        total = total + np.log(np.maximum(confusion[:, label], 1e-12))
    weight = np.exp(total - total.max())
    posterior: Floats = weight / weight.sum()
    return posterior


def update(counts: Floats, label: int, posterior: ArrayLike) -> Floats:
    """The person's counts [true, given] after giving `label` to a task with this posterior; makes a copy."""
    return _shifted(counts, label, posterior, 1.0)


def retract(counts: Floats, label: int, posterior: ArrayLike) -> Floats:
    """The exact opposite of `update` with the same label and posterior."""
    return _shifted(counts, label, posterior, -1.0)


def revise(counts: Floats, label: int, before: ArrayLike, after: ArrayLike) -> Floats:
    """Counts of a person whose answered task moved from posterior `before` to `after`."""
    return update(retract(counts, label, before), label, after)


def on_grid(values: Floats) -> Floats:
    """Rounded to multiples of 2^-30, on which addition is exact."""
    rounded: Floats = np.rint(values * GRID) / GRID
    return rounded


def _shifted(counts: Floats, label: int, posterior: ArrayLike, sign: float) -> Floats:
    shifted = np.array(counts, dtype=np.float64)
    if not 0 <= label < len(shifted):
        raise ValueError(f"label is {label}, which is not from 0 to {len(shifted) - 1}")
    shifted[:, label] += sign * on_grid(_checked("posterior", posterior))
    return shifted


def _checked(name: str, values: ArrayLike) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or not np.isfinite(array).all() or (array < 0).any():
        raise ValueError(f"{name} must be a flat array of probabilities, none below 0 or missing")
    return array
