"""Bad input is refused with the place named, or has a documented result."""

from collections.abc import Callable

import numpy as np
import pytest

from talkoo.engines.consensus import Answers, Fit, dawid_skene, diagonal_prior, majority


def test_no_answers_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="no answers: give at least one"):
        Answers.from_triples([])


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (([0, 0], [0, 1], [0, 2]), "answer 2: label is 2, which is not from 0 to 1"),
        (([0, -1], [0, 1], [0, 1]), "answer 2: task is -1"),
        (([0, 0], [9, 1], [0, 1]), "answer 1: worker is 9"),
        (([0, 0], [0, 1], [0]), "one length, but have: task 2, worker 2, label 1"),
        (([0.5, 0], [0, 1], [0, 1]), "task must hold whole numbers"),
        (([float("nan"), 0], [0, 1], [0, 1]), "task must hold whole numbers"),
        (([[0, 0]], [0, 1], [0, 1]), "task must be a flat array"),
    ],
)
def test_a_wrong_code_is_named_with_its_place(columns: tuple[list[int], list[int], list[int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Answers(*columns, n_tasks=2, n_workers=2, n_classes=2)


def test_an_unknown_label_is_named_with_its_task_and_person() -> None:
    with pytest.raises(ValueError, match=r"answer 2 \(task 'b', worker 'bo'\): 'maybe' is not one of the labels"):
        Answers.from_triples([("a", "ann", "yes"), ("b", "bo", "maybe")], labels=["yes", "no"])


def test_a_label_named_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="names a label twice"):
        Answers.from_triples([("a", "ann", "yes")], labels=["yes", "yes"])


def test_names_that_do_not_match_the_codes_are_refused() -> None:
    with pytest.raises(ValueError, match="workers has 1 names for 2 codes"):
        Answers([0], [0], [0], n_tasks=1, n_workers=2, n_classes=1, workers=["ann"])


def test_the_last_of_two_answers_by_one_person_counts() -> None:
    answers = Answers.from_triples([("a", "ann", "yes"), ("a", "bo", "no"), ("a", "ann", "no")])
    assert len(answers) == 2
    assert {answers.labels[code] for code in answers.label} == {"no"}


def test_nobody_can_write_to_the_answers_afterwards() -> None:
    given = np.array([0, 0], dtype=np.int32)
    answers = Answers(given, [0, 1], [0, 1], n_tasks=1, n_workers=2, n_classes=2)
    given[0] = 7
    assert answers.task.tolist() == [0, 0]
    with pytest.raises(ValueError, match="read-only"):
        answers.label[0] = 1


@pytest.mark.parametrize("method", [majority, dawid_skene])
def test_one_answer_and_one_class_have_a_result(method: Callable[[Answers], Fit]) -> None:
    assert method(Answers.from_triples([("a", "ann", "yes")])).posteriors.tolist() == [[1.0]]
    fit = method(Answers.from_triples([("a", "ann", "yes")], labels=["no", "yes"]))
    assert fit.labels.tolist() == [1]


def test_labels_of_mixed_kinds_are_kept_apart() -> None:
    answers = Answers.from_triples([("a", 1, 1), ("a", 2, "1"), ("a", 3, None)])
    assert answers.n_classes == 3


def test_too_many_classes_are_refused_by_dawid_skene_and_counted_by_majority() -> None:
    answers = Answers([0, 1], [0, 1], [5, 99_999], n_tasks=2, n_workers=2, n_classes=100_000)
    with pytest.raises(ValueError, match="100000 classes, 2 workers and 2 tasks are too many"):
        dawid_skene(answers)
    fit = majority(answers)
    assert fit.labels.tolist() == [5, 99_999]
    assert fit.counts.size == 0
    crowded = Answers([0], [0], [5], n_tasks=10_000, n_workers=1, n_classes=100_000)
    with pytest.raises(ValueError, match="10000 tasks with 100000 classes are too many together"):
        majority(crowded)


def test_a_prior_or_start_of_the_wrong_shape_is_refused() -> None:
    answers = Answers.from_triples([("a", "ann", "yes"), ("a", "bo", "no")])
    with pytest.raises(ValueError, match="prior must be 2 × 2 pseudo-counts above 0"):
        dawid_skene(answers, prior=diagonal_prior(3))
    with pytest.raises(ValueError, match="prior must be 2 × 2 pseudo-counts above 0"):
        dawid_skene(answers, prior=np.zeros((2, 2)))
    with pytest.raises(ValueError, match="start must be 1 × 2 probabilities"):
        dawid_skene(answers, start=np.ones((4, 2)))
