"""When a task closes, asks on, or goes to a reviewer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.engines.consensus import AskMore, Close, Reason, Review, Step, interval, next_step, published

SURE, SPLIT = [0.9999, 0.0001], [0.55, 0.45]
RULE: dict[str, Any] = {"active": 0, "least": 3, "most": 5, "target": 0.95}


@pytest.mark.parametrize(
    ("posterior", "change", "step"),
    [
        (SURE, {"answers": 0}, AskMore(3, Reason.TOO_FEW)),
        (SURE, {"answers": 2}, AskMore(1, Reason.TOO_FEW)),
        (SURE, {"answers": 2, "active": 1}, AskMore(0, Reason.WAITING)),
        (SURE, {"answers": 3}, Close(Reason.SURE)),
        (SPLIT, {"answers": 3}, AskMore(1, Reason.UNSURE)),
        (SPLIT, {"answers": 3, "active": 1}, AskMore(0, Reason.WAITING)),
        (SPLIT, {"answers": 5}, Review(Reason.AMBIGUOUS)),
        (SURE, {"answers": 5}, Close(Reason.SURE)),
        (SURE, {"answers": 1, "least": 1}, AskMore(1, Reason.TOO_FEW)),
        (SURE, {"answers": 1, "least": 1, "most": 1, "target": 0.9}, Close(Reason.SURE)),
        (SPLIT, {"answers": 1, "least": 1, "most": 1}, Review(Reason.AMBIGUOUS)),
        (SPLIT, {"answers": 4, "pool": 0}, Review(Reason.NOBODY_LEFT)),
        (SPLIT, {"answers": 1, "pool": 1}, AskMore(1, Reason.TOO_FEW)),
        (SPLIT, {"answers": 1, "pool": 0, "active": 1}, AskMore(0, Reason.WAITING)),
        (SPLIT, {"answers": 5, "review_below": 0.5}, Close(Reason.CAP)),
        (SPLIT, {"answers": 5, "review_below": 0.9}, Review(Reason.AMBIGUOUS)),
        (SPLIT, {"answers": 4, "adaptive": False}, AskMore(1, Reason.TOO_FEW)),
        (SPLIT, {"answers": 5, "adaptive": False}, Close(Reason.COUNT)),
        (SPLIT, {"answers": 9, "adaptive": False}, Close(Reason.COUNT)),
        ([SURE, SURE], {"answers": 3}, Close(Reason.SURE)),
        ([SURE, SPLIT], {"answers": 3}, AskMore(1, Reason.UNSURE)),
    ],
)
def test_the_rule(posterior: list[Any], change: dict[str, Any], step: Step) -> None:
    assert next_step(posterior, **(RULE | change)) == step


@given(
    share=st.floats(0, 1),
    least=st.integers(1, 6),
    extra=st.integers(0, 6),
    answers=st.integers(0, 15),
    active=st.integers(0, 5),
    target=st.floats(0.5, 0.99),
    adaptive=st.booleans(),
)
def test_never_too_early_and_never_past_the_cap(
    *, share: float, least: int, extra: int, answers: int, active: int, target: float, adaptive: bool
) -> None:
    most = least + extra
    step = next_step(
        [share, 1 - share], answers=answers, active=active, least=least, most=most, target=target, adaptive=adaptive
    )
    if isinstance(step, AskMore):
        assert answers + active + step.n <= max(most, answers + active)
        assert answers < most
    else:
        assert answers >= least
    if isinstance(step, Close) and adaptive:
        assert published([share, 1 - share], answers).max() >= target


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"least": 6}, "least must be from 1 to most, but least is 6 and most is 5"),
        ({"least": 0}, "least must be from 1 to most"),
        ({"target": 1.0}, "target must lie between 0 and 1, but is 1.0"),
        ({"answers": -1}, "answers and active cannot be below 0"),
    ],
)
def test_bounds_that_contradict_each_other_are_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        next_step(SURE, **(RULE | {"answers": 3} | change))


@given(share=st.floats(0.5, 1), answers=st.integers(0, 40), classes=st.integers(2, 6))
def test_the_published_probability_is_modest_and_keeps_the_winner(share: float, answers: int, classes: int) -> None:
    posterior = np.full(classes, (1 - share) / (classes - 1))
    posterior[0] = share
    shown = published(posterior, answers)
    assert shown.sum() == pytest.approx(1)
    assert 1 / classes - 1e-12 <= shown[0] <= share + 1e-12
    assert shown[0] >= shown[1] - 1e-12
    assert shown[0] <= published(posterior, answers + 1)[0] + 1e-12


@given(share=st.floats(0.5, 1), answers=st.integers(1, 40))
def test_the_interval_holds_its_probability_and_narrows_with_more_answers(share: float, answers: int) -> None:
    best = published([share, 1 - share], answers).max()
    low, high = interval([share, 1 - share], answers)
    assert 0 <= low <= best <= high <= 1
    less, more = interval([1.0, 0.0], answers), interval([1.0, 0.0], 4 * answers)
    assert more[1] - more[0] < less[1] - less[0]


def test_without_answers_nothing_is_known() -> None:
    assert published([1.0, 0.0], 0).tolist() == [0.5, 0.5]


def test_probabilities_that_are_missing_or_negative_are_refused() -> None:
    for wrong in ([float("nan"), 1.0], [-0.5, 1.5]):
        with pytest.raises(ValueError, match="posterior must hold probabilities"):
            published(wrong, 3)
