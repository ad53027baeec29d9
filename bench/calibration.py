"""What items with a known answer do for the published probabilities: before and after, on real answers.

    PYTHONPATH=src python bench/calibration.py [DATA/crowd] [--controls 50] [--draws 20] [--sets rte,web]

Each draw takes some tasks whose truth is recorded as control items, learns a temperature from them as a batch does, and
measures the probabilities of the others. The error is the expected calibration error over ten bins of equal mass, less
what chance alone would show (Kumar, Liang & Ma, Verified uncertainty calibration, 2019).
"""

import argparse
from pathlib import Path

import numpy as np
from consensus import DATA, SEEN, UNSEEN, load
from numpy.typing import NDArray

from talkoo.engines.consensus import Fit, dawid_skene, fit_temperature, published, recalibrated

BINS = 10
RESAMPLED = 400
Floats = NDArray[np.float64]


def gap(shown: Floats, right: NDArray[np.bool_]) -> float:
    """The expected calibration error of `shown`, less what chance alone would show."""
    rng, plain, noise = np.random.default_rng(0), 0.0, 0.0
    for part in np.array_split(np.argsort(shown, kind="stable"), BINS):
        share, claim = right[part].mean(), shown[part].mean()
        mass, apart = len(part) / len(shown), abs(share - claim)
        drawn = rng.binomial(len(part), share, RESAMPLED) / len(part)
        plain += mass * apart
        noise += mass * (np.abs(drawn - claim).mean() - apart)
    return float(max(0.0, plain - noise))


def measured(fit: Fit, number: NDArray[np.int64], truth: NDArray[np.int64], controls: int, draw: int) -> Floats:
    """Error before and after, log loss before and after, the temperature, and whether it was taken; of one draw."""
    order = np.random.default_rng(draw).permutation(np.flatnonzero(truth >= 0))
    mine, others = order[:controls], order[controls:]
    learnt = fit_temperature(fit.posteriors[mine], truth[mine], number[mine])
    errors, losses = [], []
    for temperature in (None, learnt):
        shown = published(recalibrated(fit.posteriors[others], temperature), number[others])
        errors.append(gap(shown.max(axis=1), shown.argmax(axis=1) == truth[others]))
        losses.append(-np.log(np.maximum(shown[np.arange(len(others)), truth[others]], 1e-12)).mean())
    return np.array([*errors, *losses, learnt or np.nan, learnt is not None])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--controls", type=int, default=50)
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SEEN + UNSEEN))
    asked = parser.parse_args()
    print(f"{'set':12}{'error':>8}{'after':>7}{'log loss':>10}{'after':>7}{'taken':>7}{'temperature':>13}")
    for name in asked.sets.split(","):
        answers, truth = load(asked.data / name)
        if (truth >= 0).sum() < 2 * asked.controls:
            print(f"{name:12} fewer than {2 * asked.controls} tasks with a recorded truth")
            continue
        fit = dawid_skene(answers)
        drawn = [measured(fit, answers.per_task, truth, asked.controls, draw) for draw in range(asked.draws)]
        error, after, loss, less, _learnt, taken = np.mean(drawn, axis=0)
        learnt = np.array(drawn)[:, 4]
        warm = f"{np.nanmean(learnt):13.1f}" if np.isfinite(learnt).any() else f"{'–':>13}"
        print(f"{name:12}{error:8.3f}{after:7.3f}{loss:10.3f}{less:7.3f}{taken:7.2f}{warm}", flush=True)


if __name__ == "__main__":
    main()
