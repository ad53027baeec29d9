"""One order from many: Kemeny's where it can be found exactly, else Borda's, mended step by step."""

from collections.abc import Sequence

import numpy as np

from talkoo.engines.consensus.answers import Floats

EXACT = 8
"""So many options have 256 subsets to go through; of more, Borda's order is improved by swapping neighbours."""


def preferences(rankings: Sequence[Sequence[int]], weights: Sequence[float]) -> Floats:
    """How much weight puts row before column: [n, n]. Each ranking holds every option from 0 to n - 1 once, best first.

    Raises ValueError for none, or for one that is no order of all options.

    >>> preferences([[1, 0], [0, 1], [1, 0]], [1, 1, 1]).tolist()
    [[0.0, 1.0], [2.0, 0.0]]
    """
    if not rankings or len(rankings) != len(weights):
        raise ValueError("give at least one ranking, and one weight each")
    options = len(rankings[0])
    before = np.zeros((options, options))
    for place, (ranking, weight) in enumerate(zip(rankings, weights, strict=True), start=1):
        if sorted(ranking) != list(range(options)):
            raise ValueError(f"ranking {place} is no order of the options 0 to {options - 1}")
        position = np.empty(options, dtype=np.int64)
        position[list(ranking)] = np.arange(options)
        before += weight * (position[:, None] < position[None, :])
    return before


def borda(before: Floats) -> list[int]:
    """Options by how often they stand before others, most first; equal ones keep their order.

    >>> borda(preferences([[2, 0, 1], [0, 2, 1], [2, 1, 0]], [1, 1, 1]))
    [2, 0, 1]
    """
    order: list[int] = np.argsort(-before.sum(axis=1), kind="stable").tolist()
    return order


def consensus_order(before: Floats) -> list[int]:
    """The order that people contradict least, best first: it minimises the weight of all pairs that stand otherwise.

    Exact up to eight options (Held & Karp's dynamic programme over sets); beyond that Borda's order with neighbours
    swapped while that helps, whose error is small in practice. Among equally good orders it takes one; a caller who
    must prefer no option adds a minute draw to `before`. Source: J. Kemeny, Mathematics without numbers (1959);
    Dwork et al., Rank aggregation methods for the web (WWW 2001) for the mending.

    >>> consensus_order(preferences([[0, 1, 2], [0, 2, 1], [1, 0, 2]], [1, 1, 1]))
    [0, 1, 2]
    """
    return _exact(before) if len(before) <= EXACT else _mended(before, borda(before))


def _exact(before: Floats) -> list[int]:
    options = len(before)
    rows = before.tolist()
    cost: list[float] = [0.0] * (1 << options)
    last: list[int] = [-1] * (1 << options)
    for held in range(1, 1 << options):
        inside = [option for option in range(options) if held >> option & 1]
        outcome = [
            (cost[held ^ 1 << option] + sum(rows[option][other] for other in inside), option) for option in inside
        ]
        cost[held], last[held] = min(outcome)
    order, held = [], (1 << options) - 1
    while held:
        order.append(last[held])
        held ^= 1 << last[held]
    return order[::-1]


def _mended(before: Floats, order: list[int]) -> list[int]:
    moved = True
    while moved:
        moved = False
        for at in range(len(order) - 1):
            first, second = order[at], order[at + 1]
            if before[second, first] > before[first, second] + 1e-12:
                order[at], order[at + 1], moved = second, first, True
    return order
