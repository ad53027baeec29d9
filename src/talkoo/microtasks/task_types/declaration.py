"""What a task type says of itself. One folder a type: `__init__.py` with TYPE, `answer.html` with its form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise

from talkoo.microtasks.aggregation import Aggregation

Config = Mapping[str, Any]
Item = Mapping[str, Any]
Held = Mapping[str, Sequence[str]]
Words = str | Promise
Picture = Literal["counts", "numbers", "days", "texts", "fields", "places", "shares"]


@dataclass(frozen=True, slots=True)
class Column:
    """A part of an item that a column of the file can fill; a `record` takes several, each with its name and text."""

    code: str
    name: Words
    required: bool = True
    record: bool = False


@dataclass(frozen=True, slots=True)
class Bound:
    """One number of a result as people read it, between the bounds that hold it nine times in ten."""

    label: str
    value: float
    low: float
    high: float
    words: str


def _same(_config: Config, one: Any, other: Any) -> bool:
    return bool(one == other)


def _fill(_config: Config, value: Any) -> Held:
    return {"choice": [str(value)]}


def _nothing(*_said: Any) -> dict[str, Any]:
    return {}


def _choice(_config: Config) -> Sequence[str]:
    return ("choice",)


def _none(*_said: Any) -> tuple[Any, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class TaskType:
    """A declaration, used alike by the builder, the page, the API, the export and the combining.

    `aggregation` says how answers are taken together, `metric` how agreement is measured (in words of the guide), `same`
    when two answers agree. docs/guide/task-types.md explains every part with an example.
    """

    code: str
    name: Words
    says: Words
    icon: str
    columns: tuple[Column, ...]
    aggregation: Aggregation
    metric: Literal["nominal", "ordinal", "interval", "text", "rank", "shares"]
    config_schema: Mapping[str, Any]
    answer_schema: Callable[[Config], Mapping[str, Any]]
    read: Callable[[Config, Mapping[str, Any]], Any]
    words: Callable[[Config, Any], str]
    example: Callable[[], dict[str, Any]]
    choices: Callable[[Config], Sequence[tuple[str, str]]] = _none
    same: Callable[[Config, Any, Any], bool] = _same
    fill: Callable[[Config, Any], Held] = _fill
    fields: Callable[[Config], Sequence[str]] = _choice
    form: Callable[[Config, Held, Item], Mapping[str, Any]] = _nothing
    wrong: Callable[[Config, Any, Item], Mapping[str, str]] = _nothing
    unfit: Callable[[Config], Mapping[str, str]] = _nothing
    labels: Callable[[Config, Any], Sequence[str]] | None = None
    picture: Picture = "counts"
    bounds: Callable[[Config, Any, Any], Sequence[Bound]] = _none
    cells: Callable[[Config, Any, Any], Mapping[str, Any]] = _nothing
    turned: Callable[[Any], Any] | None = None
    names_parts: bool = False
    proposes: bool = False

    @property
    def template(self) -> str:
        return f"{self.code}/answer.html"

    def labelled(self, config: Config, value: Any) -> Sequence[str]:
        """What of an answer is counted beside others, in words: itself, or each that was chosen of several."""
        return self.labels(config, value) if self.labels else [self.words(config, value)]


SOURCE = "source"
