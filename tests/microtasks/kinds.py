"""One batch of each kind of task, with what people say in it: the table that a new type is added to."""

from dataclasses import dataclass, field
from typing import Any

FIELDS = [["Name", "Harbour café"], ["Street", "Quay 5"], ["Town", "Norrby"]]
TEXT = {"source": "Invoice of 31 March 2026: 1,250.50 for the pumps."}
NAMES = ["Noise", "Light", "Trees"]


@dataclass(frozen=True)
class Kind:
    """`posted` is the form that says `value`; `alike` agrees with it, `other` does not. `wrong`: (form, field, words)."""

    code: str
    config: dict[str, Any]
    value: Any
    posted: dict[str, Any]
    alike: Any
    other: Any
    words: str
    item: dict[str, Any] = field(default_factory=lambda: TEXT)
    wrong: tuple[tuple[dict[str, Any], str, str], ...] = ()
    never: tuple[Any, ...] = ()


MONEY = {"centre": "median", "unit": "EUR", "decimals": 2, "low": 0, "high": 5000, "tolerance": 0.01}
POINTS = {"options": NAMES, "total": 100, "tolerance": 10}

KINDS = [
    Kind("choice", {"options": NAMES}, "Light", {"choice": "2"}, "Light", "Trees", "Light", never=("Fog", 2, ["Light"])),
    Kind("yes_no", {}, "yes", {"choice": "1"}, "yes", "no", "Yes", never=("maybe", True)),
    Kind("scale", {"low": 1, "high": 5}, 4, {"choice": "4"}, 4, 2, "4", never=(6, "4", None)),
    Kind(
        "compare", {}, "left", {"choice": "1"}, "left", "right", "The first", item={"left": "One", "right": "Two"},
        never=("same", {"left": 1}),
    ),
    Kind(
        "number", MONEY, 1250.5, {"choice": "1250,50"}, 1250.51, 1205.5, "1,250.50 EUR",
        wrong=(
            ({"choice": "1.250,50"}, "choice", "separates thousands"),
            ({"choice": "1 250"}, "choice", "separates thousands"),
            ({"choice": "1,250"}, "choice", "at most 2 decimals"),
            ({"choice": "6000"}, "choice", "from 0 to 5,000"),
            ({"choice": "-1"}, "choice", "from 0 to 5,000"),
            ({"choice": "1e999"}, "choice", "in digits"),
            ({"choice": "NaN"}, "choice", "in digits"),
            ({"choice": "9" * 5000}, "choice", "in digits"),
            ({"choice": "about a hundred"}, "choice", "in digits"),
        ),
        never=(float("nan"), float("inf"), 10**400, True, "12", [12], {"n": 1}),
    ),
    Kind(
        "date", {"earliest": "2026-01-01", "latest": "2026-12-31", "tolerance": 0}, "2026-03-31",
        {"choice": "2026-03-31"}, "2026-03-31", "2026-04-01", "31 March 2026",
        wrong=(
            ({"choice": "31.3.2026"}, "choice", "year-month-day"),
            ({"choice": "2026-02-30"}, "choice", "year-month-day"),
            ({"choice": "2025-12-31"}, "choice", "from 1 January 2026"),
            ({"choice": "2027-01-01"}, "choice", "up to 31 December 2026"),
        ),
        never=("2026-3-1", "20260331", 20260331, "2026-W14-2", ["2026-03-31"]),
    ),
    Kind(
        "short_text", {"longest": 30}, "Harbour Café", {"choice": "  Harbour   Café "}, "harbour\u00a0cafe\u0301", "Hill café",
        "Harbour Café", wrong=(({"choice": "x" * 31}, "choice", "Shorten this to 30 characters"),),
        never=("", "  ", 7, "a\x00b", ["a"]),
    ),
    Kind(
        "long_text", {"longest": 200, "alike": 85}, "The bus was late.\nNobody said why.",
        {"choice": "The bus was late.\r\nNobody said why. "}, "the bus was late. Nobody said why!", "We would like more trees here.",
        "The bus was late.\nNobody said why.", wrong=(({"choice": "y" * 201}, "choice", "Shorten this"),), never=("", 3, {}),
    ),
    Kind(
        "rank", {"options": NAMES}, ["Light", "Noise", "Trees"], {"place-1": "2", "place-2": "1", "place-3": "3"},
        ["Light", "Noise", "Trees"], ["Trees", "Light", "Noise"], "Light › Noise › Trees",
        wrong=(
            ({"place-1": "1", "place-2": "1", "place-3": "3"}, "place-2", "taken already"),
            ({"place-1": "1", "place-2": "", "place-3": "3"}, "place-2", "a place from 1 to 3"),
            ({"place-1": "1", "place-2": "2", "place-3": "9"}, "place-3", "a place from 1 to 3"),
        ),
        never=(["Light"], ["Light", "Light", "Trees"], ["Light", "Noise", 3], "Light", {"places": 5}, {"places": []}),
    ),
    Kind(
        "points", POINTS, {"Noise": 50, "Light": 30, "Trees": 20}, {"choice": ["50", "30", "20"]},
        {"Noise": 45, "Light": 30, "Trees": 25}, {"Noise": 10, "Light": 30, "Trees": 60}, "Noise 50, Light 30, Trees 20",
        wrong=(
            ({"choice": ["50", "30", "19"]}, "choice", "1 point is left"),
            ({"choice": ["50", "30", "21"]}, "choice", "1 point too many"),
            ({"choice": ["50", "-30", "80"]}, "choice-2", "whole points from 0 to 100"),
            ({"choice": ["50", "x", "50"]}, "choice-2", "whole points from 0 to 100"),
        ),
        never=({"Noise": 100, "Fog": 0}, {"Noise": 50.5, "Light": 49.5}, [50, 30, 20], {"Noise": True}, "100", {}),
    ),
    Kind(
        "verify", {}, {"wrong": {"Street": "Quay 7"}},
        {"choice": "2", "field": ["Name", "Street", "Town"], "wrong": ["2"], "fix": ["", "Quay 7", ""]},
        {"wrong": {"Street": "QUAY  7"}}, {"wrong": {}}, "Street: Quay 7", item={"record": FIELDS},
        wrong=(
            ({"choice": "1", "field": ["Name", "Street"], "wrong": ["2"], "fix": ["", ""]}, "choice", "Decide for one"),
            ({"choice": "2", "field": ["Name"], "fix": [""]}, "choice", "at least one field"),
            ({"choice": "2", "field": ["Moon"], "wrong": ["1"], "fix": ["x"]}, "choice", "no field “Moon”"),
            ({"choice": "2", "field": ["Name", "Street"], "fix": ["", "quay 5"]}, "fix-2", "says that already"),
            ({"choice": "2", "field": ["Name"], "fix": ["z" * 501]}, "fix-1", "Shorten this"),
        ),
        never=({"wrong": {"Street": 7}}, {"wrong": []}, {"right": {}}, {"wrong": {}, "more": 1}, "all", {"wrong": {"Moon": "x"}}),
    ),
    Kind(
        "match", {}, "different", {"choice": "2"}, "different", "same", "Different",
        item={"left_record": FIELDS, "right_record": [["Name", "Harbour Cafe"], ["Street", "Quay 7"], ["Town", "Norrby"]]},
        never=("left", 1),
    ),
]  # fmt: skip
