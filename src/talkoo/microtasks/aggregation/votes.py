"""Answers nobody listed beforehand, each the same as another or not: texts, and the fields of a record."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from talkoo.engines.consensus import open_votes, published, sameness_alpha
from talkoo.microtasks.aggregation import fitting
from talkoo.microtasks.aggregation.class_fit import numbers
from talkoo.microtasks.aggregation.outcome import NOTHING, Combined, Config, Fitted, Known, Row, Spoken

USUAL = ""
"""The key of a part that an answer does not mention."""


@dataclass(frozen=True, slots=True)
class Votes:
    """An answer has parts, each with a key: equal keys are equal answers. A part that an answer leaves out has USUAL.

    `build` makes the value of the result from one answer a part that gave the winning key. The probability is that of
    the least certain part; what nobody wrote keeps its share of it.
    """

    keys: Callable[[Config, Any], Mapping[str, str]]
    build: Callable[[Config, Mapping[str, Any]], Any]
    method: str = "open-votes"
    version: str = "1"

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:
        if not spoken:
            return NOTHING
        keys = [self.keys(config, answer.value) for answer in spoken]
        chances = [fitting.chance_of(answer.counts, known) for answer in spoken]
        parts = sorted({part for key in keys for part in key})
        won = {part: _won([key.get(part, USUAL) for key in keys], chances, salt) for part in parts or [USUAL]}
        sources = {
            part: next(answer.value for answer, key in zip(spoken, keys, strict=True) if key.get(part, USUAL) == best)
            for part, (best, _chance, _each) in sorted(won.items())
        }
        chance = min(chance for _best, chance, _each in won.values())
        value = self.build(config, sources)
        estimate = {"value": value, "sure": {part: round(chance, 4) for part, (_best, chance, _each) in won.items()}}
        differ = any(len({key.get(part, USUAL) for key in keys}) > 1 for part in won)
        inner = {part: each for part, (_best, _chance, each) in won.items()} if len(spoken) > 1 else {}
        return Combined(value, estimate, chance, len(spoken), differ=differ, inner=inner)

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        """Right as far as the key given is likely to be, on average over the parts; nothing from an answer alone."""
        if not combined.inner:
            return fitting.added(counts, (0.0, 0.0))
        keys = self.keys(config, value)
        right = float(np.mean([each[keys.get(part, USUAL)] for part, each in combined.inner.items()]))
        return fitting.added(counts, (right, 1 - right))

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int) -> Fitted:
        return fitting.fit(self, config, rows, agreement=lambda: self._agreement(config, rows, seed))

    def _agreement(self, config: Config, rows: Sequence[Row], seed: int) -> dict[str, object]:
        codes = [tuple(sorted(self.keys(config, row.value).items())) for row in rows]
        return numbers(sameness_alpha([row.task for row in rows], codes, rng=np.random.default_rng(seed)))


def _won(given: Sequence[str], chances: Sequence[float], salt: int) -> tuple[str, float, dict[str, float]]:
    """The likeliest key, its published probability, and the model's own of every key given."""
    names = sorted(set(given))
    posterior = open_votes([(names.index(key), chance) for key, chance in zip(given, chances, strict=True)])
    shown = published(posterior, len(given))
    fair = shown[:-1] + 1e-9 * np.random.default_rng(salt).random(len(names))
    best = int(np.argmax(fair))
    return names[best], float(shown[best]), dict(zip(names, posterior.tolist(), strict=False))
