"""Majority vote with fair ties: the plain reference every other method must beat."""

import numpy as np

from talkoo.engines.consensus.answers import Answers
from talkoo.engines.consensus.counting import incidence, soft_counts, vote_shares
from talkoo.engines.consensus.fit import MOST_CELLS, Fit, pick
from talkoo.engines.consensus.incremental import diagonal_prior, on_grid

VERSION = "1"


def majority(answers: Answers, *, seed: int = 0) -> Fit:
    """The share of the answers each label got, and the most frequent label.

    Labels that tie get equal probability, and `labels` draws among them evenly by a keyed hash of the task and `seed`
    (peers give every tie to the first column, which favours whichever class is written first). A task without answers
    gets 1 / n_classes for each class. Source: folklore; ties as in Zheng et al., Truth Inference in Crowdsourcing,
    VLDB 2017.

    >>> given = [("a", 1, "x"), ("a", 2, "x"), ("a", 3, "y"), ("b", 1, "y"), ("b", 2, "x")]
    >>> fit = majority(Answers.from_triples(given))
    >>> fit.posteriors.round(2).tolist()
    [[0.67, 0.33], [0.5, 0.5]]
    """
    classes = answers.n_classes
    shares = vote_shares(answers)
    class_prior = (shares.sum(axis=0) + 1) / (answers.n_tasks + classes)
    counts = np.zeros((0, classes, classes))
    if answers.n_workers * classes**2 <= MOST_CELLS:
        counts = on_grid(soft_counts(incidence(answers), shares))
    return Fit(
        posteriors=shares,
        labels=pick(shares, answers, seed),
        method="majority",
        version=VERSION,
        class_prior=class_prior,
        counts=counts,
        prior=diagonal_prior(classes),
        iterations=1,
        converged=True,
    )
