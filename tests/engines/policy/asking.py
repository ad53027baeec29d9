"""Requests by their facts, flat: what is left out is at its strongest, so that a test names only what it is about."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from itertools import combinations
from typing import Any

from talkoo.engines.policy import Act, Circumstances, Person, Policies, Request, Rules, Thing, load

STRONGEST: Mapping[str, Any] = {
    "suspended": False, "clearance": 3, "home_level": 3, "sensitivity": 3, "tied": True, "ours": True, "named": True, "care": True,
    "own_work": False, "guest": False, "host": True, "emergency": False, "assurance": 3, "minutes": 0, "key_minutes": 0, "zone": "office", "device": 2,
    "impersonated": False, "program": False, "second_factor": 4, "key": 4, "managed": 4, "office": 4, "home": 4, "export": 4,
    "programs": 4, "others": 4, "guests": 4,
}  # fmt: skip
ZONES = ("office", "vpn", "home", "public", "unknown", "")
VALUES: Mapping[str, tuple[Any, ...]] = {
    **{name: (True, False) for name, fact in STRONGEST.items() if isinstance(fact, bool)},
    "clearance": (0, 1, 2, 3), "home_level": (0, 1, 2, 3), "sensitivity": (-1, 0, 1, 2, 3, 4), "assurance": (1, 2, 3),
    "minutes": (None, -1, 0, 60, 61, 720, 721), "key_minutes": (None, -1, 0, 60, 61, 720, 721), "zone": ZONES, "device": (0, 1, 2),
    **dict.fromkeys(("second_factor", "key", "managed", "office", "home", "export", "programs", "others", "guests"), (0, 1, 2, 3, 4)),
}  # fmt: skip


def request(act: Act, facts: Mapping[str, Any]) -> Request:
    f = {**STRONGEST, **facts}
    rules = Rules(
        second_factor=f["second_factor"], key=f["key"], device=f["managed"], office=f["office"], home=f["home"],
        export=f["export"], programs=f["programs"], others=f["others"], guests=f["guests"],
    )  # fmt: skip
    return Request(
        act,
        Person(f["suspended"], f["clearance"], f["home_level"], f["guest"]),
        Thing(f["sensitivity"], f["tied"], f["ours"], f["named"], f["care"], f["own_work"], rules, f["host"], f["emergency"]),
        Circumstances(
            f["assurance"], f["minutes"], f["key_minutes"], f["zone"], f["device"], f["impersonated"], f["program"]
        ),
    )  # fmt: skip


def text(part: str) -> str:
    """What is shipped: the rules, or the schema."""
    rules = resources.files("talkoo.engines.policy") / "rules"
    found = sorted((file for file in rules.iterdir() if file.name.endswith(part)), key=lambda file: file.name)
    return "\n".join(file.read_text() for file in found)


@cache
def shipped() -> Policies:
    return load(text(".cedar"), text(".cedarschema"))


@cache
def table() -> list[tuple[Act, Mapping[str, Any]]]:
    """Every act with every fact moved from its strongest, alone and with every second one."""
    moved = [(name, fact) for name, facts in VALUES.items() for fact in facts if fact != STRONGEST[name]]
    weaker = [{}, *({name: fact} for name, fact in moved)]
    weaker += [{a: x, b: y} for (a, x), (b, y) in combinations(moved, 2) if a != b]
    return [(act, facts) for act in Act for facts in weaker]
