"""What must hold whatever people answer."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from talkoo.engines.consensus import (
    Answers,
    Fit,
    combine,
    confusion_of,
    dawid_skene,
    diagonal_prior,
    majority,
    published,
    score,
)
from talkoo.engines.consensus.counting import incidence, soft_counts

Rows = list[tuple[int, int, int]]
Method = Callable[[Answers], Fit]
METHODS = pytest.mark.parametrize("method", [majority, dawid_skene])

rows_of_answers = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 5), st.integers(0, 2)),
    min_size=1,
    max_size=40,
    unique_by=lambda r: r[:2],
)


def encode(rows: Rows) -> Answers:
    task, worker, label = np.array(rows).T
    return Answers(task, worker, label, n_tasks=8, n_workers=6, n_classes=3)


@METHODS
@given(rows=rows_of_answers, seed=st.integers(0, 2**32 - 1))
def test_the_order_of_answers_does_not_matter(method: Method, rows: Rows, seed: int) -> None:
    shuffled = [rows[place] for place in np.random.default_rng(seed).permutation(len(rows))]
    one, other = method(encode(rows)), method(encode(shuffled))
    assert np.array_equal(one.posteriors, other.posteriors)
    assert np.array_equal(one.labels, other.labels)
    assert np.array_equal(one.counts, other.counts)


@METHODS
@given(rows=rows_of_answers)
def test_probabilities_sum_to_one_and_the_label_is_a_most_probable_one(method: Method, rows: Rows) -> None:
    fit = method(encode(rows))
    assert np.allclose(fit.posteriors.sum(axis=1), 1)
    assert np.allclose(fit.confusion.sum(axis=2), 1)
    assert fit.class_prior.sum() == pytest.approx(1)
    chosen = np.take_along_axis(fit.posteriors, fit.labels[:, None].astype(np.int64), axis=1)[:, 0]
    assert np.allclose(chosen, fit.posteriors.max(axis=1))


@METHODS
@given(truth=st.lists(st.integers(0, 2), min_size=8, max_size=8), people=st.integers(2, 6))
def test_unanimity_wins(method: Method, truth: list[int], people: int) -> None:
    rows = [(task, worker, label) for task, label in enumerate(truth) for worker in range(people)]
    assert method(encode(rows)).labels.tolist() == truth


@METHODS
@settings(deadline=None)
@given(rows=rows_of_answers, seed=st.integers(0, 2**32 - 1))
def test_renaming_tasks_people_and_classes_renames_the_result(method: Method, rows: Rows, seed: int) -> None:
    rng = np.random.default_rng(seed)
    task, worker, label = rng.permutation(8), rng.permutation(6), rng.permutation(3)
    renamed = [(int(task[t]), int(worker[w]), int(label[k])) for t, w, k in rows]
    one, other = method(encode(rows)), method(encode(renamed))
    assert other.iterations == pytest.approx(one.iterations, abs=1)
    assert np.allclose(other.posteriors[task][:, label], one.posteriors, atol=1e-4)
    assert np.allclose(other.counts[worker][:, label][:, :, label], one.counts, atol=1e-3)


@given(rows=rows_of_answers)
def test_the_counts_of_a_fit_are_those_of_its_posteriors(rows: Rows) -> None:
    answers = encode(rows)
    fit = dawid_skene(answers)
    assert np.allclose(fit.counts, soft_counts(incidence(answers), fit.posteriors), atol=1e-8)
    assert fit.counts.sum() == pytest.approx(len(answers))


def tied(pairs: int) -> Answers:
    """Each task has one answer for either class."""
    task = np.repeat(np.arange(pairs), 2)
    return Answers(task, task % 2 + [0, 1] * pairs, [0, 1] * pairs, n_tasks=pairs, n_workers=3, n_classes=2)


def test_ties_have_equal_probability_and_favour_no_column() -> None:
    fit = majority(tied(10_000))
    assert (fit.posteriors == 0.5).all()
    assert abs(fit.labels.mean() - 0.5) < 0.02


def test_majority_is_as_sure_as_scoring_newcomers_is() -> None:
    answers = Answers([0, 0, 0, 1], [0, 1, 2, 0], [2, 2, 0, 1], n_tasks=2, n_workers=3, n_classes=3)
    newcomer = confusion_of(np.zeros((3, 3)), diagonal_prior(3))
    alone = score([(2, newcomer), (2, newcomer), (0, newcomer)], np.full(3, 1 / 3))
    assert np.allclose(majority(answers).posteriors[0], alone)


def test_two_equal_answers_of_strangers_are_no_certainty() -> None:
    fit = majority(Answers([0, 0], [0, 1], [1, 1], n_tasks=1, n_workers=2, n_classes=2))
    assert published(fit.posteriors[0], 2).max() < 0.9


def test_the_draw_of_a_tie_is_the_same_on_every_run_and_moves_with_the_seed() -> None:
    first, again, other = (majority(tied(1000), seed=seed).labels for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert 400 < (first != other).sum() < 600


def test_the_draw_of_a_tie_follows_the_task_and_not_its_place() -> None:
    rows = [(f"task {number}", worker, worker) for number in range(200) for worker in ("a", "b")]
    forth, back = Answers.from_triples(rows), Answers.from_triples(rows[::-1])
    drawn = [dict(zip(each.tasks, majority(each).labels.tolist(), strict=True)) for each in (forth, back)]
    assert drawn[0] == drawn[1]


def test_a_careful_minority_beats_a_careless_majority() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 2, 300)
    careful = [(t, w, int(truth[t])) for t in range(300) for w in range(2)]
    careless = [(t, w, int(rng.integers(0, 2))) for t in range(300) for w in range(2, 6)]
    answers = Answers.from_triples(careful + careless)
    right = {method.__name__: (method(answers).labels == truth).mean() for method in (majority, dawid_skene)}
    assert right["dawid_skene"] > 0.99
    assert right["majority"] < 0.95


def test_more_classes_tasks_and_people_than_were_seen_do_no_harm() -> None:
    answers = Answers([0, 0], [0, 1], [1, 1], n_tasks=3, n_workers=5, n_classes=4)
    for method in (majority, dawid_skene):
        fit = method(answers)
        assert fit.labels[0] == 1
        assert np.allclose(fit.posteriors.sum(axis=1), 1)
        assert fit.counts.shape == (5, 4, 4)


def test_a_warm_start_ends_where_a_cold_one_does() -> None:
    rng = np.random.default_rng(5)
    truth: NDArray[np.int64] = rng.integers(0, 3, 200)
    rows = [
        (t, w, int(truth[t]) if rng.random() < 0.8 else int(rng.integers(0, 3))) for t in range(200) for w in range(5)
    ]
    answers = Answers.from_triples(rows)
    cold = dawid_skene(answers, tolerance=1e-9, max_iterations=500)
    warm = dawid_skene(answers, tolerance=1e-9, max_iterations=500, start=cold.posteriors)
    assert warm.iterations <= 2
    assert np.allclose(cold.posteriors, warm.posteriors, atol=1e-6)


def test_thin_batches_are_combined_by_majority_and_say_why() -> None:
    few = Answers.from_triples([(t, w, 0 if t < 9 else 1) for t in range(19) for w in range(3)])
    strangers = Answers.from_triples([(t, (t, w), t % 2) for t in range(30) for w in range(3)])
    single = Answers.from_triples([(t, w, "x") for t in range(30) for w in range(3)])
    assert [combine(each)[1].reason for each in (few, strangers, single)] == [
        "few-tasks",
        "few-answers-each",
        "one-class",
    ]
    assert {combine(each)[0].method for each in (few, strangers, single)} == {"majority"}
