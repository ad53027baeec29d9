"""How many answers a result will cost, before anybody has answered: for the estimate of people-hours."""

import numpy as np

from talkoo.engines.consensus.certainty import published

TARGETS = (0.80, 0.85, 0.90, 0.95, 0.97, 0.99)
TASKS = 4000


def expected_answers(
    n_classes: int, least: int, most: int, target: float, *, accuracy: float = 0.8, rng: np.random.Generator
) -> float:
    """Mean answers a task under the stop rule, if everybody is right with `accuracy` and wrong evenly.

    Simulates 4,000 tasks; a task at `most` counts as `most` (the reviewer's answer is not in it). The rule is that of
    `stopping.next_step`, for one unit.

    >>> round(expected_answers(2, 2, 7, 0.9, rng=np.random.default_rng(0)), 1)
    4.4
    """
    if n_classes < 2:
        return float(least)
    if not 1 / n_classes < accuracy < 1:
        raise ValueError(f"accuracy must lie between chance (1 / {n_classes}) and 1, but is {accuracy}")
    gain = np.log(accuracy * (n_classes - 1) / (1 - accuracy))
    right = rng.random((TASKS, most)) < accuracy
    given = np.where(right, 0, rng.integers(1, n_classes, size=(TASKS, most)))
    evidence = np.zeros((TASKS, n_classes))
    needed = np.full(TASKS, most)
    for number in range(1, most + 1):
        evidence[np.arange(TASKS), given[:, number - 1]] += gain
        if number < min(max(least, 2), most):
            continue
        weight = np.exp(evidence - evidence.max(axis=1, keepdims=True))
        sure = published(weight / weight.sum(axis=1, keepdims=True), number).max(axis=1) >= target
        needed = np.where(sure, np.minimum(needed, number), needed)
    return float(needed.mean())


def effort_table(
    n_classes: int, least: int, most: int, *, accuracy: float = 0.8, rng: np.random.Generator
) -> dict[float, float]:
    """Expected answers a task for each of the targets .80 to .99, to show what more certainty costs."""
    return {target: expected_answers(n_classes, least, most, target, accuracy=accuracy, rng=rng) for target in TARGETS}
