"""How people would share out a sum: the mean share of each option, and rounding that keeps the sum."""

from collections.abc import Sequence
from math import floor

import numpy as np

from talkoo.engines.consensus.centre import Centre, weighted_mean


def mean_shares(
    given: Sequence[Sequence[float]],
    weights: Sequence[float],
    *,
    total: float,
    tolerance: float,
    variance: float | None = None,
) -> list[Centre]:
    """The weighted mean of what people gave each option, each with its 90 % interval inside 0 to `total`.

    `given` [n_people][n_options]; every row sums to `total`, so the means do too. `variance` is the squared distance of
    a person's row from the others', all options together, learnt from the batch; each option bears its part. Raises
    ValueError for a row whose sum is another.

    >>> [centre.value for centre in mean_shares([[60, 40], [40, 60]], [1, 1], total=100, tolerance=10)]
    [50.0, 50.0]
    """
    rows = np.asarray(given, dtype=np.float64)
    if rows.ndim != 2 or not np.allclose(rows.sum(axis=1), total):
        raise ValueError(f"every row must share out {total}")
    each = None if variance is None else variance / rows.shape[1]
    found = [
        weighted_mean(rows[:, option].tolist(), weights, tolerance=tolerance, variance=each)
        for option in range(rows.shape[1])
    ]
    return [Centre(one.value, max(one.low, 0.0), min(one.high, total), one.probability) for one in found]


def rounded(shares: Sequence[float], total: int) -> list[int]:
    """Whole numbers nearest to the shares that sum to `total`: largest remainders first (Hamilton's method).

    >>> rounded([33.4, 33.3, 33.3], 100)
    [34, 33, 33]
    """
    whole = [floor(share + 1e-9) for share in shares]
    missing = total - sum(whole)
    order = sorted(range(len(shares)), key=lambda at: (whole[at] - shares[at], at))
    for at in order[:missing]:
        whole[at] += 1
    return whole
