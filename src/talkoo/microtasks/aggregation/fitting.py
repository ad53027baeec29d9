"""A whole batch of answers that have no classes: tasks and people in turn, by the rules for one task and one answer.

Three rounds: what people said comes to a result, the result tells who is near it, and so on. The same functions run at
each answer, so a refit and the incremental path cannot drift apart. The cost is three passes in Python over all answers
(about 0.2 ms an answer); classes, which come in millions, have their own path in `class_fit`.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from talkoo.engines.consensus import chance_right, weight_of
from talkoo.microtasks.aggregation.outcome import Aggregation, Combined, Config, Fitted, Known, Row, Spoken

ROUNDS = 3


def fit(
    aggregation: Aggregation, config: Config, rows: Sequence[Row], *, agreement: Callable[[], Mapping[str, Any]]
) -> Fitted:
    """`agreement` measures how far people agree; each aggregation has its own metric."""
    by_task: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        by_task[row.task].append(row)
    counts: dict[int, Any] = {}
    known = Known()
    found: list[Combined] = []
    for _round in range(ROUNDS):
        found = [_combined(aggregation, config, task, given, counts, known) for task, given in by_task.items()]
        counts = _counts(aggregation, config, by_task, found)
        known = Known(pooled=_pooled(list(counts.values())))
    return Fitted(
        method=aggregation.method, version=aggregation.version, known=known,
        tasks=list(by_task), marks=[given[0].mark for given in by_task.values()],
        estimates=[one.estimate for one in found], probabilities=[one.probability for one in found],
        differ=[one.differ for one in found],
        people=list(counts), counts=list(counts.values()), agreement=agreement(), outcome=found.__getitem__,
    )  # fmt: skip


def _combined(  # noqa: PLR0917 - one task of a batch
    aggregation: Aggregation, config: Config, task: int, given: Sequence[Row], counts: Mapping[int, Any], known: Known
) -> Combined:
    return aggregation.combine(config, [Spoken(row.value, counts.get(row.person)) for row in given], known, task)


def _counts(
    aggregation: Aggregation, config: Config, by_task: Mapping[int, Sequence[Row]], found: Sequence[Combined]
) -> dict[int, Any]:
    counts: dict[int, Any] = {}
    for given, combined in zip(by_task.values(), found, strict=True):
        for row in given:
            counts[row.person] = aggregation.learn(config, counts.get(row.person), row.value, combined)
    return {person: [round(number, 6) for number in sums] for person, sums in counts.items()}


def _pooled(counts: Sequence[Sequence[float]]) -> list[float]:
    return [round(sum(column), 6) for column in zip(*counts, strict=True)]


def added(counts: Any, more: Sequence[float]) -> list[float]:
    """Soft counts of two numbers with two more added; None counts as nothing yet."""
    return [old + new for old, new in zip(counts or (0.0, 0.0), more, strict=True)]


def chance_of(counts: Any, known: Known) -> float:
    """How often a person is right, where soft counts are (right, wrong)."""
    right, wrong = counts or (0.0, 0.0)
    return chance_right(right, wrong, _pool(known))


def weight(counts: Any, known: Known) -> float:
    """What a person's number weighs, where soft counts are (answers, squared distances)."""
    answers, squares = counts or (0.0, 0.0)
    return weight_of(answers, squares, _pool(known))


def variance(known: Known) -> float | None:
    """How far everybody's numbers scatter around those of the same task, squared; None before the first refit."""
    answers, squares = _pool(known)
    return squares / answers if answers else None


def _pool(known: Known) -> tuple[float, float]:
    return (known.pooled[0], known.pooled[1]) if len(known.pooled) == 2 else (0.0, 0.0)
