"""Accuracy on real answers: the figures the product promises."""

import numpy as np
import pytest

from talkoo.engines.consensus import choose, dawid_skene, majority
from tests.engines.consensus.real import load


@pytest.mark.parametrize(("name", "least"), [("rte", 0.92), ("d_possent", 0.955), ("web", 0.81), ("snow_temp", 0.94)])
def test_dawid_skene_reaches_the_promised_accuracy(name: str, least: float) -> None:
    answers, truth = load(name)
    known = truth >= 0
    fit = dawid_skene(answers)
    assert (fit.labels[known] == truth[known]).mean() >= least
    assert choose(answers).method == "dawid-skene"


@pytest.mark.parametrize(("name", "fair"), [("rte", 0.897), ("web", 0.731), ("d_possent", 0.933)])
def test_majority_with_fair_ties_has_its_published_accuracy(name: str, fair: float) -> None:
    answers, truth = load(name)
    known = np.flatnonzero(truth >= 0)
    shares = majority(answers).posteriors[known]
    best = np.isclose(shares, shares.max(axis=1, keepdims=True))
    expected = (best[np.arange(len(known)), truth[known]] / best.sum(axis=1)).mean()
    assert expected == pytest.approx(fair, abs=0.002)


def test_no_set_is_combined_worse_than_by_majority() -> None:
    for name in ("bluebird", "d_product", "trec2011", "music_genre", "cf_weather", "gal_barzan"):
        answers, truth = load(name)
        known = truth >= 0
        right = [(fit.labels[known] == truth[known]).mean() for fit in (majority(answers), dawid_skene(answers))]
        assert right[1] >= right[0] - 0.01, name
