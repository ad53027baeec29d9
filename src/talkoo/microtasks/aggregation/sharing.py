"""A sum that people share out among options."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from talkoo.engines.consensus import mean_shares, residual, rounded, vector_alpha
from talkoo.microtasks.aggregation import class_fit, fitting
from talkoo.microtasks.aggregation.outcome import NOTHING, Combined, Config, Fitted, Known, Row, Spoken


@dataclass(frozen=True, slots=True)
class Sharing:
    """A value gives each of the `options` some of the `total`. The mean share is the result; its probability is that of
    the option whose mean is least certain to lie within the `tolerance` of what everybody would give.
    """

    options: Callable[[Config], Sequence[str]]
    total: Callable[[Config], int]
    tolerance: Callable[[Config], float]
    method: str = "mean-shares"
    version: str = "1"

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:  # noqa: ARG002
        if not spoken:
            return NOTHING
        given = [self._row(config, answer.value) for answer in spoken]
        weights = [fitting.weight(answer.counts, known) for answer in spoken]
        found = mean_shares(
            given, weights, total=self.total(config), tolerance=self.tolerance(config),
            variance=fitting.variance(known),
        )  # fmt: skip
        names = self.options(config)
        value = dict(zip(names, rounded([one.value for one in found], self.total(config)), strict=True))
        spread = {name: [round(one.low, 1), round(one.high, 1)] for name, one in zip(names, found, strict=True)}
        chance = min(one.probability for one in found)
        apart = np.ptp(np.array(given), axis=0).max() > self.tolerance(config)
        return Combined(
            value, {"value": value, "spread": spread}, chance, len(given), differ=bool(apart),
            spread=spread, inner=given,
        )  # fmt: skip

    def _row(self, config: Config, value: Any) -> list[float]:
        return [float(value.get(name, 0)) for name in self.options(config)]

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        apart = residual(self._row(config, value), combined.inner)
        return fitting.added(counts, (0.0, 0.0) if apart is None else (1.0, apart))

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int) -> Fitted:
        return fitting.fit(self, config, rows, agreement=lambda: self._agreement(config, rows, seed))

    def _agreement(self, config: Config, rows: Sequence[Row], seed: int) -> dict[str, object]:
        """Alpha by squared distance of whole answers, and of each option by itself."""
        tasks, rng = [row.task for row in rows], np.random.default_rng(seed)
        given = np.array([self._row(config, row.value) for row in rows])
        each = [vector_alpha(tasks, given[:, at], rng=rng) for at in range(given.shape[1])]
        named = zip(self.options(config), each, strict=True)
        units = [{"name": name, **class_fit.numbers(found)} for name, found in named]
        return {**class_fit.numbers(vector_alpha(tasks, given, rng=rng)), "units": units}
