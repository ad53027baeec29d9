"""Cedar behind our own door."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cedarpy

from talkoo.engines.policy.facts import Circumstances, Person, Request, Rules, Thing

Json = dict[str, Any]


class BrokenPolicies(ValueError):
    """The rules cannot be used; nothing may be decided by them."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that decided: its id, its words, and what would satisfy it, empty where nothing the person can do does."""

    id: str
    words: str
    obligation: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """`reasons` are the forbids that refused it, in the order of the files; or the permits that let it pass.

    Refused without a reason means that no permit covers it. `fault` says what went wrong inside; then it is refused.
    """

    allowed: bool
    reasons: tuple[Reason, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Policies:
    """Rules that were read, proved and parsed once; make them with `load`."""

    policies: cedarpy.PolicySet
    schema: cedarpy.Schema
    reasons: Mapping[str, Reason]

    def decide(self, request: Request) -> Decision:
        """One decision. Never raises: whatever goes wrong inside is a refusal with its `fault`."""
        return self.decide_many([request])[0]

    def decide_many(self, requests: Sequence[Request]) -> list[Decision]:
        """Many at once, in the order asked; people and things that are alike are handed to Cedar once."""
        if not requests:
            return []
        people = {person: f"p{n}" for n, person in enumerate(dict.fromkeys(asked.person for asked in requests))}
        things = {thing: f"t{n}" for n, thing in enumerate(dict.fromkeys(asked.thing for asked in requests))}
        entities = [_person(person, uid) for person, uid in people.items()]
        entities += [_thing(thing, uid) for thing, uid in things.items()]
        raw = [
            {
                "principal": {"type": "Person", "id": people[asked.person]},
                "action": {"type": "Action", "id": str(asked.act)},
                "resource": {"type": "Thing", "id": things[asked.thing]},
                "context": _circumstances(asked.circumstances),
            }
            for asked in requests
        ]
        return self.answer(raw, entities)

    def answer(self, requests: list[Json], entities: list[Json]) -> list[Decision]:
        """The same from raw facts, as Cedar takes them; whatever the schema does not accept is refused."""
        try:
            known = cedarpy.Entities.from_json_str(json.dumps(entities), self.schema)
            given = {(entity["uid"]["type"], entity["uid"]["id"]) for entity in entities}
            found = cedarpy.is_authorized_batch(requests, self.policies, known, self.schema)
            return [self._decision(*pair, given) for pair in zip(requests, found, strict=True)]
        except Exception as error:  # noqa: BLE001 - whatever the engine raises, the answer is no
            return [Decision(allowed=False, fault=str(error) or type(error).__name__)] * len(requests)

    def _decision(self, request: Json, found: cedarpy.AuthzResult, given: set[tuple[str, str]]) -> Decision:
        absent = [who for who in (request["principal"], request["resource"]) if (who["type"], who["id"]) not in given]
        errors = [*found.diagnostics.errors, *(f"{who['type']} {who['id']} is not there" for who in absent)]
        if errors:
            return Decision(allowed=False, fault="; ".join(errors))
        fired = set(found.diagnostics.id_annotations_by_reason.values())
        return Decision(found.allowed, tuple(reason for key, reason in self.reasons.items() if key in fired))


def load(policies: str, schema: str) -> Policies:
    """Read rules in the language of Cedar, each with `@id` and `@reason`, perhaps with `@obligation`.

    Raises BrokenPolicies where a rule does not fit the schema, an id is missing or used twice, or words are missing:
    rules that cannot be relied on decide nothing.
    """
    try:
        checked = cedarpy.validate_policies(policies, schema)
        faults = [str(error) for error in checked.errors]
        parsed = cedarpy.PolicySet.from_str(policies), cedarpy.Schema.from_str(schema)
        written = json.loads(cedarpy.policies_to_json_str(policies))
    except Exception as error:
        raise BrokenPolicies(str(error)) from error
    if faults or not checked.validation_passed:
        raise BrokenPolicies("; ".join(faults) or "The rules do not fit the schema.")
    return Policies(*parsed, _reasons([rule["annotations"] for rule in _in_order(written)]))


def _in_order(written: Json) -> list[Json]:
    """The rules as they stand in the files: Cedar numbers them from nought."""
    if written["templates"]:
        raise BrokenPolicies("Rules with blanks to fill in are not used here.")
    rules: Json = written["staticPolicies"]
    return [{"annotations": {}, **rules[f"policy{n}"]} for n in range(len(rules))]


def _reasons(marks: list[dict[str, str]]) -> dict[str, Reason]:
    found: dict[str, Reason] = {}
    for mark in marks:
        if not mark.get("id") or not mark.get("reason"):
            raise BrokenPolicies(f"A rule has no id or no reason: {mark}")
        if mark["id"] in found:
            raise BrokenPolicies(f"Two rules are called {mark['id']}.")
        found[mark["id"]] = Reason(mark["id"], mark["reason"], mark.get("obligation", ""))
    return found


def _person(person: Person, uid: str) -> Json:
    return {"uid": {"type": "Person", "id": uid}, "attrs": _facts(person), "parents": []}


def _thing(thing: Thing, uid: str) -> Json:
    facts = {**_facts(thing), "rules": _facts(thing.rules)}
    return {"uid": {"type": "Thing", "id": uid}, "attrs": facts, "parents": []}


def _circumstances(circumstances: Circumstances) -> Json:
    return {name: fact for name, fact in _facts(circumstances).items() if fact is not None}


def _facts(stated: Person | Thing | Rules | Circumstances) -> Json:
    """As `asdict`, which copies deeply, in a tenth of the time."""
    return {name: getattr(stated, name) for name in stated.__slots__}
