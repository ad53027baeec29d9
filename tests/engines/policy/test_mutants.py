"""No rule is there for nothing: whichever is taken out, one of the sentences fails."""

import json
from inspect import signature

import cedarpy
import pytest

from talkoo.engines.policy import load
from tests.engines.policy import asking, test_rules

WRITTEN = json.loads(cedarpy.policies_to_json_str(asking.text(".cedar")))
SENTENCES = [test for name, test in vars(test_rules).items() if name.startswith("test_")]


@pytest.mark.parametrize(
    "key", WRITTEN["staticPolicies"], ids=lambda key: WRITTEN["staticPolicies"][key]["annotations"]["id"]
)
def test_a_rule_that_is_taken_out_is_missed(key):
    others = {other: rule for other, rule in WRITTEN["staticPolicies"].items() if other != key}
    text = cedarpy.policies_from_json_str(json.dumps({**WRITTEN, "staticPolicies": others}))
    assert any(_fails(sentence, load(text, asking.text(".cedarschema"))) for sentence in SENTENCES)


def _fails(sentence, policies) -> bool:
    try:
        sentence(policies)
    except AssertionError:
        return True
    return False


def test_every_sentence_can_be_said_of_other_rules():
    """What `bench/mutants.py` relies on."""
    assert all(list(signature(sentence).parameters) == ["policies"] for sentence in SENTENCES)
