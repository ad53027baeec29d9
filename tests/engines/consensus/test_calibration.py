"""What known answers teach of certainty: laws, and on real answers that a published probability comes nearer to the truth."""

import importlib
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.engines.consensus import (
    FEWEST_KNOWN,
    accuracy_of,
    dawid_skene,
    fit_temperature,
    published,
    recalibrated,
)
from talkoo.engines.consensus.certainty import TEMPERATURE
from tests.engines.consensus.real import load

chances = st.floats(0.001, 0.999)
people = st.lists(
    st.tuples(st.integers(0, 20), st.integers(0, 20)).map(lambda pair: (min(pair), max(pair))), max_size=30
)


@given(chances, st.floats(0.5, 25), st.floats(0.5, 25))
def test_a_higher_temperature_is_never_surer_and_never_changes_which_answer_leads(chance, one, other):
    cool, hot = sorted((one, other))
    first, second = (recalibrated([chance, 1 - chance], at) for at in (cool, hot))
    assert first.sum() == pytest.approx(1)
    assert second.max() <= first.max() + 1e-9
    assert (first[0] >= first[1]) == (second[0] >= second[1]) or chance == pytest.approx(0.5)


@given(chances)
def test_the_usual_temperature_or_none_leaves_a_posterior_as_it_is(chance):
    row = np.array([chance, 1 - chance])
    assert recalibrated(row, None).tolist() == row.tolist()
    assert recalibrated(row, TEMPERATURE) == pytest.approx(row)


def boastful(n, *, wrong=3):
    """Posteriors of `n` items that claim .97, and the truth: one in `wrong` is otherwise."""
    return np.tile([0.97, 0.03], (n, 1)), (np.arange(n) % wrong == 0).astype(int)


def test_nothing_is_learnt_from_fewer_than_twenty_items():
    rows, truth = boastful(2 * FEWEST_KNOWN)
    few, number = FEWEST_KNOWN - 1, np.full(2 * FEWEST_KNOWN, 3)
    assert fit_temperature(rows[:few], truth[:few], number[:few]) is None
    assert fit_temperature(rows, truth, number) > TEMPERATURE
    shared = np.arange(2 * FEWEST_KNOWN) % few  # several rows of one item are one item
    assert fit_temperature(rows, truth, number, items=shared) is None


def test_where_the_usual_temperature_does_as_well_it_stands():
    rng = np.random.default_rng(3)
    chance = rng.uniform(0.5, 0.99, 200)
    shown = published(np.column_stack([chance, 1 - chance]), np.full(200, 3))[:, 0]
    truth = (rng.random(200) > shown).astype(int)
    assert fit_temperature(np.column_stack([chance, 1 - chance]), truth, np.full(200, 3)) is None


@given(st.integers(20, 60), st.integers(20, 60))
def test_more_mistakes_never_make_a_batch_bolder(one, other):
    rows, number = np.tile([0.97, 0.03], (60, 1)), np.full(60, 3)
    few, many = sorted((one, other))
    found = [fit_temperature(rows, np.arange(60) < wrong, number) for wrong in (few, many)]
    assert found[0] <= found[1] + 1e-3


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(ValueError, match="one length"):
        fit_temperature([[0.5, 0.5]], [0, 1], [3])
    with pytest.raises(ValueError, match="class codes"):
        fit_temperature([[0.5, 0.5]], [2], [3])


@given(people)
def test_the_accuracy_of_a_group_lies_within_its_interval(rows):
    found = accuracy_of(rows)
    if not sum(answered for _agreed, answered in rows):
        assert found is None
        return
    assert 0 <= found.low <= found.share <= found.high <= 1
    assert found.answers == sum(answered for _agreed, answered in rows)


def test_people_who_differ_much_tell_less_than_people_who_are_alike():
    alike, apart = accuracy_of([(8, 10)] * 10), accuracy_of([(10, 10)] * 8 + [(0, 10)] * 2)
    assert alike.share == apart.share
    assert apart.high - apart.low > 1.5 * (alike.high - alike.low)


# Real answers

SETS = ("cf_weather", "music_genre", "gal_barzan", "trec2011", "rte", "d_possent", "web", "snow_temp")
DRAWS = 20
CONTROLS = 50


@pytest.fixture(scope="module")
def bench():
    """bench/calibration.py as a module."""
    folder = Path(__file__).resolve().parents[3] / "bench"
    sys.path.insert(0, str(folder))
    yield importlib.import_module("calibration")
    sys.path.remove(str(folder))


def measured(bench, name):
    """Error before and after, log loss before and after, over draws of 50 control tasks."""
    answers, truth = load(name)
    fit = dawid_skene(answers)
    drawn = [bench.measured(fit, answers.per_task, truth, CONTROLS, draw) for draw in range(DRAWS)]
    return np.mean(drawn, axis=0)[:4]


@pytest.mark.full
def test_fifty_control_tasks_bring_published_probabilities_nearer_to_the_truth(bench):
    """Much where the fixed rule fails; nowhere is much lost, as the table in `calibration` says."""
    found = {name: measured(bench, name) for name in SETS}
    means = np.mean(list(found.values()), axis=0)
    assert means[1] < means[0] - 0.02, "the error falls over all sets"
    assert means[3] < means[2] - 0.03, "and so does the log loss"
    better = {name for name, row in found.items() if row[1] < row[0] - 0.02}
    assert {"cf_weather", "gal_barzan", "trec2011"} <= better
    assert all(after <= before + 0.012 for before, after, _loss, _less in found.values())
