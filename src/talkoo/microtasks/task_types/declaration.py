"""What a task type says of itself. One folder a type: `__init__.py` with TYPE, `answer.html` with its form."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from django.utils.functional import Promise
from numpy.typing import NDArray

Config = Mapping[str, Any]
Words = str | Promise
Labels = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A part of an item that a column of the file can fill."""

    code: str
    name: Words
    required: bool = True


@dataclass(frozen=True, slots=True)
class TaskType:
    """A declaration, used alike by the builder, the page, the API, the export and the combining.

    An answer is split into units (one for a single choice, one an option for a multiple choice); each unit has the
    same number of classes. `encode` gives the class of each unit; `decode` turns one posterior a unit back into a value.
    """

    code: str
    name: Words
    says: Words
    icon: str
    columns: tuple[Column, ...]
    metric: Literal["nominal", "ordinal", "interval"]
    config_schema: Mapping[str, Any]
    answer_schema: Callable[[Config], Mapping[str, Any]]
    read: Callable[[Config, Mapping[str, Any]], Any]
    units: Callable[[Config], Sequence[str]]
    classes: Callable[[Config], Sequence[str]]
    encode: Callable[[Config, Any], Labels]
    decode: Callable[[Config, NDArray[np.float64]], Any]
    words: Callable[[Config, Any], str]
    choices: Callable[[Config], Sequence[tuple[str, str]]]
    example: Callable[[], dict[str, Any]]

    @property
    def template(self) -> str:
        return f"{self.code}/answer.html"


SOURCE = "source"
