"""Numbers of real people: n_emotion (Snow et al. 2008), 7,000 judgements of 0 to 100, against what experts said."""

from collections import defaultdict

import numpy as np
import pytest

from talkoo.engines.consensus import residual, weight_of, weighted_mean, weighted_median
from tests.engines.consensus import real

pytestmark = pytest.mark.full


def judged():
    folder = real.DATA / "n_emotion"
    if not folder.is_dir():
        pytest.skip(f"no real answers at {folder}: set TALKOO_DATA to the folder that holds crowd/")
    rows = defaultdict(list)
    for row in real.rows(folder / "answers.csv"):
        rows[row["task"]].append((row["worker"], float(row["label"])))
    truth = {row["task"]: float(row["label"]) for row in real.rows(folder / "truth.csv")}
    return rows, truth


def scatter(rows):
    people = defaultdict(lambda: [0, 0.0])
    for given in rows.values():
        values = [value for _person, value in given]
        for person, value in given:
            people[person][0] += 1
            people[person][1] += residual(value, values)
    return people, tuple(sum(one[at] for one in people.values()) for at in (0, 1))


def test_the_weighted_mean_beats_the_plain_one_which_beats_the_median():
    """Mean absolute error: weighted mean 11.77, plain mean 12.02, median 13.53."""
    rows, truth = judged()
    people, pool = scatter(rows)
    errors = {"weighted": [], "plain": [], "median": []}
    held, claimed, near = [], [], []
    for task, true in truth.items():
        values, ones = [value for _person, value in rows[task]], [1.0] * len(rows[task])
        weights = [weight_of(*people[person], pool) for person, _value in rows[task]]
        centre = weighted_mean(values, weights, tolerance=10, variance=pool[1] / pool[0])
        errors["weighted"].append(abs(centre.value - true))
        errors["plain"].append(abs(np.mean(values) - true))
        errors["median"].append(abs(weighted_median(values, ones)[0] - true))
        held.append(centre.low <= true <= centre.high)
        claimed.append(centre.probability)
        near.append(abs(centre.value - true) <= 10)
    found = {name: round(float(np.mean(given)), 2) for name, given in errors.items()}
    assert found == {"weighted": 11.77, "plain": 12.02, "median": 13.53}
    assert np.mean(held) > 0.79, "what all misjudge alike no spread can show: 80 of 100 where 90 are promised"
    assert abs(np.mean(claimed) - np.mean(near)) < 0.06
