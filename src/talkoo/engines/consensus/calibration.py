"""Certainty measured by items whose answer is known: the batch's own temperature, and how accurate its people are.

Without such items the fixed temperature of `certainty` stands for every batch. With them one number is learnt (Guo et
al., On calibration of modern neural networks, ICML 2017; Platt 1999): the temperature under which the published
probabilities of the known answers are least surprising (log loss). One number cannot change which answer is the
likeliest; it only says how much the model's word is worth here. It is drawn towards the usual one, and taken only where
known answers it was not learnt from bear it out by more than one standard error (Breiman et al., Classification and
regression trees, 1984: the rule of one standard error); otherwise the fixed one stands.

Measured by `bench/calibration.py` on tasks that were no controls, 20 draws of 50 controls each, Dawid–Skene. Expected
calibration error over ten equal-mass bins less what chance alone shows, log loss, and the share of draws that took a
temperature of their own:

    set          error          log loss        taken
    cf_weather   .097 → .061    .579 → .441     .95
    gal_barzan   .216 → .071    .900 → .604     .95
    trec2011     .101 → .075    .700 → .643     .60
    rte          .050 → .046    .238 → .232     .20
    d_possent    .034 → .029    .181 → .165     .50
    snow_temp    .048 → .041    .235 → .218     .45
    web          .036 → .038    .495 → .496     .15
    music_genre  .082 → .091    .879 → .886     .15
    bluebird     .092 → .069    .578 → .407     .90     only looked at
    d_product    .023 → .021    .205 → .205     .25     afterwards

It helps most where people share their errors, which is where the fixed rule fails, and leaves the rest nearly alone.
Without the rule of one standard error rte, d_possent and snow_temp gain more (error .03, .02, .03), but music_genre
loses (.13): what is published at .98 holds there in .80, at .70 in .81, and no one temperature mends both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize_scalar
from scipy.special import betaincinv

from talkoo.engines.consensus.answers import Floats
from talkoo.engines.consensus.certainty import COVERAGE, TEMPERATURE, published

FEWEST_KNOWN = 20
SPREAD = 0.5  # how far, in logs, a batch's temperature may be from the usual one before the data must insist
COLDEST, HOTTEST = 0.5, 25.0
FOLDS = 10


def fit_temperature(
    posteriors: ArrayLike, truth: ArrayLike, answers: ArrayLike, *, items: ArrayLike | None = None
) -> float | None:
    """The temperature of a batch from `n` known answers; None where it is not known better than the usual one.

    `posteriors` [n, n_classes] are the model's own, made without knowing the truth; `truth` [n] class codes; `answers`
    [n] how many answers each posterior rests on; `items` [n] whose they are: rows of one item are worth one together.
    None for fewer than 20 items, and where known answers that a temperature was not learnt from (ten folds, by item)
    are not less surprising with it by more than one standard error.
    Raises ValueError for lengths that differ or a code out of range.

    >>> sure = np.tile([0.99, 0.01], (40, 1))
    >>> fit_temperature(sure, np.arange(40) % 4 == 0, np.full(40, 3)) > TEMPERATURE  # right in 30 of 40 only
    True
    """
    rows = _Rows.of(posteriors, truth, answers, items)
    if rows.number < FEWEST_KNOWN:
        return None
    fold = np.arange(rows.number) % FOLDS
    gain = np.empty(len(rows.truth))
    for part in range(FOLDS):
        held = fold[rows.item] == part
        gain[held] = rows.surprise(TEMPERATURE)[held] - rows.surprise(_least_surprising(rows, ~held))[held]
    each = np.bincount(rows.item, gain * rows.worth)
    if each.mean() <= each.std(ddof=1) / np.sqrt(rows.number):
        return None
    return _least_surprising(rows, np.ones(len(rows.truth), dtype=bool))


@dataclass(frozen=True, eq=False)
class _Rows:
    """Known answers as `fit_temperature` needs them: items coded from 0, each row's share of its item in `worth`."""

    posteriors: Floats
    truth: NDArray[np.int64]
    answers: Floats
    item: NDArray[np.int64]
    worth: Floats
    number: int

    @classmethod
    def of(cls, posteriors: ArrayLike, truth: ArrayLike, answers: ArrayLike, items: ArrayLike | None) -> Self:
        model, codes = np.asarray(posteriors, dtype=np.float64), np.asarray(truth, dtype=np.int64)
        number = np.asarray(answers, dtype=np.float64)
        named = np.arange(len(codes)) if items is None else np.asarray(items)
        if model.ndim != 2 or not len(model) == len(codes) == len(number) == len(named):
            raise ValueError("posteriors [n, n_classes], truth [n], answers [n] and items [n] must be of one length")
        if len(codes) and not (codes.min() >= 0 and codes.max() < model.shape[1]):
            raise ValueError(f"truth must hold class codes from 0 to {model.shape[1] - 1}")
        _names, item, rows = np.unique(named, return_inverse=True, return_counts=True)
        return cls(model, codes, number, item, 1 / rows[item], len(rows))

    def surprise(self, temperature: float) -> Floats:
        """How surprising each known answer is [n], where its probability is published at this temperature."""
        shown = published(recalibrated(self.posteriors, temperature), self.answers)
        found: Floats = -np.log(np.maximum(shown[np.arange(len(self.truth)), self.truth], 1e-12))
        return found


def _least_surprising(rows: _Rows, among: NDArray[np.bool_]) -> float:
    def surprise(log_temperature: float) -> float:
        away = log_temperature - np.log(TEMPERATURE)
        told = (rows.worth * rows.surprise(float(np.exp(log_temperature))))[among].sum()
        return float(told + away**2 / (2 * SPREAD**2))

    found = minimize_scalar(surprise, bounds=(np.log(COLDEST), np.log(HOTTEST)), method="bounded")  # type: ignore[no-untyped-call]
    return float(np.exp(found.x))


def recalibrated(posterior: ArrayLike, temperature: float | None) -> Floats:
    """The model's posterior [..., n_classes] such that `published` of it has this temperature; None leaves it as it is.

    >>> recalibrated([0.9, 0.1], None).tolist()
    [0.9, 0.1]
    >>> recalibrated([0.9, 0.1], 3.0).round(2).tolist()
    [0.75, 0.25]
    """
    model = np.asarray(posterior, dtype=np.float64)
    if temperature is None:
        return model
    weight = np.power(model, TEMPERATURE / temperature)
    eased: Floats = weight / weight.sum(axis=-1, keepdims=True)
    return eased


@dataclass(frozen=True)
class Accuracy:
    """How often people agree with known answers: the share with its 90 % interval, from how many answers and people."""

    share: float
    low: float
    high: float
    answers: int
    people: int


def accuracy_of(rows: Sequence[tuple[int, int]]) -> Accuracy | None:
    """The accuracy of a group from (agreed, answered) of each person; None where nobody answered.

    People differ, so answers of one person tell less than answers of many: the interval is Jeffreys' on the answers
    divided by the design effect (Kish 1965) that the differences between people show, never under 1.

    >>> few, many = accuracy_of([(4, 5)] * 5), accuracy_of([(4, 5)] * 50)
    >>> few.share == many.share and few.high - few.low > many.high - many.low
    True
    """
    given = np.array([row for row in rows if row[1] > 0], dtype=np.float64).reshape(-1, 2)
    total = given[:, 1].sum()
    if not total:
        return None
    share = float(given[:, 0].sum() / total)
    worth = float(total / _design_effect(given, share))
    tail = (1 - COVERAGE) / 2
    right, wrong = share * worth + 0.5, (1 - share) * worth + 0.5
    low, high = (float(betaincinv(right, wrong, at)) for at in (tail, 1 - tail))
    return Accuracy(share, min(low, share), max(high, share), int(total), len(given))


def _design_effect(given: NDArray[np.float64], share: float) -> float:
    """How much wider the spread between people is than that of independent answers."""
    people, total = len(given), given[:, 1].sum()
    alone = share * (1 - share) / total
    if people < 2 or alone <= 0:
        return 1.0
    apart = ((given[:, 0] - share * given[:, 1]) ** 2).sum() * people / (people - 1) / total**2
    return max(1.0, float(apart / alone))
