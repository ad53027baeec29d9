"""The answers of a batch as integers: the one input of every method in this package."""

import zlib
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Answers:
    """Who answered what, sorted by task, then by worker: the compressed rows every method walks along.

    `task`, `worker` and `label` are int32 arrays of one length; codes run from 0 to below `n_tasks`, `n_workers` and
    `n_classes`. The arrays may come in any order: they are checked, sorted and made unique here, so equal sets of
    answers give bit-equal results. A person who answers a task twice counts once, with the last answer given.
    `tasks`, `workers` and `labels` keep the names behind the codes, where there are any.

    Raises ValueError, naming the place, for no answers at all, unequal lengths, or a code out of range.

    >>> answers = Answers([1, 0, 1], [0, 0, 1], [1, 0, 1], n_tasks=2, n_workers=2, n_classes=2)
    >>> answers.task.tolist(), answers.offsets.tolist()
    ([0, 1, 1], [0, 1, 3])
    """

    task: Ints
    worker: Ints
    label: Ints
    n_tasks: int
    n_workers: int
    n_classes: int
    tasks: tuple[Hashable, ...] = ()
    workers: tuple[Hashable, ...] = ()
    labels: tuple[Hashable, ...] = ()

    def __init__(
        self,
        task: ArrayLike,
        worker: ArrayLike,
        label: ArrayLike,
        *,
        n_tasks: int,
        n_workers: int,
        n_classes: int,
        tasks: Sequence[Hashable] = (),
        workers: Sequence[Hashable] = (),
        labels: Sequence[Hashable] = (),
    ) -> None:
        """Check, sort and make unique; see the class for what is refused."""
        columns = {
            "task": _codes("task", task, n_tasks),
            "worker": _codes("worker", worker, n_workers),
            "label": _codes("label", label, n_classes),
        }
        if len({len(column) for column in columns.values()}) > 1:
            sizes = ", ".join(f"{name} {len(column)}" for name, column in columns.items())
            raise ValueError(f"task, worker and label must be of one length, but have: {sizes}")
        names_of = {"tasks": (tasks, n_tasks), "workers": (workers, n_workers), "labels": (labels, n_classes)}
        for name, (names, count) in names_of.items():
            if names and len(names) != count:
                raise ValueError(f"{name} has {len(names)} names for {count} codes")
        order = _last_of_each(columns["task"], columns["worker"], n_workers)
        fixed: dict[str, Any] = {name: _frozen(column, order) for name, column in columns.items()}
        fixed |= {"n_tasks": n_tasks, "n_workers": n_workers, "n_classes": n_classes}
        fixed |= {"tasks": tuple(tasks), "workers": tuple(workers), "labels": tuple(labels)}
        for name, value in fixed.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_triples(
        cls, triples: Iterable[tuple[Hashable, Hashable, Hashable]], labels: Sequence[Hashable] | None = None
    ) -> Self:
        """Encode (task, worker, label) triples; `labels` fixes the permitted labels and their order.

        Without `labels` the classes are those seen, sorted. Tasks and workers keep the order of first appearance.
        Raises ValueError naming the answer whose label is not permitted.

        >>> answers = Answers.from_triples([("a", "ann", "yes"), ("a", "bo", "no"), ("a", "ann", "no")])
        >>> answers.labels, answers.label.tolist()
        (('no', 'yes'), [0, 0])
        """
        rows = list(triples)
        names = tuple(_sorted({label for _, _, label in rows}) if labels is None else labels)
        codes = {name: code for code, name in enumerate(names)}
        if len(codes) < len(names):
            raise ValueError("labels names a label twice")
        tasks = {name: code for code, name in enumerate(dict.fromkeys(task for task, _, _ in rows))}
        workers = {name: code for code, name in enumerate(dict.fromkeys(worker for _, worker, _ in rows))}
        for place, (task, worker, label) in enumerate(rows, start=1):
            if label not in codes:
                at = f"answer {place} (task {task!r}, worker {worker!r})"
                raise ValueError(f"{at}: {label!r} is not one of the labels")
        return cls(
            [tasks[task] for task, _, _ in rows],
            [workers[worker] for _, worker, _ in rows],
            [codes[label] for _, _, label in rows],
            n_tasks=len(tasks),
            n_workers=len(workers),
            n_classes=len(names),
            tasks=tuple(tasks),
            workers=tuple(workers),
            labels=names,
        )

    def __len__(self) -> int:
        """How many answers count."""
        return len(self.task)

    @property
    def per_task(self) -> NDArray[np.int64]:
        """How many answers each task has: [n_tasks]."""
        return np.bincount(self.task, minlength=self.n_tasks)

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each task's answers begin, and the end of all: [n_tasks + 1]."""
        return np.concatenate(([0], np.cumsum(self.per_task)))

    @property
    def votes(self) -> Floats:
        """How often each label was given to each task: [n_tasks, n_classes]."""
        cell = self.task.astype(np.int64) * self.n_classes + self.label
        counts = np.bincount(cell, minlength=self.n_tasks * self.n_classes).astype(np.float64)
        return counts.reshape(self.n_tasks, self.n_classes)

    def task_keys(self, chosen: NDArray[np.int64]) -> NDArray[np.uint64]:
        """One number for each chosen task that stays the same while the batch grows: of its name, else its code."""
        if not self.tasks:
            return chosen.astype(np.uint64)
        return np.array([zlib.crc32(repr(self.tasks[task]).encode()) for task in chosen.tolist()], dtype=np.uint64)


def _codes(name: str, values: ArrayLike, count: int) -> Ints:
    """The values as int32, or a ValueError that says which one is no code below `count`."""
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} must be a flat array, but has shape {array.shape}")
    if not array.size:
        raise ValueError("no answers: give at least one (task, worker, label)")
    if not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must hold whole numbers, but holds {array.dtype}")
    outside = np.flatnonzero((array < 0) | (array >= count))
    if outside.size:
        place = int(outside[0])
        raise ValueError(f"answer {place + 1}: {name} is {array[place]}, which is not from 0 to {count - 1}")
    return array.astype(np.int32, copy=False)


def _last_of_each(task: Ints, worker: Ints, n_workers: int) -> NDArray[np.int64] | None:
    """The order that sorts by (task, worker) and keeps the last of equals; None when it is so already."""
    key = task.astype(np.int64) * n_workers + worker
    if bool(np.all(key[1:] > key[:-1])):
        return None
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    last: NDArray[np.bool_] = np.append(ordered[1:] != ordered[:-1], True)
    return order[last]


def _frozen(column: Ints, order: NDArray[np.int64] | None) -> Ints:
    """A copy in that order which nobody can write to."""
    copy = column.copy() if order is None else column[order]
    copy.flags.writeable = False
    return copy


def _sorted(names: set[Hashable]) -> list[Hashable]:
    """Sorted by value where the values compare, else by how they are written."""
    try:
        return sorted(names)  # type: ignore[type-var]
    except TypeError:
        return sorted(names, key=repr)
