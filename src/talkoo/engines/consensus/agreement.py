"""Krippendorff's alpha: how far people agree beyond chance, for any number of people and with gaps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from talkoo.engines.consensus.answers import Answers, Floats

Metric = Literal["nominal", "ordinal", "interval"]


@dataclass(frozen=True)
class Agreement:
    """Alpha with its 90 % bootstrap interval; all None where no two people answered a task or all answers are equal."""

    alpha: float | None
    low: float | None
    high: float | None


def krippendorff_alpha(
    answers: Answers,
    metric: Metric = "nominal",
    *,
    rng: np.random.Generator,
    values: Sequence[float] | None = None,
    rounds: int = 1000,
) -> Agreement:
    """1 - observed / expected disagreement: 1 is full agreement, 0 chance, below 0 worse than chance.

    `metric` matches the type: nominal for categories, ordinal for ranks, interval for scales, with `values`
    [n_classes] their numbers (default 0, 1, 2 …). The interval resamples tasks `rounds` times; tasks with the same
    votes are drawn together (a multinomial over vote patterns is the same bootstrap), so its cost grows with the
    number of different patterns, not of tasks.
    Source: K. Krippendorff, Computing Krippendorff's alpha-reliability (2011); Content Analysis, 4th ed. (2019) ch. 12.

    >>> answers = Answers.from_triples([(t, p, v) for t in range(9) for p in "ab" for v in [t % 3]])
    >>> krippendorff_alpha(answers, rng=np.random.default_rng(0)).alpha
    1.0
    """
    votes = answers.votes
    patterns, times = np.unique(votes[votes.sum(axis=1) >= 2], axis=0, return_counts=True)
    if not len(patterns):
        return Agreement(None, None, None)
    scale = np.arange(answers.n_classes, dtype=np.float64) if values is None else np.asarray(values, dtype=np.float64)
    if scale.shape != (answers.n_classes,):
        raise ValueError(f"values must give one number for each of the {answers.n_classes} classes")
    alpha = _alpha(patterns, times.astype(np.float64), metric, scale)
    if np.isnan(alpha):
        return Agreement(None, None, None)
    drawn = rng.multinomial(int(times.sum()), times / times.sum(), size=rounds).astype(np.float64)
    boot = np.array([_alpha(patterns, weight, metric, scale) for weight in drawn])
    low, high = np.nanquantile(boot, [0.05, 0.95]) if not np.isnan(boot).all() else (alpha, alpha)
    return Agreement(float(alpha), float(low), float(high))


def _alpha(patterns: Floats, weight: Floats, metric: Metric, scale: Floats) -> float:
    """Alpha of vote patterns [n_patterns, n_classes] occurring `weight` times each; NaN where it is not defined."""
    used = weight > 0
    votes, weight = patterns[used], weight[used]
    each = weight / (votes.sum(axis=1) - 1)
    coincidence = (votes * each[:, None]).T @ votes - np.diag(each @ votes)
    margin = coincidence.sum(axis=1)
    distance = _distance(metric, margin, scale)
    expected = float(margin @ distance @ margin) / float(margin.sum() - 1)
    if expected <= 0:
        return float("nan")
    observed = float((coincidence * distance).sum())
    return 1 - observed / expected


def _distance(metric: str, margin: Floats, scale: Floats) -> Floats:
    """Squared difference between any two classes: [n_classes, n_classes]."""
    if metric == "nominal":
        return 1 - np.eye(len(margin))
    if metric == "interval":
        return np.subtract.outer(scale, scale) ** 2
    if metric == "ordinal":
        order = np.argsort(scale, kind="stable")
        middle = np.empty_like(margin)
        middle[order] = margin[order].cumsum() - margin[order] / 2
        return np.subtract.outer(middle, middle) ** 2
    raise ValueError(f"metric must be nominal, ordinal or interval, but is {metric!r}")
