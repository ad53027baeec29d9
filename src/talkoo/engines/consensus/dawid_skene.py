"""Dawid–Skene with a prior: how each person confuses the classes, learnt together with the results."""

import numpy as np
from scipy.sparse import csr_array

from talkoo.engines.consensus.answers import Answers, Floats
from talkoo.engines.consensus.counting import (
    MOST_CELLS,
    cells_of_people,
    cells_of_tasks,
    incidence,
    soft_counts,
    vote_shares,
)
from talkoo.engines.consensus.fit import Fit, pick
from talkoo.engines.consensus.incremental import confusion_of, on_grid, pooled_prior

VERSION = "1"


def dawid_skene(
    answers: Answers,
    *,
    prior: Floats | None = None,
    class_strength: float = 1.0,
    max_iterations: int = 100,
    tolerance: float = 3e-5,
    start: Floats | None = None,
    seed: int = 0,
) -> Fit:
    """Maximum a posteriori Dawid–Skene by expectation–maximisation, in log space.

    Model: a task's true class is drawn from `class_prior`; person w gives label l to a task of class k with
    probability confusion[w, k, l]. Each row has a Dirichlet prior with pseudo-counts `prior` [true, given], the
    classes one with `class_strength` each. By default the prior is learnt (empirical Bayes): every person starts as
    the whole batch answers, worth `STRENGTH` answers a row, itself leaning to the diagonal (`pooled_prior`).
    Paper: A. P. Dawid & A. M. Skene, Maximum likelihood estimation of observer error-rates using the EM algorithm,
    Applied Statistics 28 (1979) 20–28; the prior as in Kim & Ghahramani, Bayesian classifier combination (2012).

    Starts from the vote shares, or from `start` [n_tasks, n_classes] (a warm sweep after more answers). Stops when the
    tasks' posteriors move by less than `tolerance` on average (total variation) or after `max_iterations`; cost of one
    iteration: answers × classes.
    Raises ValueError where the counts or posteriors would pass 50 million cells: use `majority` there.

    >>> rows = [("a", 1, "x"), ("a", 2, "x"), ("b", 1, "y"), ("b", 2, "y"), ("b", 3, "x"), ("a", 3, "y")]
    >>> answers = Answers.from_triples(rows)
    >>> [answers.labels[code] for code in dawid_skene(answers).labels]
    ['x', 'y']
    """
    _check_size(answers)
    fixed = None if prior is None else _checked_prior(prior, answers.n_classes)
    given = incidence(answers)
    posteriors = vote_shares(answers) if start is None else _checked_start(start, answers)
    iteration, change = 0, np.inf
    while iteration < max_iterations and change > tolerance:
        counts, class_prior = _maximise(given, posteriors, class_strength)
        pseudo = pooled_prior(counts) if fixed is None else fixed
        after = _expect(given, confusion_of(counts, pseudo), class_prior)
        change = float(np.abs(after - posteriors).sum(axis=1).mean()) / 2
        posteriors = after
        iteration += 1
    counts, class_prior = _maximise(given, posteriors, class_strength)
    return Fit(
        posteriors=posteriors,
        labels=pick(posteriors, answers, seed),
        method="dawid-skene",
        version=VERSION,
        class_prior=class_prior,
        counts=on_grid(counts),
        prior=pooled_prior(counts) if fixed is None else fixed,
        iterations=iteration,
        converged=change <= tolerance,
    )


def _maximise(given: csr_array, posteriors: Floats, class_strength: float) -> tuple[Floats, Floats]:
    """Soft counts [worker, true, given] and the class prior [n_classes] under these posteriors."""
    total = posteriors.sum(axis=0) + class_strength
    return soft_counts(given, posteriors), total / total.sum()


def _expect(given: csr_array, confusion: Floats, class_prior: Floats) -> Floats:
    """Posteriors [n_tasks, n_classes] under these confusions."""
    by_label = np.log(confusion).transpose(0, 2, 1).reshape(-1, len(class_prior))
    weight: Floats = given @ by_label
    weight += np.log(class_prior)
    weight -= weight.max(axis=1, keepdims=True)
    np.exp(weight, out=weight)
    weight /= weight.sum(axis=1, keepdims=True)
    return weight


def _check_size(answers: Answers) -> None:
    if max(cells_of_people(answers), cells_of_tasks(answers)) > MOST_CELLS:
        raise ValueError(
            f"{answers.n_classes} classes, {answers.n_workers} workers and {answers.n_tasks} tasks are too many "
            "together for Dawid–Skene: use majority"
        )


def _checked_prior(prior: Floats, classes: int) -> Floats:
    if prior.shape != (classes, classes) or not (np.isfinite(prior).all() and (prior > 0).all()):
        raise ValueError(f"prior must be {classes} × {classes} pseudo-counts above 0, but has shape {prior.shape}")
    return prior


def _checked_start(start: Floats, answers: Answers) -> Floats:
    if start.shape != (answers.n_tasks, answers.n_classes) or not np.isfinite(start).all():
        wanted = f"{answers.n_tasks} × {answers.n_classes}"
        raise ValueError(f"start must be {wanted} probabilities, but has shape {start.shape}")
    return start
