"""What was decided is counted as facts without persons, and decided again under other rules."""

import json
from argparse import Namespace
from dataclasses import replace
from datetime import date, timedelta
from threading import Event as Flag

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access import cli, counting
from talkoo.access.actions import authorise
from talkoo.access.actions.counting import forget_counts, keep_counts
from talkoo.access.counting import facts_of, request_from
from talkoo.access.deciding import MINUTES, odd_minutes, rounded, shipped
from talkoo.access.models import DecisionCount
from talkoo.access.permissions import Permission, Relation, Role
from talkoo.access.queries import Resource, allows
from talkoo.access.queries.replay import counted_on
from talkoo.audit.models import Event
from talkoo.engines.policy import Act, Circumstances, Person, Request, Rules, Thing
from talkoo.lib.errors import Invalid, StepUp
from talkoo.people.actions.rules import decide_rules, propose_rules
from talkoo.people.models import Organisation, Placement, RuleChange
from talkoo.people.models import Person as Somebody
from talkoo.people.queries import subject_of
from talkoo.people.queries.replay import ACTS, rules_with, tried
from tests.engines.policy import asking
from tests.people import enters, organisation, person, subject

pytestmark = pytest.mark.django_db
YESTERDAY = timezone.localdate() - timedelta(days=1)
OFFICE = Circumstances(2, 60, None, "office", 1)
HOME = replace(OFFICE, zone="home")


@pytest.fixture
def north():
    return organisation("Northtown", organisation("Region"))


@pytest.fixture
def counts(monkeypatch):
    monkeypatch.setattr(counting.Tally, "counts", {})
    return counting.taken


def kept(place, number, circumstances=OFFICE, *, level=1, act=Act.LOOK, day=YESTERDAY, **thing):
    request = Request(act, Person(), Thing(level, ours=True, **thing), circumstances)
    DecisionCount.objects.create(day=day, organisation=place, facts=facts_of(request), number=number)


def test_a_decision_is_counted_without_whoever_asked(north, counts):
    one, other = (subject_of(person(name, north)) for name in ("Amina", "Otto"))
    work = Resource("batch", "b", north.pk, frozenset({Relation.PARTICIPANT}), sensitivity=1)
    for by in (one, other, one):
        assert allows(by, Permission.TASK_ANSWER, work)
    for _ in range(2):
        with pytest.raises(StepUp):
            authorise(one, Permission.TASK_ANSWER, on=replace(work, sensitivity=2))
    allows(one, Permission.TASK_ANSWER, work, counted=False)
    keep_counts(counts=counts())
    assert counts() == {}
    allows(other, Permission.TASK_ANSWER, work)
    keep_counts(counts=counts())
    rows = DecisionCount.objects.order_by("number").values_list("organisation", "day", "number", "facts")
    assert [row[:3] for row in rows] == [(north.pk, timezone.localdate(), 2), (north.pk, timezone.localdate(), 4)]
    assert rows[0][3] == {"act": "work", "thing": {"sensitivity": 2, "ours": True}}
    assert not Event.objects.filter(action__startswith="access.decision").exists()


def test_what_belongs_to_no_organisation_is_one_row_too(counts):
    for _ in range(2):
        counting.count(None, Request(Act.LOOK, Person(), Thing(0), OFFICE))
        keep_counts(counts=counts())
    assert DecisionCount.objects.get().number == 2


def test_a_process_that_does_not_serve_people_counts_nothing(north):
    allows(subject("Amina", north), Permission.BATCH_SEE, Resource("batch", "b", north.pk, sensitivity=0))
    assert counting.Tally.counts is None
    assert counting.taken() == {}


def test_kinds_of_decisions_are_bounded(counts, monkeypatch):
    monkeypatch.setattr(counting, "MOST", 2)
    for level in (0, 1, 2, 0, 3):
        counting.count(None, Request(Act.LOOK, Person(), Thing(level), OFFICE))
    assert sorted(counts().values()) == [1, 2]


def test_every_act_has_its_words():
    assert set(ACTS) == set(Act)


def test_each_minute_what_was_counted_is_handed_in_and_a_failure_is_not_the_end(monkeypatch):
    handed, done, said = [], Flag(), []
    monkeypatch.setattr(counting.log, "exception", said.append)

    def keep(counts):
        handed.append(counts)
        if len(handed) == 1:
            raise RuntimeError("the database is away")
        done.set()

    monkeypatch.setattr(counting, "SECONDS", 0.01)
    monkeypatch.setattr(counting.Tally, "counts", None)
    stop = counting.begin(keep)
    assert done.wait(20)
    stop.set()
    assert said == ["Decisions of the last minute could not be counted."]


def test_kept_facts_are_the_request_again():
    asked = [asking.request(act, {**asking.STRONGEST, **facts}) for act, facts in asking.table()[::7]]
    assert [request_from(json.loads(json.dumps(facts_of(each)))) for each in asked] == asked


def test_facts_that_a_later_version_does_not_know_are_passed_over():
    facts = {"act": "look", "person": {"gone": 1}, "thing": {"sensitivity": 2, "rules": {"key": 2, "gone": 3}}}
    assert request_from(facts) == Request(Act.LOOK, Person(), Thing(2, rules=Rules(key=2)), Circumstances())


def test_rounding_minutes_changes_no_decision():
    """Every rule compares with a number of minutes that is kept apart; and the rules themselves agree."""
    assert odd_minutes([asking.text(".cedar")]) == []
    assert odd_minutes(["context.minutes <= 45", "context.minutes < 61", "context.minutes >= 721"]) == [45]
    sure = Circumstances(3, 0, 0, "office", 2)
    minutes = [-5, *range(800), 1440, 1441, 9000]
    asked = [
        Request(Act.LOOK, Person(clearance=3), Thing(level, tied=True), replace(sure, minutes=each))
        for level in (2, 3)
        for form in (minutes, [rounded(each) for each in minutes])
        for each in form
    ]
    allowed = [found.allowed for found in shipped().decide_many(asked)]
    size = len(minutes)
    assert allowed[:size] == allowed[size : 2 * size]
    assert allowed[2 * size : 3 * size] == allowed[3 * size :]
    assert len({rounded(each) for each in minutes}) == len(MINUTES) + 2


def test_what_would_turn_round_is_added_up_by_rule_act_sensitivity_and_zone(north):
    kept(north, 7, HOME)
    kept(north, 5, replace(HOME, minutes=15))
    kept(north, 40, OFFICE)
    kept(north, 9, HOME, act=Act.WORK)
    kept(north, 4, HOME, act=Act.TAKE_OUT)
    kept(north, 6, HOME, level=0)
    kept(north, 100, HOME, day=YESTERDAY - timedelta(days=1))
    kept(organisation("Elsewhere"), 50, HOME)
    found = tried(north, {"home": 1})
    assert (found.replay.total, found.replay.refused, found.replay.allowed) == (67, 21, 0)
    assert [(turn.act, turn.level, turn.place, turn.number) for turn in found.closed] == [
        ("Looking at it", 1, "a home network", 12),
        ("Answering it", 1, "a home network", 9),
    ]
    assert {turn.rules for turn in found.closed} == {"This organisation does not allow this at home."}


def test_a_change_that_opens_shows_what_was_refused(north):
    kept(north, 8, HOME, rules=Rules(home=1, key=1))
    found = tried(north, {})
    assert (found.replay.refused, found.replay.allowed) == (0, 8)
    assert "at home" in found.opened[0].rules
    assert "passkey" in found.opened[0].rules


def test_what_an_organisation_forbids_is_tried_on_all_below_it_and_on_nobody_else():
    region = organisation("Region")
    north, south = organisation("Northtown", region), organisation("Southtown", region)
    office = organisation("Office", north)
    for place in (region, south, office):
        kept(place, 10, HOME)
    assert tried(north, {"home": 1}).replay.total == 10
    assert tried(region, {"home": 1}).replay.refused == 30


def test_the_rules_tried_are_those_that_would_hold():
    """Held against what people are told once the change is in force."""
    region = organisation("Region")
    north = organisation("Northtown", region)
    office, closed = organisation("Office", north), organisation("Closed")
    Organisation.objects.filter(pk=closed.pk).update(ends=timezone.localdate(), successor=office)
    Placement.objects.filter(organisation=closed).update(ends=timezone.localdate())
    first, second = (subject(name, region, Role.SECURITY_OFFICER) for name in ("Ingrid", "Petra"))
    for place, rules in ((region, {"key": 3, "home": 2}), (office, {"home": 1, "office": 3}), (north, {"key": 2})):
        waits = propose_rules(by=first, organisation=place, rules=rules, because="Try")
        then = rules_with(place, rules)
        decide_rules(by=second, organisation=place, number=waits.pk, approve=True)
        held = subject_of(Somebody.objects.get(pk=first.person_id)).house_rules
        assert then == {each: held[each] for each in then}
    assert set(then) == {north.pk, office.pk, closed.pk}


def test_counts_go_after_30_days_and_rare_ones_when_their_day_is_over(north):
    today = date(2026, 11, 28)
    for days, number in ((31, 90), (30, 5), (30, 4), (1, 5), (1, 4), (0, 1)):
        kept(north, number, day=today - timedelta(days=days), tied=number == 4)
    assert forget_counts(today=today) == 3
    left = DecisionCount.objects.order_by("day").values_list("day", "number")
    assert [((today - day).days, number) for day, number in left] == [(30, 5), (1, 5), (0, 1)]
    assert Event.objects.get(action="access.decisions.forgotten").facts == {"rows": 3}
    assert forget_counts(today=today) == 0


@pytest.fixture
def officer(north):
    client = Client()
    return enters(client, person("Ingrid", north, Role.SECURITY_OFFICER))


def test_a_change_that_waits_shows_what_it_would_have_turned_round(officer, north):
    kept(north, 12, HOME)
    propose_rules(
        by=subject("Petra", north, Role.SECURITY_OFFICER), organisation=north, rules={"home": 1}, because="Why not"
    )
    page = officer.get(reverse("rules", args=[north.code])).text
    assert "12 that were allowed would have been refused" in page
    assert "This organisation does not allow this at home." in page


def test_a_change_is_tried_before_it_is_proposed_and_nothing_happens(officer, north):
    where = reverse("rules", args=[north.code])
    assert "there is nothing to try it on" in officer.post(where, {"do": "try", "home": "1"}).text
    kept(north, 12, HOME)
    tried_out = officer.post(where, {"do": "try", "home": "1"})
    assert tried_out.status_code == 200
    assert "12 that were allowed would have been refused" in tried_out.text
    assert "would have turned none of them round" in officer.post(where, {"do": "try", "home": "3"}).text
    assert officer.post(where, {"do": "try", "home": "9"}).status_code == 422
    assert not RuleChange.objects.exists()


def replay(*files, day=None):
    return cli.run(Namespace(what="replay", files=list(files), day=day))


def test_operators_try_changed_files_on_yesterday(north, tmp_path, capsys):
    kept(north, 9, HOME)
    kept(north, 7, OFFICE)
    mine = tmp_path / "70-mine.cedar"
    mine.write_text(
        '@id("mine") @reason("Not at home.") forbid (principal, action, resource)'
        ' when { context.zone == "home" && context has minutes && context.minutes <= 90 };'
    )
    assert replay(mine) == 1
    said = capsys.readouterr().out
    assert f"16 decisions of {YESTERDAY} are counted; 9 that were allowed would be refused, 0 that" in said
    assert "9 would be refused: look, sensitivity 1, zone home: Not at home." in said
    assert "Note: 90 minutes" in said
    assert replay(mine, day=YESTERDAY - timedelta(days=1)) == 0
    mine.write_text("permit (principal")
    with pytest.raises(Invalid, match="cannot be used"):
        replay(mine)
    with pytest.raises(Invalid, match="cannot be used"):
        replay(tmp_path / "none.cedar")
    assert len(counted_on(YESTERDAY)) == 2
    assert connection.needs_rollback is False
