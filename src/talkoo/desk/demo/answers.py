"""What a person of the demonstration answers: mostly right, with the misreadings that answering.json describes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

Raw = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Voice:
    """Who answers, and the chance that they answer an ordinary task right."""

    email: str
    accuracy: float


def answer_of(kind: str) -> Callable[[Random, Raw, Raw, Raw, Voice], Any]:
    """The rule of a task type. Arguments: rng, batch, plan (of answering.json), row of the file, voice."""
    return {"choice_multi": several, "yes_no": yes_no, "scale": scale, "compare": compare, "match": match}[kind]


def several(rng: Random, batch: Raw, plan: Raw, row: Raw, voice: Voice) -> list[str]:
    """One to three topics: a slip adds or drops one; a confusion shared by many moves a known one."""
    truth = set(row["truth"].split("|"))
    chosen, options = set(truth), batch["options"]
    if rng.random() > voice.accuracy + plan["difficulty"][row["difficulty"]]:
        _slip(rng, chosen, options, plan["false_topic"])
    for confusion in plan["confusions"]:
        here = confusion["people"] == "all" or voice.email in confusion["people"]
        chance = confusion["hard"] if row["difficulty"] == "hard" and "hard" in confusion else confusion["chance"]
        if here and confusion["if"] in truth and rng.random() < chance:
            chosen.discard(confusion.get("drops", ""))
            chosen |= {confusion["adds"]} if "adds" in confusion else set()
    chosen = chosen or {rng.choice(sorted(truth))}
    return [option for option in options if option in chosen]


def _slip(rng: Random, chosen: set[str], options: list[str], false_topic: float) -> None:
    others = [option for option in options if option not in chosen]
    if rng.random() < max(false_topic, 1 / (1 + len(chosen))):
        chosen.add(rng.choice(others))
    else:
        chosen.discard(rng.choice(sorted(chosen)))


def yes_no(rng: Random, _batch: Raw, plan: Raw, row: Raw, voice: Voice) -> str:
    truth = row["truth"]
    wrong = (1 - voice.accuracy) * plan["errors"][truth]
    return {"yes": "no", "no": "yes"}[truth] if rng.random() < wrong else truth


def scale(rng: Random, batch: Raw, plan: Raw, row: Raw, voice: Voice) -> int:
    """Off by one more often than by two; some people lean to one side."""
    truth, lean = int(row["truth"]), plan["leans"].get(voice.email, 0.0)
    step = 0
    if rng.random() > voice.accuracy:
        step = rng.choice((-1, 1)) * (1 if rng.random() < plan["off_by_one"] else 2)
    if rng.random() < abs(lean):
        step += 1 if lean > 0 else -1
    return int(min(max(truth + step, batch["scale"]["from"]), batch["scale"]["to"]))


def compare(rng: Random, _batch: Raw, _plan: Raw, row: Raw, voice: Voice) -> str:
    truth = row["truth"]
    return truth if rng.random() < voice.accuracy else {"left": "right", "right": "left"}[truth]


def match(rng: Random, _batch: Raw, plan: Raw, row: Raw, voice: Voice) -> str:
    """Who errs takes what is alike for the same, and what is written otherwise for different."""
    truth = row["truth"]
    return truth if rng.random() < voice.accuracy else str(plan["slips"][truth])
