"""How often each person gave each label to tasks of each class: the sums every model of people rests on."""

import numpy as np
from scipy.sparse import csr_array

from talkoo.engines.consensus.answers import Answers, Floats

MOST_CELLS = 50_000_000


def cells_of_people(answers: Answers) -> int:
    """The size of everybody's confusion matrices together."""
    return answers.n_workers * answers.n_classes**2


def cells_of_tasks(answers: Answers) -> int:
    """The size of all posteriors together."""
    return answers.n_tasks * answers.n_classes


def vote_shares(answers: Answers) -> Floats:
    """The share of its answers each label got: [n_tasks, n_classes]; even where a task has no answer."""
    votes = answers.votes
    total = votes.sum(axis=1, keepdims=True)
    shares: Floats = np.where(total > 0, votes / np.maximum(total, 1), 1 / answers.n_classes)
    return shares


def incidence(answers: Answers) -> csr_array:
    """Tasks × (worker, label given), 1 where that person gave that label: one sparse product is one pass."""
    cell = answers.worker.astype(np.int64) * answers.n_classes + answers.label
    shape = (answers.n_tasks, answers.n_workers * answers.n_classes)
    return csr_array((np.ones(len(answers)), cell, answers.offsets), shape=shape)  # type: ignore[no-untyped-call]


def soft_counts(given: csr_array, posteriors: Floats) -> Floats:
    """Counts [n_workers, true, given] of an `incidence` under posteriors [n_tasks, n_classes]; a view, transposed."""
    classes = posteriors.shape[1]
    counts: Floats = given.T @ posteriors
    return counts.reshape(-1, classes, classes).transpose(0, 2, 1)
