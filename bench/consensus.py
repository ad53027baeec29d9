"""The consensus engine on real answers, beside crowd-kit where that is importable: one run, plain tables.

    PYTHONPATH=src python bench/consensus.py [DATA/crowd] [--seeds 3] [--sets rte,web]

crowd-kit is an oracle in an environment of its own; without it its columns stay empty. Times are of this machine and
moment: read them as ratios.
"""

import argparse
import csv
import importlib
import os
import time
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from talkoo.engines.consensus import Answers, Close, dawid_skene, interval, majority, next_step, published

warnings.filterwarnings("ignore")
HOME = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("TALKOO_DATA") or HOME.parent / "shared" / "data") / "crowd"
SEEN = ("rte", "d_possent", "snow_temp", "web")
UNSEEN = ("bluebird", "cf_weather", "music_genre", "gal_barzan", "d_product", "trec2011")
TARGETS = (0.80, 0.90, 0.95)
Truth = NDArray[np.int64]


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def load(folder: Path) -> tuple[Answers, Truth]:
    """The answers and the true class code of each task, -1 where not known."""
    answers = Answers.from_triples((row["task"], row["worker"], row["label"]) for row in rows(folder / "answers.csv"))
    truth = {row["task"]: row["label"] for row in rows(folder / "truth.csv")}
    code = {label: place for place, label in enumerate(answers.labels)}
    return answers, np.array([code.get(truth.get(str(task), ""), -1) for task in answers.tasks])


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def peak(work: Callable[[], Any]) -> float:
    """Megabytes at most allocated while it works."""
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def fair_accuracy(posteriors: NDArray[np.float64], truth: Truth) -> float:
    """Expected accuracy when ties are drawn evenly."""
    known = np.flatnonzero(truth >= 0)
    shown = posteriors[known]
    best = shown >= shown.max(axis=1, keepdims=True) - 1e-9
    return float((best[np.arange(len(known)), truth[known]] / best.sum(axis=1)).mean())


def peer(answers: Answers, **options: Any) -> Callable[[], Any] | None:
    """crowd-kit's Dawid–Skene on these answers, ready to be timed; None where it is not installed."""
    try:
        frames, kit = importlib.import_module("pandas"), importlib.import_module("crowdkit.aggregation")
    except ImportError:
        return None
    frame = frames.DataFrame({"task": answers.task, "worker": answers.worker, "label": answers.label})
    return lambda: kit.DawidSkene(**options).fit(frame)


def peer_accuracy(model: Any, answers: Answers, truth: Truth) -> float:
    """Of crowd-kit's labels, over the tasks whose truth is known."""
    given = model.labels_.reindex(range(answers.n_tasks)).to_numpy()
    known = truth >= 0
    return float((given[known] == truth[known]).mean())


def calibration(probability: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """Expected calibration error over 10 equal-mass bins (plain, not debiased)."""
    bins = np.array_split(np.argsort(probability, kind="stable"), 10)
    return sum(abs(probability[part].mean() - right[part].mean()) * len(part) for part in bins) / len(right)


def accuracy_table(names: list[str], data: Path) -> None:
    head = ("set", "answers", "fair MV", "DS", "peer DS", "DS s", "peer s", "DS MB", "ece raw", "ece shown", "covered")
    print("\nAccuracy, time, memory, calibration of the full data\n" + "".join(f"{each:>12}" for each in head))
    for name in names:
        answers, truth = load(data / name)
        fit, seconds = timed(lambda answers=answers: dawid_skene(answers))
        known = truth >= 0
        right = fit.labels[known] == truth[known]
        shown = published(fit.posteriors, answers.per_task).max(axis=1)[known]
        other = peer(answers)
        oracle, slow = timed(other) if other else (None, float("nan"))
        cells = [
            f"{name:>12}{len(answers):>12}{fair_accuracy(majority(answers).posteriors, truth):>12.3f}{right.mean():>12.3f}"
        ]
        cells += [
            f"{peer_accuracy(oracle, answers, truth):>12.3f}" if oracle else f"{'–':>12}",
            f"{seconds:>12.3f}{slow:>12.2f}",
        ]
        cells += [f"{peak(lambda answers=answers: dawid_skene(answers)):>12.1f}"]
        raw = calibration(fit.posteriors.max(axis=1)[known], right)
        cells += [f"{raw:>12.3f}{calibration(shown, right):>12.3f}{covered(fit, answers, right, known):>12.2f}"]
        print("".join(cells), flush=True)


def covered(fit: Any, answers: Answers, right: NDArray[np.bool_], known: NDArray[np.bool_]) -> float:
    """The share of 10 equal-mass bins whose accuracy lies within their mean interval, to half a point."""
    shown = published(fit.posteriors, answers.per_task).max(axis=1)[known]
    bounds = [
        interval(posterior, int(number))
        for posterior, number in zip(fit.posteriors[known], answers.per_task[known], strict=True)
    ]
    low, high = np.array(bounds).T
    bins = np.array_split(np.argsort(shown, kind="stable"), 10)
    inside = [low[part].mean() - 0.005 <= right[part].mean() <= high[part].mean() + 0.005 for part in bins]
    return float(np.mean(inside))


def replay(answers: Answers, truth: Truth, target: float, seed: int, most: int) -> tuple[float, float, float, float]:
    """Answers in random order, one more a round where `next_step` asks: mean answers, accuracy, of the closed, share.

    The result is the one at the moment of closing; a task sent to review, or with no recorded answer left, counts
    with its best guess in the accuracy of all.
    """
    order = np.lexsort((np.random.default_rng(seed).random(len(answers)), answers.task))
    task, worker, label = answers.task[order], answers.worker[order], answers.label[order]
    place = np.arange(len(answers)) - np.repeat(answers.offsets[:-1], answers.per_task)
    cap = np.minimum(answers.per_task, most)
    have, open_ = np.minimum(2, cap), np.ones(answers.n_tasks, dtype=bool)
    sure, result = np.zeros(answers.n_tasks, dtype=bool), np.zeros(answers.n_tasks, dtype=np.int64)
    sizes = {"n_tasks": answers.n_tasks, "n_workers": answers.n_workers, "n_classes": answers.n_classes}
    while open_.any():
        given = place < have[task]
        fit = dawid_skene(Answers(task[given], worker[given], label[given], **sizes), seed=seed)
        for one in np.flatnonzero(open_):
            bounds = {"least": min(2, int(cap[one])), "most": int(cap[one]), "target": target}
            step = next_step(fit.posteriors[one], answers=int(have[one]), active=0, **bounds)
            sure[one] = isinstance(step, Close)
            result[one] = fit.labels[one]
            open_[one] = have[one] < cap[one] and not sure[one]
        have = have + open_
    known = truth >= 0
    right = result == truth
    closed = known & sure
    return float(have.mean()), float(right[known].mean()), float(right[closed].mean()), float(sure.mean())


def stopping_table(names: list[str], data: Path, seeds: int, most: int) -> None:
    print(f"\nAdaptive stopping, at most {most} answers, {seeds} random orders: answers / all / closed / share closed")
    print(f"{'set':>12}{'full':>8}" + "".join(f"{f'target {target:.2f}':>30}" for target in TARGETS))
    for name in names:
        answers, truth = load(data / name)
        known = truth >= 0
        full = (dawid_skene(answers).labels[known] == truth[known]).mean()
        cells = []
        for target in TARGETS:
            drawn = [replay(answers, truth, target, seed, most) for seed in range(seeds)]
            cells.append("{:>9.2f}{:>7.3f}{:>7.3f}{:>7.2f}".format(*np.mean(drawn, axis=0)))
        print(f"{name:>12}{full:>8.3f}" + "".join(cells), flush=True)


def speed_table() -> None:
    """A million answers of 20,000 people, 4 classes, 5 answers a task; 20 iterations forced on both sides."""
    rng = np.random.default_rng(0)
    tasks, people, each, classes = 200_000, 20_000, 5, 4
    truth, task = rng.integers(0, classes, tasks), np.repeat(np.arange(tasks), each)
    worker = rng.integers(0, people, tasks * each)
    right = rng.random(tasks * each) < rng.beta(8, 3, people)[worker]
    label = np.where(right, truth[task], rng.integers(0, classes, tasks * each))
    sizes = {"n_tasks": tasks, "n_workers": people, "n_classes": classes}
    answers, encoding = timed(lambda: Answers(task, worker, label, **sizes))
    forced = timed(lambda: dawid_skene(answers, max_iterations=20, tolerance=0.0))[1]
    fit, whole = timed(lambda: dawid_skene(answers))
    other = peer(answers, n_iter=20, tol=-1e9)
    slow = timed(other)[1] if other else float("nan")
    print("\nOne million answers, 4 classes")
    print(f"  reading {encoding:.2f} s, 20 iterations {forced:.2f} s (crowd-kit {slow:.2f} s, {slow / forced:.0f} ×)")
    print(
        f"  until it stands still {whole:.2f} s ({fit.iterations} iterations), peak {peak(lambda: dawid_skene(answers)):.0f} MB"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", nargs="?", type=Path, default=DATA)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--most", type=int, default=20)
    parser.add_argument("--sets", default=",".join(SEEN + UNSEEN))
    asked = parser.parse_args()
    names = [name for name in asked.sets.split(",") if (asked.data / name).is_dir()]
    if not names:
        parser.error(f"no sets at {asked.data}: name the folder that holds rte, web …")
    speed_table()
    accuracy_table(names, asked.data)
    stopping_table(names, asked.data, asked.seeds, asked.most)


if __name__ == "__main__":
    main()
