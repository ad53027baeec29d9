"""The probability that is shown and decided on: the model's own, made modest, with an interval.

Dawid–Skene takes answers for independent given the class. People share the same misreadings, so its posteriors are
far too sure (expected calibration error about .14 on 21 real sets). Until control tasks measure it batch by batch,
two fixed, cautious corrections stand here: a temperature (Guo et al., On calibration of modern neural networks, ICML
2017) and a shrink towards chance that fades with the number of answers (Laplace).

Measured by `bench/consensus.py`: recorded answers in random order, one more a round until the target is published,
Dawid–Skene throughout. Accuracy of the tasks that closed (answers a task) at three targets; without the corrections
the first four sets deliver .82–.93 at .95.

    set          full   .80         .90         .95
    rte          .927   .86 (3.2)   .91 (4.2)   .94 (5.2)    chosen on these four: never more than
    d_possent    .959   .90 (3.4)   .93 (4.6)   .95 (6.0)    .015 short of the target
    snow_temp    .942   .92 (2.7)   .93 (3.4)   .94 (4.2)
    web          .821   .79 (3.6)   .89 (4.6)   .97 (5.2)    35 % (.90) and 57 % (.95) go to review
    d_product    .938   .95 (2.2)   .97 (2.5)   .97 (2.8)    only looked at afterwards:
    cf_weather   .887   .82 (2.2)   .84 (2.5)   .86 (3.2)    short by up to .09
    music_genre  .783   .79 (2.5)   .82 (2.8)   .85 (3.2)    short by up to .10
    gal_barzan   .716   .71 (2.6)   .75 (3.5)   .78 (4.1)    short by up to .17: people share their errors
    trec2011     .706   .75 (3.6)   .77 (4.2)   .78 (4.5)    short by up to .17
    bluebird     .898   .60 (2.2)   .62 (2.8)   .81 (5.8)    short by up to .28: nobody is known well enough yet

So a published probability holds where people err independently, and promises too much where they do not: only
control tasks can tell the two apart.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaincinv

from talkoo.engines.consensus.answers import Floats

TEMPERATURE = 1.5
SHRINK = 0.1
COVERAGE = 0.90
SHARED = 0.1


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

    A Beta distribution (Jeffreys prior) around the published probability, worth the independent answers there are:
    answers / (1 + .1 × (answers - 1)), the design effect (Kish 1965) of misreadings that people share. On ten real sets
    the accuracy of 90 % or more of equal-mass bins lies within (to half a point). It speaks of how much a handful of
    answers can tell, not of one task's fate.

    >>> low, high = interval([0.99, 0.01], 3)
    >>> round(low, 2), round(high, 2)
    (0.43, 1.0)
    """
    return bounds(float(published(posterior, answers).max()), answers)


def bounds(probability: float, answers: int) -> tuple[float, float]:
    """The same interval around a probability that is published already, whatever method it came from."""
    tail = (1 - COVERAGE) / 2
    worth = independent(answers)
    right, wrong = probability * worth + 0.5, (1 - probability) * worth + 0.5
    low, high = (float(betaincinv(right, wrong, share)) for share in (tail, 1 - tail))
    return min(low, probability), max(high, probability)


def independent(answers: float) -> float:
    """How many independent answers so many are worth, as people share misreadings: the design effect (Kish 1965)."""
    return answers / (1 + SHARED * max(answers - 1, 0))


def modest(probability: float, answers: float) -> float:
    """A model's probability that is not one of classes, shrunk towards nothing where few answers stand behind it."""
    return probability * answers / (answers + SHRINK)
