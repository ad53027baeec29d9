"""What the shipped rules mean, a sentence each, and against an oracle. `bench/mutants.py` runs the same sentences on
rules that were deleted, turned round or weakened: each takes `policies` and nothing else."""

from collections.abc import Mapping
from typing import Any

import pytest

from talkoo.engines.policy import Act, Decision, Policies
from tests.engines.policy import asking, oracle

HOUSE = ("second_factor", "key", "managed", "office", "home", "export", "programs", "others", "guests")


@pytest.fixture
def policies() -> Policies:
    return asking.shipped()


def refused(policies: Policies, act: Act = Act.LOOK, **facts: Any) -> set[str]:
    """What would satisfy the rules that refuse it, and the ids of those that nothing satisfies; empty: allowed."""
    found = asked(policies, act, **facts)
    why = {reason.obligation or reason.id for reason in found.reasons}
    return set() if found.allowed else why or {"no permit"}


def asked(policies: Policies, act: Act = Act.LOOK, **facts: Any) -> Decision:
    found = policies.decide(asking.request(act, facts))
    assert found.fault == ""
    return found


def test_open_and_internal_work_needs_no_tie(policies):
    for level in (0, 1):
        assert refused(policies, sensitivity=level, tied=False, ours=False, named=False, care=False) == set()


def test_there_is_nothing_below_open_and_nothing_above_restricted(policies):
    assert refused(policies, sensitivity=-1, tied=False) == {"no permit"}
    assert "no permit" in refused(policies, sensitivity=4, clearance=4, **dict.fromkeys(HOUSE, 5))


def test_confidential_work_is_for_those_who_are_near_in_one_way_or_another(policies):
    far = dict.fromkeys(("tied", "ours", "named", "care"), False)
    assert refused(policies, sensitivity=2, **far) == {"no permit"}
    for tie in far:
        assert refused(policies, sensitivity=2, **{**far, tie: True}) == set()


def test_restricted_work_is_for_those_who_are_tied_to_it(policies):
    assert refused(policies, tied=False) == {"no permit"}
    assert refused(policies, ours=False, named=False, care=False) == set()


def test_in_an_emergency_one_looks_at_what_one_is_far_from_and_does_nothing_else(policies):
    far = dict.fromkeys(("tied", "ours", "named", "care"), False)
    for level in (2, 3):
        for act in Act:
            assert refused(policies, act, sensitivity=level, emergency=True, **far) == (
                set() if act == Act.LOOK else {"no permit"}
            )
    assert refused(policies, sensitivity=3, emergency=True, zone="home", **far) == {"place"}
    assert refused(policies, sensitivity=3, emergency=True, clearance=2, **far) == {"clearance"}
    for level in (-1, 4):
        assert "no permit" in refused(
            policies, sensitivity=level, clearance=4, emergency=True, **far, **dict.fromkeys(HOUSE, 5)
        )


def test_a_suspended_person_may_nothing(policies):
    for act in Act:
        assert refused(policies, act, sensitivity=0, suspended=True) == {"suspended"}


def test_clearance_reaches_up_to_its_level(policies):
    for level in range(4):
        assert refused(policies, sensitivity=level, clearance=level) == set()
        if level:
            assert refused(policies, sensitivity=level, clearance=level - 1) == {"clearance"}


def test_nobody_decides_on_their_own_work_but_may_look_at_it(policies):
    assert refused(policies, Act.JUDGE, own_work=True) == {"own-work"}
    assert refused(policies, Act.JUDGE, own_work=False) == set()
    assert refused(policies, Act.LOOK, own_work=True) == set()


def test_who_looks_through_other_eyes_changes_nothing(policies):
    for act in set(Act) - {Act.LOOK}:
        assert refused(policies, act, sensitivity=0, impersonated=True) == {"impersonator-writes"}
    assert refused(policies, Act.LOOK, sensitivity=1, impersonated=True) == set()


def test_who_looks_through_other_eyes_sees_nothing_confidential(policies):
    assert refused(policies, Act.LOOK, sensitivity=2, impersonated=True) == {"impersonator-confidential"}
    assert refused(policies, Act.LOOK, sensitivity=3, impersonated=True) == {"impersonator-confidential"}


def test_what_decides_over_the_rights_of_others_asks_for_a_second_factor(policies):
    for level in (0, 1):
        assert refused(policies, Act.GUARD, sensitivity=level, assurance=1) == {"second-factor"}
        assert refused(policies, Act.GUARD, sensitivity=level, assurance=2) == set()
        assert refused(policies, Act.MANAGE, sensitivity=level, assurance=1) == set()


def test_a_guest_looks_at_one_open_thing_and_answers_it(policies):
    for act in Act:
        allowed = act in {Act.LOOK, Act.WORK}
        assert refused(policies, act, sensitivity=0, guest=True) == (set() if allowed else {"guest-beyond-answering"})
        assert refused(policies, act, sensitivity=0, guest=False, host=False) == set()


def test_a_guest_sees_nothing_else(policies):
    for act in (Act.LOOK, Act.WORK):
        assert refused(policies, act, sensitivity=0, guest=True, host=False) == {"guest-elsewhere"}


def test_a_guest_sees_nothing_that_is_not_open(policies):
    for level in (1, 2, 3):
        assert refused(policies, sensitivity=level, guest=True) == {"guest-internal"}


def test_programs_work_with_open_and_internal_things(policies):
    assert refused(policies, sensitivity=1, program=True) == set()
    for level in (2, 3):
        assert refused(policies, sensitivity=level, program=True) == {"program-confidential"}


def test_internal_work_on_a_public_network_asks_for_a_second_factor(policies):
    for level in (1, 2, 3):
        assert "second-factor" in refused(policies, sensitivity=level, zone="public", assurance=1)
    assert refused(policies, sensitivity=1, zone="public", assurance=2) == set()
    assert refused(policies, sensitivity=0, zone="public", assurance=1) == set()
    for zone in ("office", "vpn", "home", "unknown"):
        assert refused(policies, sensitivity=1, zone=zone, assurance=1) == set()


def test_confidential_work_asks_for_a_second_factor(policies):
    for level in (2, 3):
        assert refused(policies, sensitivity=level, assurance=1) == {"second-factor"}
        assert refused(policies, sensitivity=level, assurance=2) == set()
    assert refused(policies, sensitivity=1, assurance=1) == set()


def test_confidential_work_asks_for_a_sign_in_of_the_last_twelve_hours(policies):
    assert refused(policies, sensitivity=2, minutes=720) == set()
    for unproved in (721, None, -1):
        assert refused(policies, sensitivity=2, minutes=unproved) == {"sign-in-again"}
        assert refused(policies, sensitivity=1, minutes=unproved) == set()


def test_confidential_work_on_an_open_network_asks_for_a_key(policies):
    for zone in ("public", "unknown"):
        assert refused(policies, sensitivity=2, zone=zone, key_minutes=720) == set()
        for unused in (None, -1, 721):
            assert refused(policies, sensitivity=2, zone=zone, key_minutes=unused) == {"security-key"}
        assert refused(policies, sensitivity=1, zone=zone, key_minutes=None) == set()
    for zone in ("office", "vpn", "home"):
        assert refused(policies, sensitivity=2, zone=zone, key_minutes=None) == set()


def test_confidential_work_on_an_open_network_asks_for_a_managed_device(policies):
    for zone in ("public", "unknown"):
        for device in (0, 1):
            assert refused(policies, sensitivity=2, zone=zone, device=device) == {"device"}
            assert refused(policies, sensitivity=1, zone=zone, device=device) == set()
    for zone in ("office", "vpn", "home"):
        assert refused(policies, sensitivity=2, zone=zone, device=0) == set()


def test_confidential_work_at_home_asks_for_an_arrangement(policies):
    assert refused(policies, sensitivity=2, zone="home", home_level=1) == {"arrangement"}
    assert refused(policies, sensitivity=2, zone="home", home_level=2) == set()
    assert refused(policies, sensitivity=1, zone="home", home_level=0) == set()
    assert refused(policies, sensitivity=2, zone="office", home_level=0) == set()
    assert "arrangement" in refused(policies, sensitivity=3, zone="home", home_level=2)


def test_restricted_work_asks_for_a_key_of_the_last_hour_whatever_else_was_given_since(policies):
    assert refused(policies, key_minutes=60) == set()
    for unused in (61, None, -1):
        assert refused(policies, key_minutes=unused, minutes=0) == {"security-key"}
    assert refused(policies, sensitivity=2, key_minutes=None) == set()


def test_restricted_work_is_done_in_the_office_or_over_the_vpn(policies):
    assert refused(policies, zone="vpn") == set()
    for zone in ("home", "public", "unknown", ""):
        assert refused(policies, zone=zone) == {"place"}


def test_restricted_work_asks_for_a_managed_device(policies):
    for device in (0, 1):
        assert refused(policies, device=device) == {"device"}
    assert refused(policies, sensitivity=2, device=0) == set()


FORBIDS = (  # the rule, what it leaves alone, what breaks it, and what would satisfy it
    ("second_factor", {"assurance": 2}, {"assurance": 1}, "second-factor"),
    ("key", {"assurance": 1}, {"key_minutes": None}, "security-key"),
    ("managed", {"assurance": 1}, {"device": 1}, "device"),
    ("office", {"zone": "vpn"}, {"zone": "home"}, "place"),
    ("office", {"zone": "office"}, {"zone": "unknown"}, "place"),
    ("home", {"zone": "unknown"}, {"zone": "home"}, "place"),
    ("programs", {"impersonated": False}, {"program": True}, "house-programs"),
    ("others", {"ours": False}, {"ours": False, "care": False}, "house-others"),
    ("others", {"care": False}, {"ours": False, "care": False}, "house-others"),
)


def test_what_an_organisation_forbids_holds_from_its_level_on(policies):
    for rule, kept, broken, why in FORBIDS:
        assert refused(policies, sensitivity=1, **{rule: 1}, **kept) == set(), rule
        assert refused(policies, sensitivity=1, **{rule: 1}, **broken) == {why}, rule
        assert refused(policies, sensitivity=1, **{rule: 0}, **broken) == {why}, rule
        assert refused(policies, sensitivity=1, **{rule: 2}, **broken) == set(), rule


def test_an_organisation_may_let_nothing_leave_as_a_file(policies):
    assert refused(policies, Act.TAKE_OUT, sensitivity=1, export=1) == {"house-export"}
    assert refused(policies, Act.TAKE_OUT, sensitivity=1, export=2) == set()
    assert refused(policies, Act.LOOK, sensitivity=1, export=1) == set()


def test_an_organisation_may_let_no_guests_in(policies):
    assert refused(policies, sensitivity=0, guest=True, guests=0) == {"house-guests"}
    assert refused(policies, sensitivity=0, guest=True, guests=1) == set()
    assert refused(policies, sensitivity=0, guest=False, guests=0) == set()


def test_the_rules_say_what_the_oracle_says(policies):
    """Every act, every fact moved from its strongest alone and in twos."""
    asked = asking.table()
    found = policies.decide_many([asking.request(act, facts) for act, facts in asked])
    differ = [_case(act, facts, decision.allowed) for (act, facts), decision in zip(asked, found, strict=True)
              if decision.fault or decision.allowed != oracle.may(act, {**asking.STRONGEST, **facts})]  # fmt: skip
    assert not differ, f"{len(differ)} of {len(asked)} differ, such as {differ[:3]}"
    assert len(asked) >= 2_000


def _case(act: Act, facts: Mapping[str, Any], allowed: bool) -> str:
    return f"{act} with {dict(facts)} is {'allowed' if allowed else 'refused'}"
