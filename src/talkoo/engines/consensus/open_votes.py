"""Votes over answers that nobody listed beforehand: texts, corrections, figures read off a page."""

from collections.abc import Sequence

import numpy as np

from talkoo.engines.consensus.answers import Floats
from talkoo.engines.consensus.incremental import ACCURACY, STRENGTH

FEWEST_CLASSES = 4


def open_votes(votes: Sequence[tuple[int, float]]) -> Floats:
    """P(right) of each answer given, and last of all that of an answer nobody gave: [n_candidates + 1], sums to 1.

    `votes` are (candidate from 0, chance that this person is right). Model: one-coin (Dawid & Skene with one parameter
    a person) with an even prior over as many classes as were given and one more, but at least four: whoever is wrong
    falls on any of the others alike. Of texts there are far more than that, so that two equal ones would be near
    certainty; people share their misreadings, and the small number stands for that. What nobody gave keeps its mass:
    one answer alone is never taken for certain. Raises ValueError for no votes or a chance outside of 0 to 1.

    >>> open_votes([(0, 0.75), (0, 0.75), (1, 0.75)]).round(2).tolist()
    [0.88, 0.1, 0.02]
    """
    if not votes:
        raise ValueError("no votes: give at least one (candidate, chance)")
    candidates = max(candidate for candidate, _chance in votes) + 1
    classes = max(candidates + 1, FEWEST_CLASSES)
    total = np.zeros(candidates + 1)
    total[-1] = np.log(classes - candidates)
    for candidate, chance in votes:
        if not 0 < chance < 1:
            raise ValueError(f"the chance of being right must lie between 0 and 1, but is {chance}")
        total[candidate] += np.log(chance * (classes - 1) / (1 - chance))
    weight = np.exp(total - total.max())
    posterior: Floats = weight / weight.sum()
    return posterior


def chance_right(
    right: float, wrong: float, pool: tuple[float, float] = (0.0, 0.0), *, strength: float = STRENGTH
) -> float:
    """How often a person is right, from soft counts of theirs and of everybody (`pool`), kept off 0 and 1.

    Two Beta priors, one in the other: everybody starts from the pool, the pool from `ACCURACY` worth two answers.

    >>> round(chance_right(0, 0), 2), round(chance_right(8, 0), 2)
    (0.75, 0.95)
    """
    all_right, all_wrong = pool
    start = (all_right + ACCURACY * STRENGTH) / (all_right + all_wrong + STRENGTH)
    chance = (right + start * strength) / (right + wrong + strength)
    return min(max(chance, 0.05), 0.995)
