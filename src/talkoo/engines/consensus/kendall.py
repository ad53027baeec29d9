"""Kendall's measures of agreement between orders."""

from collections.abc import Sequence

import numpy as np

from talkoo.engines.consensus.answers import Floats


def tau(one: Sequence[int], other: Sequence[int]) -> float:
    """Kendall's tau of two orders of the same options: 1 the same, -1 reversed, 0 unrelated.

    >>> tau([0, 1, 2], [0, 2, 1]).__round__(2)
    0.33
    """
    mine, theirs = signs(one), signs(other)
    return float((mine * theirs).mean()) if len(mine) else 1.0


def signs(order: Sequence[int]) -> Floats:
    """For every pair of options 1 where the first of the two stands before the second, else -1: [n (n - 1) / 2].

    Squared distance in this space is four times the number of pairs that two orders put otherwise (Kendall's distance),
    so what can be done with numbers can be done with orders.
    """
    position = np.empty(len(order), dtype=np.int64)
    position[list(order)] = np.arange(len(order))
    first, second = np.triu_indices(len(order), 1)
    found: Floats = np.where(position[first] < position[second], 1.0, -1.0)
    return found


def concordance(orders: Sequence[Sequence[int]]) -> float:
    """Kendall's W of several orders: 1 all the same, 0 no agreement at all. 1 for a single order.

    Source: M. G. Kendall & B. Babington Smith, The problem of m rankings (1939).

    >>> concordance([[0, 1, 2], [0, 1, 2], [0, 1, 2]])
    1.0
    """
    places = np.array([np.argsort(order) for order in orders], dtype=np.float64)
    people, options = places.shape
    if options < 2:
        return 1.0
    spread = float(((places.sum(axis=0) - people * (options - 1) / 2) ** 2).sum())
    return 12 * spread / float(people**2 * (options**3 - options))
