"""Options that people put into an order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from talkoo.engines.consensus import (
    concordance,
    consensus_order,
    preferences,
    published,
    score,
    signs,
    vector_alpha,
)
from talkoo.microtasks.aggregation import class_fit, fitting
from talkoo.microtasks.aggregation.outcome import NOTHING, Combined, Config, Fitted, Known, Row, Spoken


@dataclass(frozen=True, slots=True)
class Ranks:
    """A value is all `options`, best first. The order that people contradict least is the result; its probability is
    that of its least certain pair of neighbours: whether the one truly belongs before the other.
    """

    options: Callable[[Config], Sequence[str]]
    method: str = "kemeny"
    version: str = "1"

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:
        if not spoken:
            return NOTHING
        options = list(self.options(config))
        orders = [self._order(options, answer.value) for answer in spoken]
        chances = [fitting.chance_of(answer.counts, known) for answer in spoken]
        before = preferences(orders, [float(np.log(chance / (1 - chance))) for chance in chances])
        draw = np.random.default_rng(salt).random(before.shape)
        order = consensus_order(before + 1e-9 * (draw - draw.T))
        chance = self._neighbours(order, orders, chances)
        value = [options[at] for at in order]
        together = round(concordance(orders), 3)
        return Combined(
            value, {"value": value, "concordance": together}, chance, len(orders),
            differ=any(one != orders[0] for one in orders), inner=order if len(orders) > 1 else None,
        )  # fmt: skip

    @staticmethod
    def _order(options: Sequence[str], value: Sequence[str]) -> list[int]:
        return [options.index(name) for name in value]

    @staticmethod
    def _neighbours(order: Sequence[int], orders: Sequence[Sequence[int]], chances: Sequence[float]) -> float:
        """The published probability of the least certain pair of neighbours."""
        places = np.argsort(np.array(orders), axis=1)
        confusions = [np.array([[chance, 1 - chance], [1 - chance, chance]]) for chance in chances]
        found = []
        for first, second in pairwise(order):
            sides = (places[:, first] > places[:, second]).astype(int).tolist()
            posterior = score(list(zip(sides, confusions, strict=True)), [0.5, 0.5])
            found.append(float(published(posterior, len(orders))[0]))
        return min(found)

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        """The share of pairs that stand as in the result."""
        if combined.inner is None:
            return fitting.added(counts, (0.0, 0.0))
        mine = self._order(list(self.options(config)), value)
        right = float((signs(mine) == signs(combined.inner)).mean())
        return fitting.added(counts, (right, 1 - right))

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int) -> Fitted:
        def agreement() -> dict[str, object]:
            options = list(self.options(config))
            pairs = np.array([signs(self._order(options, row.value)) for row in rows])
            rng = np.random.default_rng(seed)
            return class_fit.numbers(vector_alpha([row.task for row in rows], pairs, rng=rng))

        return fitting.fit(self, config, rows, agreement=agreement)
