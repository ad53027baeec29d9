"""What goes into combining one task, and what comes out of it, whatever kind of answers it has."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from talkoo.engines.consensus import bounds

Config = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Spoken:
    """An answer that says something, with the soft counts of whoever gave it (None: nothing is known of them)."""

    value: Any
    counts: Any = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the last refit learnt of the batch; empty before the first. `prior` of classes, `pooled` of everybody,
    `temperature` what items with a known answer say of its certainty (None: nothing surer than the fixed rule)."""

    prior: Sequence[Any] = ()
    pooled: Sequence[Any] = ()
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class Combined:
    """What the answers of one task come to.

    `estimate` is what the task keeps as JSON. `probability` is the published one; it rests on `answers` answers.
    `spread` says between which bounds the value itself lies, where it is a number or several. `inner` is what learning
    about people needs beyond that. Without `agreed` no count of answers closes the task: somebody decides.
    """

    value: Any
    estimate: Any
    probability: float
    answers: int
    differ: bool
    spread: Any = None
    inner: Any = None
    agreed: bool = True

    @property
    def bounds(self) -> tuple[float, float]:
        """The 90 % interval of the probability: worked out where somebody wants it, not at every answer."""
        return bounds(self.probability, self.answers)


NOTHING = Combined(None, [], 0.0, 0, differ=False)
"""Nobody said anything yet."""


@dataclass(frozen=True, slots=True)
class Row:
    """A standing answer of the batch as a refit reads it; `mark` stands for the estimate of its task at that moment."""

    task: int
    person: int
    value: Any
    mark: int


@dataclass(frozen=True, slots=True)
class Control:
    """A standing answer to an item with a known answer, and what is known there."""

    item: int
    person: int
    value: Any
    known: Any


@dataclass(frozen=True, slots=True)
class Fitted:
    """A batch combined as a whole: one entry a task in `tasks`, `marks`, `estimates`, `probabilities` and `differ`.

    `outcome` gives what the task at a place comes to. `people` and their `counts` go together; `known` is for those who
    answer from now on.
    """

    method: str
    version: str
    known: Known
    tasks: Sequence[int]
    marks: Sequence[int]
    estimates: Sequence[Any]
    probabilities: Sequence[float]
    differ: Sequence[bool]
    people: Sequence[int]
    counts: Sequence[Any]
    agreement: Mapping[str, Any]
    outcome: Callable[[int], Combined]


class Aggregation(Protocol):
    """How answers of one kind are taken together. Each is a small frozen record of what its type must tell it."""

    @property
    def method(self) -> str:
        """The name of the algorithm as results carry it."""

    @property
    def version(self) -> str:
        """Moves when the same answers would come to something else."""

    def combine(self, config: Config, spoken: Sequence[Spoken], known: Known, salt: int) -> Combined:
        """Answers of one task, in any order. `salt` is the task's id: ties fall by it, the same way each time."""

    def learn(self, config: Config, counts: Any, value: Any, combined: Combined) -> Any:
        """The soft counts of a person after this answer to a task that came to `combined`."""

    def fit(self, config: Config, rows: Sequence[Row], *, seed: int) -> Fitted:
        """The whole batch anew: people and results learnt together, and how far people agree."""
