"""Answers that fall into classes: Dawid–Skene, one answer at a time here and whole batches in `class_fit`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from talkoo.engines.consensus import confusion_of, diagonal_prior, published, recalibrated, score, update
from talkoo.microtasks.aggregation import class_fit
from talkoo.microtasks.aggregation.measuring import parties
from talkoo.microtasks.aggregation.outcome import Aggregation, Combined, Config, Control, Fitted, Known, Row, Spoken

Floats = NDArray[np.float64]
Labels = tuple[int, ...]
TIE = 1e-6  # nearer than this two classes are as good as each other


@dataclass(frozen=True, slots=True)
class Classes:
    """An answer has one or more units (one for a single choice, one an option for a multiple choice), each with the
    same classes. `encode` gives the class of each unit; `decode` turns one posterior a unit back into a value.
    """

    units: Callable[[Config], Sequence[str]]
    classes: Callable[[Config], Sequence[str]]
    encode: Callable[[Config, Any], Labels]
    decode: Callable[[Config, Floats], Any]
    metric: Literal["nominal", "ordinal", "interval"] = "nominal"
    method: str = "dawid-skene-incremental"
    version: str = "1"

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:
        """The cost is that of the answers of this task; what a refit learned is read, not computed."""
        classes, units = len(self.classes(config)), len(self.units(config))
        prior, pooled = _learned(known, classes)
        labels = [self.encode(config, answer.value) for answer in spoken]
        confusions = [confusion_of(_counts(answer.counts, classes), pooled) for answer in spoken]
        posteriors = np.array(
            [
                score([(label[unit], confusion) for label, confusion in zip(labels, confusions, strict=True)], prior)
                for unit in range(units)
            ]
        )
        eased = recalibrated(posteriors, known.temperature)
        found = self.outcome(config, eased, answers=len(spoken), differ=len(set(labels)) > 1, salt=salt)
        return replace(found, inner=posteriors)

    def outcome(self, config: Config, posteriors: Floats, *, answers: int, differ: bool, salt: int) -> Combined:
        """What posteriors [units, classes] mean; the probability is that of the least certain unit."""
        fair = without_ties(posteriors, salt)
        shown = published(fair, np.full(len(fair), answers)).max(axis=1)
        chance = float(shown.min())
        return Combined(
            self.decode(config, fair),
            kept(posteriors),
            chance,
            answers,
            differ=differ,
            inner=posteriors,
        )

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        learnt = _counts(counts, combined.inner.shape[1])
        for unit, label in enumerate(self.encode(config, value)):
            learnt = update(learnt, label, combined.inner[unit])
        return learnt.tolist()

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int, controls: Sequence[Control] = ()) -> Fitted:
        """`controls` are answers to items with a known answer, in the order of items: they measure the certainty."""
        measure = parties(rows, controls)
        everything = [*rows, *measure.rows]
        encoded = class_fit.encode(
            everything,
            [self.encode(config, row.value) for row in everything],
            classes=len(self.classes(config)),
            names=self.units(config),
        )
        known = class_fit.Truth(measure.items, [self.encode(config, value) for value in measure.known])

        def outcome(posteriors: Floats, answers: int, differ: bool, task: int) -> Combined:
            return self.outcome(config, posteriors, answers=answers, differ=differ, salt=task)

        return class_fit.fit(encoded, metric=self.metric, seed=seed, outcome=outcome, known=known)


def resume(  # noqa: PLR0917 - as `combine`, from an estimate
    aggregation: Aggregation, config: Config, estimate: Any, spoken: Sequence[Spoken], known: Known, salt: int
) -> Combined:
    """What a task comes to by the estimate it keeps. Of classes a refit may have left one that knows more of people than
    their counts say by now: it stands. Everything else follows from the answers."""
    if not isinstance(aggregation, Classes) or not estimate:
        return aggregation.combine(config, spoken, known, salt)
    differ = len({aggregation.encode(config, answer.value) for answer in spoken}) > 1
    return aggregation.outcome(config, np.array(estimate), answers=len(spoken), differ=differ, salt=salt)


def alternatives(aggregation: Aggregation, config: Config) -> int:
    """How many answers somebody could mix up, for the estimate of hours. Of open questions four, as their votes assume."""
    return max(2, len(aggregation.classes(config))) if isinstance(aggregation, Classes) else 4


def kept(posteriors: Floats) -> list[list[float]]:
    """Posteriors [units, classes] as a task keeps them."""
    rounded: list[list[float]] = np.round(posteriors, 6).tolist()
    return rounded


def without_ties(posteriors: Floats, task: int) -> Floats:
    """Posteriors [units, classes] in which no two classes tie: drawn by the task, so no class is preferred over many
    tasks and the same task falls the same way each time.
    """
    ahead = np.sort(posteriors, axis=-1)
    if posteriors.shape[-1] < 2 or (ahead[..., -1] - ahead[..., -2]).min() > TIE:
        return posteriors
    nudged: Floats = posteriors + 1e-9 * np.random.default_rng(task).random(posteriors.shape)
    nudged /= nudged.sum(axis=-1, keepdims=True)
    return nudged


def _learned(known: Known, classes: int) -> tuple[Floats, Floats]:
    """Class prior [K] and the pseudo-counts [K, K] under everybody, from the last refit or from nothing."""
    if len(known.prior) != classes:
        return np.full(classes, 1 / classes), diagonal_prior(classes)
    return np.array(known.prior), np.array(known.pooled)


def _counts(counts: Any, classes: int) -> Floats:
    return np.array(counts) if counts else np.zeros((classes, classes))
