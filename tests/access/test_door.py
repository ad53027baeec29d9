"""The one door: what lists show, it lets pass; what it refuses for now, it says how to open."""

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from talkoo.access import deciding
from talkoo.access.actions import authorise
from talkoo.access.actions.tokens import make_personal_token
from talkoo.access.context import WEAKEST, Assurance, Context, Device, Zone
from talkoo.access.permissions import Permission, Relation, Role
from talkoo.access.queries import Resource, allows
from talkoo.access.refusing import REASONS, WAYS
from talkoo.access.subject import Credential
from talkoo.engines.policy import Act, Decision, Rules
from talkoo.lib.errors import Denied, DomainError, StepUp
from talkoo.microtasks.models import BatchPerson, BatchState
from talkoo.microtasks.queries import batches
from talkoo.microtasks.queries.work import typed
from talkoo.people.actions.networks import declare_network
from talkoo.people.models import Person
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, take
from tests.people import organisation, person, subject, surely

SEE = Permission.BATCH_SEE


def client_of(by) -> Client:
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def context(minutes: int | None = 1, **facts) -> Context:
    since = None if minutes is None else timezone.now() - timedelta(minutes=minutes)
    return Context(**{"assurance": Assurance.TWO, "zone": Zone.OFFICE, "signed_in": since, **facts})


CONTEXTS = (
    lambda: WEAKEST,
    context,
    lambda: context(assurance=Assurance.ONE, zone=Zone.PUBLIC),
    lambda: context(zone=Zone.HOME),
    lambda: context(impersonated=True),
    lambda: context(assurance=Assurance.THREE, key_used=timezone.now(), device=Device.MANAGED),
)


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    """Work of every level of one town, offered to everybody, its own and another town; and people near and far."""
    from django.db import transaction

    with django_db_blocker.unblock(), transaction.atomic():
        region = organisation("Harbour Region")
        north, south = organisation("Northtown", region), organisation("Southtown", region)
        people = {
            "owner": subject("Olga", north, Role.TASK_OWNER),
            "reviewer": subject("Rita", south),
            "contributor": subject("Carl", north),
            "coordinator": subject("Kaisa", region, Role.COORDINATOR),
            "outsider": subject("Otto", south),
            "nobody": replace(subject("Nora", north), roles={}, within=frozenset()),
        }
        for level, audience, state in product(range(4), ((), (north,), (south,)), (BatchState.OPEN, BatchState.DRAFT)):
            if state == BatchState.OPEN or not audience:
                batch = open_batch(people["owner"], north, sensitivity=level, state=state, tasks=1)
                batch.audience.set(audience)
                BatchPerson.objects.create(
                    batch=batch, person_id=people["reviewer"].person_id, relation=Relation.REVIEWER
                )
        yield north, people
        transaction.set_rollback(True)


NONE, STRICT = Rules(), Rules(others=1, device=2)
WHO = ("owner", "reviewer", "contributor", "coordinator", "outsider", "nobody")


@pytest.mark.parametrize(
    ("who", "rules", "clearance"),
    [
        *((who, NONE, 2) for who in WHO),
        *((who, STRICT, 2) for who in ("owner", "coordinator", "outsider")),
        *((who, NONE, 3) for who in ("owner", "contributor", "coordinator")),
        ("owner", NONE, 1),
    ],
)
def test_every_list_shows_what_the_door_lets_pass_and_nothing_else(world, django_db_blocker, who, rules, clearance):
    north, people = world
    with django_db_blocker.unblock():
        told = replace(people[who], house_rules={north.pk: rules}, clearance=clearance)
        known = {batch.pk: batches.resource(told, batch) for batch in batches.seen_batches(surely(told))}
        for made in CONTEXTS:
            by = replace(told, context=made())
            door = {pk for pk, resource in known.items() if allows(by, SEE, resource)}
            assert set(batches.seen_batches(by).values_list("pk", flat=True)) == door, by.context
            for shown in (batches.offered_batches(by), batches.my_batches(by), batches.tied_batches(by)):
                assert set(shown.values_list("pk", flat=True)) <= door, by.context


def test_the_generated_world_has_something_to_hide_and_something_to_show(world, django_db_blocker):
    _north, people = world
    with django_db_blocker.unblock():
        counts = [batches.seen_batches(replace(people["owner"], context=made())).count() for made in CONTEXTS]
    assert 0 < min(counts) < max(counts) == 16 - 4  # restricted work asks for a clearance, which nobody has


@pytest.mark.django_db
def test_what_may_be_seen_from_elsewhere_says_what_is_missing_and_what_may_not_is_missing():
    town = organisation("Norrby")
    batch = open_batch(subject("Olga", town, Role.TASK_OWNER), town, sensitivity=2)
    carl = subject("Carl", town)
    with pytest.raises(StepUp) as refused:
        batches.access_batch(carl, batch.code, SEE)
    assert [need.obligation for need in refused.value.needs] == ["security-key", "device"]
    assert all(need.what and need.how for need in refused.value.needs)
    assert batches.access_batch(surely(carl), batch.code, SEE) == batch
    outsider = surely(subject("Otto", organisation("Elsewhere")))
    with pytest.raises(DomainError) as missing:
        batches.access_batch(outsider, batch.code, SEE)
    assert missing.value.status == 404


@pytest.mark.django_db
def test_a_person_whose_account_was_closed_may_nothing_whatever_they_hold():
    town = organisation("Norrby")
    open_to_all = Resource("batch", "x", town.pk, frozenset({Relation.OWNER}), sensitivity=0)
    by = subject("Olga", town)
    assert allows(by, SEE, open_to_all)
    assert not allows(replace(by, suspended=True), SEE, open_to_all)


def test_work_that_states_no_sensitivity_is_taken_for_restricted():
    assert Resource("batch", "x").level == 3
    assert Resource("assignment", "x").level == 3
    assert Resource("organisation", "x").level == 0
    assert Resource("batch", "x", sensitivity=0).level == 0


@pytest.mark.django_db
def test_programs_are_refused_confidential_work_and_no_sign_in_helps():
    town = organisation("Norrby")
    by = replace(surely(subject("Olga", town)), through=Credential("t", frozenset({SEE})))
    work = Resource("batch", "x", town.pk, frozenset({Relation.OWNER}))
    authorise(by, SEE, on=replace(work, sensitivity=1))
    with pytest.raises(Denied, match="Programs read and write open and internal") as refused:
        authorise(by, SEE, on=replace(work, sensitivity=2))
    assert not isinstance(refused.value, StepUp)


@pytest.mark.django_db
def test_what_the_rules_cannot_decide_is_refused(monkeypatch):
    by = subject("Olga", organisation("Norrby"))
    monkeypatch.setattr("talkoo.access.queries.decided", lambda _request: Decision(allowed=False, fault="overflow"))
    said: list[object] = []
    monkeypatch.setattr("talkoo.access.actions.log.error", lambda *words: said.extend(words))
    with pytest.raises(Denied):
        authorise(by, SEE, on=Resource("batch", "x", None, frozenset({Relation.OWNER}), sensitivity=0))
    assert "overflow" in said


@pytest.mark.django_db
def test_a_sign_in_of_twelve_hours_ago_is_old_a_second_later():
    by = subject("Olga", organisation("Norrby"))
    work = Resource("batch", "x", None, frozenset({Relation.OWNER}), sensitivity=2)
    assert allows(replace(by, context=context(minutes=719)), SEE, work)
    assert not allows(replace(by, context=context(minutes=720)), SEE, work)


def test_every_permission_is_an_act_and_every_act_has_one():
    assert set(deciding.ACTS) == set(Permission)
    assert set(deciding.ACTS.values()) == set(Act)


def test_every_rule_that_refuses_has_words_to_translate_and_every_obligation_a_way():
    reasons = deciding.shipped().reasons.values()
    refusing = [reason for reason in reasons if not reason.id.startswith("permit-")]
    assert {reason.words for reason in refusing} == set(REASONS)
    assert {reason.obligation for reason in refusing} - {""} == set(WAYS)


@pytest.mark.django_db
def test_a_closed_account_is_a_suspended_person():
    made = person("Olga", organisation("Norrby"))
    assert not subject_of(made).suspended
    made.is_active = False
    assert subject_of(made).suspended


@pytest.mark.django_db
def test_the_page_says_what_is_missing_and_leads_to_signing_in_and_back(settings):
    settings.DEVICE_CERTIFICATES = "managed"
    town = organisation("Norrby")
    batch = open_batch(subject("Olga", town, Role.TASK_OWNER), town, sensitivity=2)
    carl = client_of(subject("Carl", town))
    shown = carl.get(f"/work/{batch.code}/")
    page = shown.content.decode()
    assert shown.status_code == 403
    assert "Something is missing to open this" in page
    assert "needs a passkey or a security key" in page
    assert "a computer that your organisation looks after" in page
    assert f"?need=security-key&amp;next=%2Fwork%2F{batch.code}%2F" in page
    assert batch.title not in page
    problem = carl.get(f"/work/{batch.code}/", headers={"Accept": "application/problem+json"}).json()
    assert (problem["obligation"], problem["obligations"]) == ("security-key", ["security-key", "device"])


@pytest.mark.django_db
def test_after_a_form_the_way_back_is_the_page_it_stood_on_and_never_another_house():
    town = organisation("Norrby")
    batch = open_batch(subject("Olga", town, Role.TASK_OWNER), town, sensitivity=2)
    carl = client_of(subject("Carl", town))
    for came, back in ((f"http://testserver/work/{batch.code}/", f"%2Fwork%2F{batch.code}%2F"), ("http://evil.example/x", "%2F")):  # fmt: skip
        page = carl.post(f"/work/{batch.code}/", headers={"Referer": came}).content.decode()
        assert f'&amp;next={back}"' in page


@pytest.mark.django_db
def test_an_answer_that_meets_a_step_up_is_kept_as_a_draft():
    town = organisation("Norrby")
    batch = open_batch(subject("Olga", town, Role.TASK_OWNER), town, sensitivity=1)
    by = subject("Carl", town)
    held = take(by, batch)
    batch.sensitivity = 2
    batch.save()
    sent = client_of(by).post(
        f"/assignments/{held.code}/", {"key": str(uuid4()), "choice": "1", "note": "half a thought"}
    )
    held.refresh_from_db()
    assert (sent.status_code, held.answer_id) == (403, None)
    assert "half a thought" in str(typed(held))


@pytest.mark.django_db
def test_a_program_on_a_public_network_is_told_in_the_words_of_rfc_9470():
    town = organisation("Norrby")
    owner = subject("Olga", town, Role.TASK_OWNER)
    batch = open_batch(owner, town, sensitivity=1)
    _token, secret = make_personal_token(by=owner, name="Script", scopes=["batches:read"], days=1)
    call = {"headers": {"Authorization": f"Bearer {secret}"}}
    assert Client().get(f"/api/v1/batches/{batch.code}", **call).status_code == 200
    aino = subject("Aino", town, Role.ADMINISTRATOR)
    declare_network(by=aino, organisation=town, network="203.0.113.0/24", zone="public")
    cafe = Client(REMOTE_ADDR="203.0.113.9")
    refused = cafe.get(f"/api/v1/batches/{batch.code}", **call)
    assert (refused.status_code, refused.json()["obligation"]) == (401, "second-factor")
    assert 'error="insufficient_user_authentication"' in refused["WWW-Authenticate"]
    assert not cafe.get("/api/v1/batches", **call).json()["items"]


@pytest.mark.django_db
def test_nobody_is_asked_for_what_would_not_help():
    coordinator = subject("Kaisa", organisation("Norrby"), Role.COORDINATOR)
    elsewhere = Resource("batch", "x", organisation("Elsewhere").pk, frozenset({Relation.PARTICIPANT}), sensitivity=2)
    with pytest.raises(Denied) as refused:
        authorise(coordinator, SEE, on=elsewhere)
    assert not isinstance(refused.value, StepUp)
