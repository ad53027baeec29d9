"""The rules once more, in plain Python, written from the words people are told and not from the files of the engine."""

from collections.abc import Mapping
from typing import Any

INSIDE = {"office", "vpn"}
TWELVE_HOURS, ONE_HOUR = 12 * 60, 60


def _within(minutes: int | None, most: int) -> bool:
    return minutes is not None and minutes in range(most + 1)


def may(act: str, f: Mapping[str, Any]) -> bool:
    return _near_enough(act, f) and _of_themselves(act, f) and _as_guest(act, f) and _shipped(f) and _house(act, f)


def _near_enough(act: str, f: Mapping[str, Any]) -> bool:
    """Open and internal: whoever it is offered to. Confidential: near in some way. Restricted: tied to it. In an emergency
    that two people agreed on, looking is for whoever asked."""
    if act == "look" and f["emergency"] and f["sensitivity"] in {0, 1, 2, 3}:
        return True
    if f["sensitivity"] in {0, 1}:
        return True
    if f["sensitivity"] == 2:
        return any(f[tie] for tie in ("tied", "ours", "named", "care"))
    return f["sensitivity"] == 3 and f["tied"]


def _of_themselves(act: str, f: Mapping[str, Any]) -> bool:
    if f["suspended"] or f["sensitivity"] > f["clearance"]:
        return False
    if act == "judge" and f["own_work"]:
        return False
    if act == "guard" and f["assurance"] < 2:
        return False
    if f["impersonated"] and (act != "look" or f["sensitivity"] > 1):
        return False
    return not (f["program"] and f["sensitivity"] > 1)


def _as_guest(act: str, f: Mapping[str, Any]) -> bool:
    """Who belongs to no organisation looks at one piece of open work and answers it."""
    return not f["guest"] or (f["host"] and act in {"look", "work"} and f["sensitivity"] < 1)


def _shipped(f: Mapping[str, Any]) -> bool:
    level, zone = f["sensitivity"], f["zone"]
    if level == 1 and zone == "public":
        return f["assurance"] > 1
    if level < 2:
        return True
    proved = f["assurance"] > 1 and _within(f["minutes"], TWELVE_HOURS)
    strong = _within(f["key_minutes"], TWELVE_HOURS) and f["device"] == 2
    arranged = f["home_level"] >= level
    placed = arranged if zone == "home" else zone in INSIDE or strong
    if level == 2:
        return proved and placed
    return proved and strong and zone in INSIDE and _within(f["key_minutes"], ONE_HOUR)


def _house(act: str, f: Mapping[str, Any]) -> bool:
    level = f["sensitivity"]
    met = {
        "second_factor": f["assurance"] > 1,
        "key": f["key_minutes"] is not None,
        "managed": f["device"] == 2,
        "office": f["zone"] in INSIDE,
        "home": f["zone"] != "home",
        "export": act != "take_out",
        "programs": not f["program"],
        "others": f["ours"] or f["care"],
        "guests": not f["guest"],
    }
    return all(holds or level < f[name] for name, holds in met.items())
