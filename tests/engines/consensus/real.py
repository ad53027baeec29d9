"""Real answers with known truth; where the data is not at hand, the tests that need it say so and are skipped."""

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from talkoo.engines.consensus import Answers

GIVEN = os.environ.get("TALKOO_DATA") or os.environ.get("REAL_ANSWERS")  # tests.settings keeps the one as the other
DATA = Path(GIVEN or Path(__file__).parents[4] / "shared" / "data") / "crowd"


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(name: str) -> tuple[Answers, NDArray[np.int64]]:
    """The answers of a set and the true class code of each task, -1 where it is not known."""
    folder = DATA / name
    if not folder.is_dir():
        pytest.skip(f"no real answers at {folder}: set TALKOO_DATA to the folder that holds crowd/")
    answers = Answers.from_triples((row["task"], row["worker"], row["label"]) for row in rows(folder / "answers.csv"))
    truth = {row["task"]: row["label"] for row in rows(folder / "truth.csv")}
    code = {label: place for place, label in enumerate(answers.labels)}
    return answers, np.array([code.get(truth.get(str(task), ""), -1) for task in answers.tasks])
