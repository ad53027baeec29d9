"""Majority vote with fair ties: the plain reference every other method must beat."""

import numpy as np

from talkoo.engines.consensus.answers import Answers, Floats
from talkoo.engines.consensus.counting import (
    MOST_CELLS,
    cells_of_people,
    cells_of_tasks,
    incidence,
    soft_counts,
)
from talkoo.engines.consensus.fit import Fit, pick
from talkoo.engines.consensus.incremental import ACCURACY, diagonal_prior, on_grid

VERSION = "1"


def majority(answers: Answers, *, seed: int = 0) -> Fit:
    """The most frequent label, with the probability it has if everybody is right as often as a newcomer.

    Model: everybody is right with `ACCURACY` (.75) and wrong evenly, all classes are equally frequent; so one vote more
    multiplies the odds by .75 / (.25 / (n_classes - 1)). That keeps two equal answers from passing for certainty, as
    plain vote shares would, and agrees with `score` for newcomers. The shares themselves are `answers.votes`.
    Labels that tie get equal probability, and `labels` draws among them evenly by a keyed hash of the task and `seed`
    (peers give every tie to the first column, which favours whichever class is written first). A task without answers
    gets 1 / n_classes for each class. Source: folklore; ties as in Zheng et al., Truth Inference in Crowdsourcing,
    VLDB 2017.

    >>> given = [("a", 1, "x"), ("a", 2, "x"), ("a", 3, "y"), ("b", 1, "y"), ("b", 2, "x")]
    >>> fit = majority(Answers.from_triples(given))
    >>> fit.posteriors.round(2).tolist()
    [[0.75, 0.25], [0.5, 0.5]]
    """
    classes = answers.n_classes
    if cells_of_tasks(answers) > MOST_CELLS:
        raise ValueError(f"{answers.n_tasks} tasks with {classes} classes are too many together: take them in parts")
    posteriors = _equal_people(answers)
    class_prior = (posteriors.sum(axis=0) + 1) / (answers.n_tasks + classes)
    counts, prior = np.zeros((0, 0, 0)), np.zeros((0, 0))
    if cells_of_people(answers) <= MOST_CELLS:
        counts, prior = on_grid(soft_counts(incidence(answers), posteriors)), diagonal_prior(classes)
    return Fit(
        posteriors=posteriors,
        labels=pick(posteriors, answers, seed),
        method="majority",
        version=VERSION,
        class_prior=class_prior,
        counts=counts,
        prior=prior,
        iterations=1,
        converged=True,
    )


def _equal_people(answers: Answers) -> Floats:
    """Posteriors [n_tasks, n_classes] when everybody is right with `ACCURACY` and wrong evenly."""
    odds = ACCURACY / ((1 - ACCURACY) / max(answers.n_classes - 1, 1))
    lead = answers.votes
    lead -= lead.max(axis=1, keepdims=True)
    weight = np.exp(lead * np.log(odds))
    posteriors: Floats = weight / weight.sum(axis=1, keepdims=True)
    return posteriors
