"""What every method hands back, and the fair pick among labels that tie."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from talkoo.engines.consensus.answers import Answers, Floats, Ints
from talkoo.engines.consensus.incremental import confusion_of

TIE = 1e-9


@dataclass(frozen=True, eq=False)
class Fit:
    """The combination of a batch's answers, with all an incremental update needs to go on from it.

    `posteriors` [n_tasks, n_classes] are the model's own probabilities: show `published(...)`, never these.
    `labels` [n_tasks] are class codes. `class_prior` [n_classes] sums to 1. `counts` [n_workers, true, given] are each
    person's soft counts on the grid of `incremental`; `prior` [true, given] are the pseudo-counts added to them, also
    all there is to know about a newcomer. Both are empty where they would pass 50 million cells (majority only).
    """

    posteriors: Floats
    labels: Ints
    method: str
    version: str
    class_prior: Floats
    counts: Floats
    prior: Floats
    iterations: int
    converged: bool

    @property
    def confusion(self) -> Floats:
        """P(given | true) of each person: [n_workers, true, given], every row sums to 1."""
        return confusion_of(self.counts, self.prior)

    @property
    def newcomer(self) -> Floats:
        """P(given | true) of a person nobody has seen yet: [true, given]."""
        return confusion_of(np.zeros_like(self.prior), self.prior)


def pick(posteriors: Floats, answers: Answers, seed: int = 0) -> Ints:
    """The most probable class of each task [n_tasks]; ties are drawn evenly by a keyed hash of the task.

    The draw depends on the task's name (else its code) and the seed only: the same on every run and machine, and over
    many tasks no column is preferred.
    """
    best = posteriors.argmax(axis=1)
    tied = posteriors >= posteriors.max(axis=1, keepdims=True) - TIE
    ties = tied.sum(axis=1)
    rows = np.flatnonzero(ties > 1)
    if rows.size:
        draw = (_mixed(answers.task_keys(rows), seed) % ties[rows].astype(np.uint64)).astype(np.int64)
        rank = tied[rows].cumsum(axis=1) - 1
        best[rows] = ((rank == draw[:, None]) & tied[rows]).argmax(axis=1)
    chosen: Ints = best.astype(np.int32)
    return chosen


def _mixed(keys: NDArray[np.uint64], seed: int) -> NDArray[np.uint64]:
    """SplitMix64 (Steele, Lea & Flood 2014): every bit of the key moves every bit of the result."""
    state = keys + np.uint64((seed + 1) * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    mixed: NDArray[np.uint64] = state ^ (state >> np.uint64(31))
    return mixed
