"""The door fails closed, and more assurance never loses access."""

from dataclasses import asdict
from typing import Any

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from talkoo.engines.policy import Act, BrokenPolicies, Decision, Policies, load
from tests.engines.policy import asking

FACTS = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in asking.VALUES.items()})
LIKELY = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in asking.VALUES.items()})
STRONGER: dict[str, tuple[Any, ...]] = {  # each step shows more surely who asks, and from where
    "assurance": (1, 2, 3), "minutes": (None, 721, 720, 61, 60, 0), "key_minutes": (None, 721, 720, 61, 60, 0), "device": (0, 1, 2),
    "clearance": (0, 1, 2, 3), "home_level": (0, 1, 2, 3), "impersonated": (True, False), "program": (True, False), "suspended": (True, False),
    "tied": (False, True), "ours": (False, True), "named": (False, True), "care": (False, True), "own_work": (True, False), "guest": (True, False), "host": (False, True), "emergency": (False, True),
}  # fmt: skip
PLACES = (("public", "unknown"), ("unknown", "vpn"), ("public", "office"), ("home", "office"), ("unknown", "office"))
RULES = asking.text(".cedar")
SCHEMA = asking.text(".cedarschema")


def allowed(act: Act, facts: dict[str, Any]) -> bool:
    return asking.shipped().decide(asking.request(act, facts)).allowed


@given(st.sampled_from(list(Act)), LIKELY | FACTS)
def test_more_assurance_never_loses_access(act, facts):
    facts = {**asking.STRONGEST, **facts}
    weaker = allowed(act, facts)
    for name, steps in STRONGER.items():
        for stronger in steps[steps.index(facts[name]) + 1 :] if facts[name] in steps else ():
            assert allowed(act, {**facts, name: stronger}) or not weaker, (name, stronger)
    for place, better in PLACES:
        if facts["zone"] == place:
            assert allowed(act, {**facts, "zone": better}) or not weaker, better


@given(st.lists(st.tuples(st.sampled_from(list(Act)), LIKELY), min_size=1, max_size=8))
def test_many_at_once_are_decided_as_each_alone(asked):
    requests = [asking.request(act, facts) for act, facts in asked]
    assert asking.shipped().decide_many(requests) == [asking.shipped().decide(request) for request in requests]


def test_nothing_asked_is_nothing_answered():
    assert asking.shipped().decide_many([]) == []


def raw(**facts: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    asked = asking.request(Act.LOOK, {"sensitivity": 1, **facts})
    request = {
        "principal": {"type": "Person", "id": "p"},
        "action": {"type": "Action", "id": "look"},
        "resource": {"type": "Thing", "id": "t"},
        "context": asdict(asked.circumstances),
    }
    entities = [
        {"uid": {"type": "Person", "id": "p"}, "attrs": asdict(asked.person), "parents": []},
        {"uid": {"type": "Thing", "id": "t"}, "attrs": asdict(asked.thing), "parents": []},
    ]
    return request, entities


def answered(request, entities) -> Decision:
    return asking.shipped().answer([request], entities)[0]


def test_raw_facts_that_are_whole_are_decided():
    assert answered(*raw()).allowed


def test_a_missing_fact_about_how_somebody_asks_is_refused():
    for name in set(raw()[0]["context"]) - {"minutes", "key_minutes"}:
        request, entities = raw()
        del request["context"][name]
        assert not answered(request, entities).allowed, name
        assert answered(request, entities).fault, name


def test_a_missing_fact_about_a_person_or_a_thing_is_refused():
    for at in (0, 1):
        for name in raw()[1][at]["attrs"]:
            request, entities = raw()
            del entities[at]["attrs"][name]
            assert not answered(request, entities).allowed, name
            assert answered(request, entities).fault, name


def test_a_missing_rule_of_an_organisation_is_refused():
    for name in raw()[1][1]["attrs"]["rules"]:
        request, entities = raw()
        del entities[1]["attrs"]["rules"][name]
        assert not answered(request, entities).allowed, name


def test_a_fact_of_another_kind_or_one_too_many_is_refused():
    for facts in ({"assurance": "3"}, {"minutes": 1.5}, {"zone": 7}, {"sensitivity": None}, {"suspended": 0}):
        assert not answered(*raw(**facts)).allowed, facts
    request, entities = raw()
    request["context"]["risk"] = 0
    assert not answered(request, entities).allowed


def test_who_or_what_is_not_there_is_refused_even_where_cedar_would_let_it_pass():
    for at in (0, 1):
        request, entities = raw()
        del entities[at]
        assert not answered(request, entities).allowed
        assert "is not there" in answered(request, entities).fault


def test_an_act_that_nobody_declared_is_refused():
    request, entities = raw()
    request["action"]["id"] = "destroy"
    assert not answered(request, entities).allowed


def test_a_rule_that_meets_an_error_refuses_although_cedar_skips_it():
    overflow = '@id("o") @reason("o") forbid (principal, action, resource) when { resource.sensitivity * 9223372036854775807 > 9223372036854775806 };'
    policies = load(RULES + overflow, SCHEMA)
    decision = policies.decide(asking.request(Act.LOOK, {"sensitivity": 2}))
    assert not decision.allowed
    assert "overflow" in decision.fault


def test_an_engine_that_fails_refuses(monkeypatch):
    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(cedarpy, "is_authorized_batch", fail)
    assert asking.shipped().decide(asking.request(Act.LOOK, {"sensitivity": 0})) == Decision(
        allowed=False, fault="RuntimeError"
    )


def test_an_engine_that_answers_too_little_refuses(monkeypatch):
    monkeypatch.setattr(cedarpy, "is_authorized_batch", lambda *_args, **_more: [])
    assert not asking.shipped().decide(asking.request(Act.LOOK, {"sensitivity": 0})).allowed


@pytest.mark.parametrize(
    "broken",
    [
        RULES.replace("context.assurance", "context.asurance", 1),
        RULES.replace('@id("suspended")', "", 1),
        RULES.replace('@reason("This account is suspended.")', "", 1),
        RULES.replace('@id("own-work")', '@id("suspended")', 1),
        RULES.replace("when { principal.suspended };", "when { principal.suspended }", 1),
        RULES + '@id("x") @reason("x") permit (principal == ?principal, action, resource);',
    ],
)
def test_rules_that_cannot_be_relied_on_are_not_loaded(broken):
    with pytest.raises(BrokenPolicies):
        load(broken, SCHEMA)


def test_without_any_rule_nothing_is_allowed():
    nothing: Policies = load("", SCHEMA)
    assert nothing.decide(asking.request(Act.LOOK, {"sensitivity": 0})) == Decision(allowed=False)
