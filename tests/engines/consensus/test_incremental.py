"""One answer at a time: exact, reversible, and equal to counting all at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from talkoo.engines.consensus import (
    Answers,
    Reliability,
    dawid_skene,
    diagonal_prior,
    pooled_prior,
    retract,
    revise,
    score,
    update,
)

weights = arrays(np.float64, 3, elements=st.floats(0.001, 1))
counts_of_many = arrays(np.float64, (3, 3), elements=st.integers(0, 2**40).map(lambda whole: whole / 2**30))


@given(counts=counts_of_many, label=st.integers(0, 2), weight=weights)
def test_retract_is_the_exact_inverse_of_update(counts: np.ndarray, label: int, weight: np.ndarray) -> None:
    posterior = weight / weight.sum()
    assert np.array_equal(retract(update(counts, label, posterior), label, posterior), counts)


@given(steps=st.lists(st.tuples(st.integers(0, 2), weights), min_size=1, max_size=30), seed=st.integers(0, 2**32 - 1))
def test_answers_taken_back_in_any_order_leave_nothing(steps: list[tuple[int, np.ndarray]], seed: int) -> None:
    counts = np.zeros((3, 3))
    for label, weight in steps:
        counts = update(counts, label, weight / weight.sum())
    for place in np.random.default_rng(seed).permutation(len(steps)):
        label, weight = steps[place]
        counts = retract(counts, label, weight / weight.sum())
    assert np.array_equal(counts, np.zeros((3, 3)))


def test_a_revised_posterior_is_as_if_it_had_always_been_so() -> None:
    empty = np.zeros((2, 2))
    assert np.array_equal(revise(update(empty, 1, [0.4, 0.6]), 1, [0.4, 0.6], [0.1, 0.9]), update(empty, 1, [0.1, 0.9]))


def test_update_leaves_its_input_alone() -> None:
    counts = np.zeros((2, 2))
    update(counts, 0, [0.5, 0.5])
    assert not counts.any()


def test_scoring_one_task_equals_one_more_pass_over_the_batch() -> None:
    rng = np.random.default_rng(8)
    truth = rng.integers(0, 3, 100)
    rows = [
        (t, w, int(truth[t]) if rng.random() < 0.7 else int(rng.integers(0, 3))) for t in range(100) for w in range(6)
    ]
    answers = Answers.from_triples(rows)
    fit = dawid_skene(answers, tolerance=1e-10, max_iterations=1000)
    confusion = fit.confusion
    for task in range(100):
        of_task = slice(answers.offsets[task], answers.offsets[task + 1])
        pairs = [(int(k), confusion[w]) for w, k in zip(answers.worker[of_task], answers.label[of_task], strict=True)]
        assert np.allclose(score(pairs, fit.class_prior), fit.posteriors[task], atol=1e-5)


def test_no_answers_leave_the_class_prior() -> None:
    assert score([], [0.2, 0.8]).tolist() == pytest.approx([0.2, 0.8])


def test_someone_new_starts_as_the_batch_answers() -> None:
    assert Reliability(np.zeros((4, 4)), diagonal_prior(4)).confusion.diagonal().tolist() == pytest.approx([0.75] * 4)
    often = np.array([[[900.0, 100.0], [400.0, 600.0]]])
    assert Reliability(np.zeros((2, 2)), pooled_prior(often)).confusion == pytest.approx(often[0] / 1000, abs=0.002)
    assert pooled_prior(np.zeros((0, 2, 2))) == pytest.approx(diagonal_prior(2))


def test_wrong_labels_and_probabilities_are_named() -> None:
    with pytest.raises(ValueError, match="answer 2: label is 2, which is not from 0 to 1"):
        score([(0, diagonal_prior(2)), (2, diagonal_prior(2))], [0.5, 0.5])
    with pytest.raises(ValueError, match="label is -1"):
        update(np.zeros((2, 2)), -1, [0.5, 0.5])
    with pytest.raises(ValueError, match="posterior must be a flat array of probabilities"):
        update(np.zeros((2, 2)), 0, [float("nan"), 1])
