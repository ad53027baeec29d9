"""How far each person's numbers lie from what the others say: the weights of a mean."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

STEADY = 10.0
"""What the scatter of everybody is worth beside a person's own, in answers: high, since the plain mean is hard to beat."""


def residual(mine: ArrayLike, everybody: Sequence[ArrayLike]) -> float | None:
    """Squared distance of one answer from the mean of the task's answers (itself among them), freed of its own pull.

    In expectation the person's variance where all scatter alike. Numbers or vectors of one length. None where nobody
    else answered: alone, nobody is near or far.

    >>> residual(4.0, [4.0, 2.0])
    2.0
    """
    if len(everybody) < 2:
        return None
    own = np.atleast_1d(np.asarray(mine, dtype=np.float64))
    rows = np.array([np.atleast_1d(np.asarray(row, dtype=np.float64)) for row in everybody])
    return float(((own - rows.mean(axis=0)) ** 2).sum()) * len(rows) / (len(rows) - 1)


def weight_of(answers: float, squares: float, pool: tuple[float, float]) -> float:
    """What a person's answer weighs beside that of an average person (1), from sums of residuals: 1/4 to 4.

    `answers` and `squares` are this person's, `pool` those of everybody. The inverse of the variance, which is steadied
    by that of everybody as if they had given ten answers more. 1 where nothing is known.

    >>> weight_of(0, 0, (100, 400)), round(weight_of(90, 36, (100, 400)), 1)
    (1.0, 4.0)
    """
    all_answers, all_squares = pool
    usual = all_squares / all_answers if all_answers else 0.0
    if usual <= 0:
        return 1.0
    mine = (STEADY + squares / usual) / (STEADY + answers)
    return float(min(max(1 / mine, 0.25), 4.0)) if mine > 0 else 4.0
