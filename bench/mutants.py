"""Each rule deleted, turned round and weakened in every way, with the behavioural test that notices: one line a mutant.

    PYTHONPATH=src:. python bench/mutants.py [--rule suspended]

A mutant that no test notices is printed as SURVIVED and makes the command fail. Weakening moves every bound by one,
drops every part of an *and*, an *or*, a list and a list of acts, and takes the obligation away: some of these forbid more
instead of less, and have to be noticed just as well. The tests are the sentences of tests/engines/policy/test_rules.py.
"""

import argparse
import copy
import json
import sys
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import cedarpy

from talkoo.engines.policy import BrokenPolicies, Policies, load
from tests.engines.policy import asking, test_rules

Json = Any
BOUNDS = {"<", "<=", ">", ">=", "=="}
SENTENCES: list[tuple[str, Callable[[Policies], None]]] = [
    (name, test)
    for name, test in vars(test_rules).items()
    if name.startswith("test_") and list(signature(test).parameters) == ["policies"]
]


def parts(node: Json) -> Iterator[Json]:
    """Every expression inside an expression, itself first."""
    if isinstance(node, dict):
        yield node
        for below in node.values():
            yield from parts(below)
    elif isinstance(node, list):
        for below in node:
            yield from parts(below)


def weakenings(rule: Json) -> Iterator[tuple[str, Json]]:
    """A rule changed in one small place, with what was done to it."""
    for index, node in enumerate(parts(rule["conditions"])):
        for words, change in _changes(node):
            changed = copy.deepcopy(rule)
            change(list(parts(changed["conditions"]))[index])
            yield words, changed
    acts = rule["action"].get("entities", [])
    for index, act in enumerate(acts):
        changed = copy.deepcopy(rule)
        del changed["action"]["entities"][index]
        yield f"no longer for {act['id']}", changed
    if "obligation" in rule["annotations"]:
        changed = copy.deepcopy(rule)
        del changed["annotations"]["obligation"]
        yield "without its obligation", changed


def _changes(node: Json) -> Iterator[tuple[str, Callable[[Json], None]]]:
    for name, inner in list(node.items()):
        if name in BOUNDS and isinstance(inner.get("right", {}).get("Value"), int):
            for step in (-1, 1):
                yield f"{name} {inner['right']['Value']} moved by {step:+}", _moved(name, step)
        if name in BOUNDS and "Value" not in inner["right"]:
            yield f"{name} turned to >", _renamed(name, ">")
        if name in {"&&", "||"}:
            for side in ("left", "right"):
                yield f"{name} keeps only its {side}", _only(name, side)
        if name == "!":
            yield "one not less", _bare
        if name == "Set":
            for index, entry in enumerate(inner):
                yield f"{entry['Value']} out of its list", _dropped(index)


def _moved(name: str, step: int) -> Callable[[Json], None]:
    def change(node: Json) -> None:
        node[name]["right"]["Value"] += step

    return change


def _renamed(name: str, other: str) -> Callable[[Json], None]:
    def change(node: Json) -> None:
        node[other] = node.pop(name)

    return change


def _only(name: str, side: str) -> Callable[[Json], None]:
    def change(node: Json) -> None:
        kept = node.pop(name)[side]
        node.update(kept)

    return change


def _bare(node: Json) -> None:
    node.update(node.pop("!")["arg"])


def _dropped(index: int) -> Callable[[Json], None]:
    def change(node: Json) -> None:
        del node["Set"][index]

    return change


def turned_round(rule: Json) -> Json:
    changed = copy.deepcopy(rule)
    for condition in changed["conditions"]:
        condition["body"] = {"!": {"arg": condition["body"]}}
    return changed


def mutants(written: Json, wanted: str | None) -> Iterator[tuple[str, str, Json]]:
    """The id of a rule, what was done to it, and all rules with it so changed."""
    for key, rule in written["staticPolicies"].items():
        name = rule["annotations"]["id"]
        if wanted not in {None, name}:
            continue
        others = {other: kept for other, kept in written["staticPolicies"].items() if other != key}
        yield name, "deleted", others
        yield name, "turned round", {**others, key: turned_round(rule)}
        for words, changed in weakenings(rule):
            yield name, words, {**others, key: changed}


def noticed(written: Json, rules: Json, schema: str) -> str:
    """The first test that fails on these rules, or nothing. Rules that are refused at start-up are noticed by that."""
    text = cedarpy.policies_from_json_str(json.dumps({**written, "staticPolicies": rules}))
    try:
        policies = load(text, schema)
    except BrokenPolicies:
        return "refused at start-up"
    for name, test in SENTENCES:
        try:
            test(policies)
        except AssertionError:
            return name
    return ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rule")
    asked = parser.parse_args()
    written = json.loads(cedarpy.policies_to_json_str(asking.text(".cedar")))
    schema, count, survived = asking.text(".cedarschema"), 0, 0
    for name, words, rules in mutants(written, asked.rule):
        found = noticed(written, rules, schema)
        print(f"{name:31}{words:36}{found or 'SURVIVED'}", flush=True)
        count, survived = count + 1, survived + (not found)
    print(f"{count} mutants of {len(written['staticPolicies'])} rules, {survived} survived")
    sys.exit(bool(survived))


if __name__ == "__main__":
    main()
