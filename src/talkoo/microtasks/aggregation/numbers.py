"""Numbers that people judge or read off, and days counted as numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from talkoo.engines.consensus import (
    open_votes,
    published,
    residual,
    vector_alpha,
    weighted_mean,
    weighted_median,
)
from talkoo.microtasks.aggregation import class_fit, fitting
from talkoo.microtasks.aggregation.outcome import NOTHING, Combined, Config, Fitted, Known, Row, Spoken


@dataclass(frozen=True, slots=True)
class Numbers:
    """`read` makes a number of an answer, `write` an answer of a number; `tolerance` is how far off is still right.

    Where the owner chose the mean, the probability is that of the truth lying within the tolerance of it. Where a figure
    is read off (`median`), answers within the tolerance of the median stand for it against all others, as votes.
    """

    read: Callable[[Config, Any], float]
    write: Callable[[Config, float], Any]
    tolerance: Callable[[Config], float]
    median: Callable[[Config], bool]
    method: str = "weighted-centre"
    version: str = "1"

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:  # noqa: ARG002
        if not spoken:
            return NOTHING
        given = [self.read(config, answer.value) for answer in spoken]
        found = self._median if self.median(config) else self._mean
        value, low, high, chance, inner = found(config, given, [answer.counts for answer in spoken], known)
        written = self.write(config, value)
        spread = [self.write(config, low), self.write(config, high)]
        differ = max(given) - min(given) > self.tolerance(config)
        return Combined(
            written, {"value": written, "spread": spread}, chance, len(given), differ=differ,
            spread=spread, inner=inner,
        )  # fmt: skip

    def _mean(
        self, config: Config, given: Sequence[float], counts: Sequence[Any], known: Known
    ) -> tuple[float, float, float, float, Any]:
        weights = [fitting.weight(one, known) for one in counts]
        centre = weighted_mean(given, weights, tolerance=self.tolerance(config), variance=fitting.variance(known))
        return centre.value, centre.low, centre.high, centre.probability, given

    def _median(
        self, config: Config, given: Sequence[float], counts: Sequence[Any], known: Known
    ) -> tuple[float, float, float, float, Any]:
        chances = [fitting.chance_of(one, known) for one in counts]
        value, low, high = weighted_median(given, chances)
        reach = self.tolerance(config) + 1e-9
        others = sorted({number for number in given if abs(number - value) > reach})
        votes = [
            (0 if abs(number - value) <= reach else 1 + others.index(number), chance)
            for number, chance in zip(given, chances, strict=True)
        ]
        posterior = open_votes(votes)
        inner = (value, float(posterior[0])) if len(given) > 1 else None
        return value, low, high, float(published(posterior, len(given))[0]), inner

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        """Of a mean how far off the answer is, squared; of a median whether it is within the tolerance."""
        mine = self.read(config, value)
        if not self.median(config):
            apart = residual(mine, combined.inner)
            return fitting.added(counts, (0.0, 0.0) if apart is None else (1.0, apart))
        if combined.inner is None:
            return fitting.added(counts, (0.0, 0.0))
        centre, chance = combined.inner
        right = chance if abs(mine - centre) <= self.tolerance(config) + 1e-9 else 0.0
        return fitting.added(counts, (right, 1 - right))

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int) -> Fitted:
        def agreement() -> dict[str, object]:
            values = [self.read(config, row.value) for row in rows]
            rng = np.random.default_rng(seed)
            return class_fit.numbers(vector_alpha([row.task for row in rows], values, rng=rng))

        return fitting.fit(self, config, rows, agreement=agreement)
