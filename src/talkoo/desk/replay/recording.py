"""A folder of recorded answers, read and checked."""

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from talkoo.lib.errors import Invalid, Missing

LABELS = 60  # what a choice may offer
LETTERS = 120
ANSWERS, TRUTH = ("task", "worker", "label"), ("task", "label")


@dataclass(frozen=True)
class Recording:
    """`sent` has (task, worker, label) in the order of the file; truth covers tasks that somebody answered."""

    name: str
    sent: Sequence[tuple[str, str, str]]
    truth: dict[str, str]
    labels: Sequence[str]

    @property
    def tasks(self) -> dict[str, int]:
        """Tasks in the order in which they appear, each with how many people answered it."""
        people = {(task, worker) for task, worker, _label in self.sent}
        wanted = Counter(task for task, _worker in people)
        return {task: wanted[task] for task in dict.fromkeys(task for task, _worker, _label in self.sent)}

    @property
    def people(self) -> dict[str, list[tuple[str, str]]]:
        """What each person answered, in order; those with most to do come first, so that nobody is left over alone."""
        found: dict[str, list[tuple[str, str]]] = {}
        for task, worker, label in self.sent:
            found.setdefault(worker, []).append((task, label))
        return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def read(folder: Path) -> Recording:
    """Raise Missing for a folder or file that is not there, Invalid naming file and line for one that cannot be used."""
    if not folder.is_dir():
        raise Missing(f"There is no folder {folder}.", "Name a folder with answers.csv and truth.csv.")
    sent = [(row[0], row[1], row[2]) for row in _rows(folder / "answers.csv", ANSWERS)]
    if not sent:
        raise Invalid(f"{folder / 'answers.csv'}: no answers below the header.", "Name a folder with recorded answers.")
    truth = {row[0]: row[1] for row in _rows(folder / "truth.csv", TRUTH)}
    answered = {task for task, _worker, _label in sent}
    known = {task: label for task, label in truth.items() if task in answered}
    labels = sorted({label for _task, _worker, label in sent} | set(known.values()), key=_natural)
    _check_labels(folder, labels)
    return Recording(folder.resolve().name, sent, known, labels)


def _rows(path: Path, columns: Sequence[str]) -> Iterator[list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file, strict=True)
            at = _places(path, next(reader, []), columns)
            for row in reader:
                if row:
                    yield _cells(path, reader.line_num, row, at)
    except FileNotFoundError:
        raise Missing(f"There is no file {path}.", f"It needs the columns {', '.join(columns)}.") from None
    except UnicodeDecodeError as error:
        raise Invalid(f"{path}: not UTF-8 at byte {error.start}.", "Save it as UTF-8.") from None
    except csv.Error as error:
        raise Invalid(
            f"{path}, line {reader.line_num}: {error}.", "Look at the quotation marks of that line."
        ) from None


def _places(path: Path, header: Sequence[str], columns: Sequence[str]) -> list[int]:
    names = [name.strip() for name in header]
    lacking = [name for name in columns if name not in names]
    if lacking:
        found = ", ".join(names) or "none"
        raise Invalid(
            f"{path}: the column {lacking[0]!r} is missing; found: {found}.", f"Name the columns {', '.join(columns)}."
        )
    return [names.index(name) for name in columns]


def _cells(path: Path, line: int, row: Sequence[str], at: Sequence[int]) -> list[str]:
    cells = [row[place].strip() if place < len(row) else "" for place in at]
    if not all(cells):
        raise Invalid(f"{path}, line {line}: a cell is empty.", "Fill it in or take the line out.")
    return cells


def _natural(label: str) -> tuple[int, float, str]:
    number = re.fullmatch(r"-?\d+(\.\d+)?", label)
    return (0, float(label), label) if number else (1, 0.0, label)


def _check_labels(folder: Path, labels: Sequence[str]) -> None:
    remedy = "Replay records of a choice between a few labels."
    if not 2 <= len(labels) <= LABELS:
        raise Invalid(f"{folder}: {len(labels)} different labels; a choice has 2 to {LABELS}.", remedy)
    long = next((label for label in labels if len(label) > LETTERS), None)
    if long:
        raise Invalid(f"{folder}: the label {long[:40]!r}… is longer than {LETTERS} letters.", remedy)
