"""Krippendorff's alpha against the worked examples of Krippendorff, Computing alpha-reliability (2011)."""

import numpy as np
import pytest

from talkoo.engines.consensus import Answers, Metric, krippendorff_alpha


def sheet(*observers: str) -> Answers:
    """One string an observer, one letter a unit, a dot where there is no answer."""
    rows = [(unit, who, value) for who, line in enumerate(observers) for unit, value in enumerate(line) if value != "."]
    return Answers.from_triples(rows)


BINARY = sheet("0100000010", "1110010000")
NOMINAL = sheet("aabbdcccedda", "babbbccceddd")
GAPS = sheet("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def alpha(answers: Answers, metric: Metric = "nominal", **options: list[float]) -> float | None:
    return krippendorff_alpha(answers, metric, rng=np.random.default_rng(0), **options).alpha


def test_two_observers_two_values() -> None:
    assert alpha(BINARY) == pytest.approx(0.095, abs=0.0005)


def test_two_observers_five_values() -> None:
    assert alpha(NOMINAL) == pytest.approx(0.692, abs=0.0005)


@pytest.mark.parametrize(("metric", "published"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)])
def test_four_observers_with_gaps(metric: Metric, published: float) -> None:
    assert alpha(GAPS, metric) == pytest.approx(published, abs=0.0005)


def test_interval_distances_follow_the_values_given_and_not_their_scale() -> None:
    same = alpha(GAPS, "interval", values=[10, 20, 30, 40, 50])
    other = alpha(GAPS, "interval", values=[1, 2, 3, 4, 500])
    assert same == pytest.approx(alpha(GAPS, "interval"))
    assert other != pytest.approx(same)


def test_the_bootstrap_interval_holds_alpha_and_is_narrower_with_more_tasks() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for tasks in (40, 4000):
        truth = rng.integers(0, 3, tasks)
        rows = [(t, w, int(truth[t]) if rng.random() < 0.8 else 0) for t in range(tasks) for w in range(3)]
        agreement = krippendorff_alpha(Answers.from_triples(rows), rng=rng)
        assert agreement.low is not None
        assert agreement.alpha is not None
        assert agreement.high is not None
        assert agreement.low < agreement.alpha < agreement.high
        widths.append(agreement.high - agreement.low)
    assert widths[1] < widths[0] / 5


def test_chance_is_about_zero() -> None:
    rng = np.random.default_rng(2)
    rows = [(t, w, int(rng.integers(0, 4))) for t in range(3000) for w in range(3)]
    assert alpha(Answers.from_triples(rows)) == pytest.approx(0, abs=0.03)


def test_where_alpha_is_not_defined_it_says_none() -> None:
    alone = Answers.from_triples([("a", "ann", 1), ("b", "bo", 2)])
    alike = Answers.from_triples([("a", "ann", 1), ("a", "bo", 1)])
    assert alpha(alone) is None
    assert alpha(alike) is None


def test_values_of_the_wrong_number_and_unknown_metrics_are_refused() -> None:
    with pytest.raises(ValueError, match="one number for each of the 5 classes"):
        alpha(GAPS, "interval", values=[1, 2])
    with pytest.raises(ValueError, match="metric must be nominal, ordinal or interval"):
        alpha(GAPS, "ratio")  # type: ignore[arg-type]
