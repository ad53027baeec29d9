"""Long texts. Nothing is merged: one text that somebody wrote is proposed, and a reviewer decides unless enough agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from talkoo.engines.consensus import alike, medoid, open_votes, published, sameness_alpha
from talkoo.microtasks.aggregation import fitting
from talkoo.microtasks.aggregation.class_fit import numbers
from talkoo.microtasks.aggregation.outcome import NOTHING, Combined, Config, Fitted, Known, Row, Spoken


@dataclass(frozen=True, slots=True)
class Prose:
    """`enough` is how alike (0 to 1) two texts must be to count as saying the same."""

    enough: Callable[[Config], float]
    method: str = "medoid"
    version: str = "1"

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:  # noqa: ARG002
        if not spoken:
            return NOTHING
        texts = [str(answer.value) for answer in spoken]
        chances = [fitting.chance_of(answer.counts, known) for answer in spoken]
        best, same = medoid(texts, chances, enough=self.enough(config))
        others = [at for at, equal in enumerate(same) if not equal]
        votes = [(0 if same[at] else 1 + others.index(at), chance) for at, chance in enumerate(chances)]
        posterior = open_votes(votes)
        chance = float(published(posterior, len(texts))[0])
        inner = (texts[best], float(posterior[0])) if len(texts) > 1 else None
        return Combined(
            texts[best], {"value": texts[best], "alike": sum(same)}, chance, len(texts),
            differ=not all(same), inner=inner, agreed=2 * sum(same) > len(texts) > 1,
        )  # fmt: skip

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        if combined.inner is None:
            return fitting.added(counts, (0.0, 0.0))
        text, chance = combined.inner
        right = chance if alike(str(value), text) >= self.enough(config) else 0.0
        return fitting.added(counts, (right, 1 - right))

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int) -> Fitted:
        return fitting.fit(self, config, rows, agreement=lambda: self._agreement(config, rows, seed))

    def _agreement(self, config: Config, rows: Sequence[Row], seed: int) -> dict[str, object]:
        """Whether texts are alike enough to the first of their task that they resemble."""
        codes: list[tuple[int, int]] = []
        seen: dict[int, list[str]] = {}
        for row in rows:
            known = seen.setdefault(row.task, [])
            near = (at for at, text in enumerate(known) if alike(text, str(row.value)) >= self.enough(config))
            at = next(near, len(known))
            if at == len(known):
                known.append(str(row.value))
            codes.append((row.task, at))
        return numbers(sameness_alpha([row.task for row in rows], codes, rng=np.random.default_rng(seed)))
