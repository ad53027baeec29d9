"""The probability that is shown and decided on: the model's own, made modest, with an interval.

Dawid–Skene takes answers for independent given the class. People share the same misreadings, so its posteriors are
far too sure (expected calibration error about .14 on 21 real sets). Until control tasks measure it batch by batch,
two fixed, cautious corrections stand here: a temperature (Guo et al., On calibration of modern neural networks, ICML
2017) and a shrink towards chance that fades with the number of answers (Laplace).
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv  # type: ignore[import-untyped]

from talkoo.engines.consensus.answers import Floats

TEMPERATURE = 1.5
SHRINK = 0.1
COVERAGE = 0.90


def published(posterior: ArrayLike, answers: ArrayLike) -> Floats:
    """What the model's posterior [..., n_classes] is worth, resting on `answers` [...] answers a task.

    Keeps the order of the classes and sums to 1. No answers: chance.

    >>> published([0.99, 0.01], 3).round(2).tolist()
    [0.94, 0.06]
    """
    model = np.asarray(posterior, dtype=np.float64)
    number = np.asarray(answers, dtype=np.float64)[..., None]
    if model.ndim < 1 or not np.isfinite(model).all() or (model < 0).any():
        raise ValueError("posterior must hold probabilities, none below 0 or missing")
    weight = np.power(model, 1 / TEMPERATURE)
    weight = weight / weight.sum(axis=-1, keepdims=True)
    trust = number / (number + SHRINK)
    mixed: Floats = trust * weight + (1 - trust) / model.shape[-1]
    return mixed


def interval(posterior: ArrayLike, answers: int) -> tuple[float, float]:
    """The 90 % interval of the published probability of the best class, wide where answers are few.

    A Beta distribution (Jeffreys prior) worth as many observations as there are answers, around the published
    probability. It speaks of how much a handful of answers can tell, not of one task's fate.

    >>> low, high = interval([0.99, 0.01], 3)
    >>> round(low, 2), round(high, 2)
    (0.48, 1.0)
    """
    best = float(published(posterior, answers).max())
    tail = (1 - COVERAGE) / 2
    right, wrong = best * answers + 0.5, (1 - best) * answers + 0.5
    low, high = (float(betaincinv(right, wrong, share)) for share in (tail, 1 - tail))
    return min(low, best), max(high, best)
