"""Sessions: how surely they began, how long they last, where they are, and how they end."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.actions.tokens import make_personal_token
from talkoo.access.agents import agent_of
from talkoo.access.context import WEAKEST, Assurance, Zone
from talkoo.access.models import Session
from talkoo.access.proofs import KEY, PASSKEY, Proof, lasting, proof_of
from talkoo.access.queries.sessions import my_sessions
from talkoo.access.scopes import Scope
from talkoo.access.sessions import hashed
from talkoo.access.sign_ins import SignIn
from talkoo.access.signing import lapsed, note_proof
from talkoo.audit.models import Event
from talkoo.people.actions.persons import deactivate_person
from talkoo.people.models import Person
from talkoo.people.queries import subject_of
from tests.people import Role, organisation, person, subject

pytestmark = pytest.mark.django_db
PASSWORD = "many boats in the harbour"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36"
NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ONE, TWO, THREE = Assurance


@pytest.fixture
def town():
    return organisation("Town")


@pytest.fixture
def eva(town):
    made = person("Eva", town)
    made.set_password(PASSWORD)
    made.save()
    return made


def signed_in(made, agent=FIREFOX):
    client = Client(headers={"user-agent": agent})
    client.post("/accounts/login/", {"login": made.email, "password": PASSWORD})
    return client


def inside(client):
    return client.get(reverse("record")).status_code == 200


def row_of(client):
    return Session.objects.get(session_key=hashed(client.cookies[settings.SESSION_COOKIE_NAME].value))


# What was proved


def record(method, at, **more):
    return {"method": method, "at": (NOW + timedelta(minutes=at)).timestamp(), **more}


@pytest.mark.parametrize(
    ("records", "level", "key", "minutes"),
    [
        ([record("password", 0)], ONE, None, 0),
        ([record("persona", 0)], ONE, None, 0),
        ([record("password", 0), record("mfa", 1, type="totp")], TWO, None, 1),
        ([record("password", 0), record("mfa", 1, type="recovery_codes")], TWO, None, 1),
        ([record("mfa", 0, type="webauthn", kind=PASSKEY)], TWO, 0, 0),
        ([record("mfa", 0, type="webauthn", kind=KEY)], THREE, 0, 0),
        ([record("password", 0), record("mfa", 1, type="webauthn", kind=KEY), record("password", 9)], THREE, 1, 1),
        ([record("mfa", 0, type="webauthn", kind=PASSKEY), record("mfa", 700, type="totp")], TWO, 0, 700),
        ([record("oidc", 0, assurance=2)], TWO, None, 0),
        ([record("oidc", 0, assurance=3, resistant=True)], THREE, 0, 0),
    ],
)  # fmt: skip
def test_what_was_given_makes_the_level(records, level, key, minutes):
    proof = proof_of(records, now=NOW + timedelta(minutes=702))
    assert proof.assurance == level
    assert proof.at == NOW + timedelta(minutes=minutes)
    assert proof.key_at == (None if key is None else NOW + timedelta(minutes=key))


def test_nothing_given_proves_nothing():
    assert proof_of([], now=NOW) is None


def test_what_a_security_key_proved_is_level_two_after_twelve_hours_and_a_code_renews_that():
    given = [record("mfa", 0, type="webauthn", kind=KEY), record("mfa", 730, type="totp")]
    proof = proof_of(given, now=NOW + timedelta(hours=13))
    assert (proof.assurance, proof.at) == (TWO, NOW + timedelta(minutes=730))
    assert proof.key_at == NOW


# How long it lasts


@pytest.mark.parametrize(
    ("level", "hours", "idle", "left"),
    [
        (ONE, 23, 239, ONE),
        (ONE, 24, 0, None),
        (ONE, 5, 241, None),
        (TWO, 23, 59, TWO),
        (TWO, 24, 0, None),
        (TWO, 2, 61, None),
        (THREE, 11, 14, THREE),
        (THREE, 11, 16, TWO),
        (THREE, 12, 0, TWO),
        (THREE, 13, 61, None),
        (THREE, 24, 0, None),
    ],
)
def test_each_level_lasts_as_long_as_it_may(level, hours, idle, left):
    proved, seen = NOW - timedelta(hours=hours), NOW - timedelta(minutes=idle)
    assert lasting(level, proved=proved, seen=seen, now=NOW) is left


def test_a_session_left_alone_ends_and_the_sign_in_page_leads_back(eva):
    client = signed_in(eva)
    assert inside(client)
    Session.objects.update(seen=row_of(client).seen - timedelta(hours=5))
    answer = client.get("/me/language/")
    assert answer.url == f"{reverse('account_login')}?next=/me/language/"
    page = client.get(answer.url)
    assert "open for long" in page.content.decode()
    form = {"login": eva.email, "password": PASSWORD, "next": "/me/language/"}
    assert client.post(reverse("account_login"), form).url == "/me/language/"
    assert inside(client)


def test_use_is_noted_to_the_minute_and_not_by_what_pages_ask_by_themselves(eva):
    client = signed_in(eva)
    assert row_of(client).seen.second == 0
    before = row_of(client).seen - timedelta(minutes=10)
    Session.objects.update(seen=before)
    client.post("/assignments/6f1b0d0e-8f1c-4c38-9d5e-2f0f6f6b7a11/renew/")
    assert row_of(client).seen == before
    inside(client)
    assert row_of(client).seen > before


# On what


def test_a_browser_is_known_by_two_words():
    assert agent_of(FIREFOX) == "Firefox, Windows"
    assert agent_of(CHROME) == "Chrome, Android"
    assert agent_of(FIREFOX.replace("140", "141")) == agent_of(FIREFOX)
    assert agent_of("curl/8") == agent_of("") == ""


@pytest.mark.parametrize(("agent", "zone"), [("Chrome, Android", Zone.OFFICE), ("Firefox, Windows", Zone.PUBLIC)])
def test_another_kind_of_browser_or_network_leaves_little_of_what_was_proved(agent, zone):
    proof = Proof(THREE, NOW, NOW, (KEY,))
    held = SignIn.of(proof, before=None, now=NOW, agent="Firefox, Windows", zone=Zone.OFFICE)
    same = held.context(type(WEAKEST)(zone=Zone.OFFICE), level=THREE, agent="Firefox, Windows")
    assert (same.assurance, same.key_used, same.signed_in) == (THREE, NOW, NOW)
    moved = held.context(type(WEAKEST)(zone=zone), level=THREE, agent=agent)
    assert (moved.assurance, moved.key_used, moved.zone) == (ONE, None, zone)


def test_what_was_proved_elsewhere_does_not_come_back_with_something_weaker(eva, rf):
    def proves(agent, **record):
        given.append({"method": "mfa", "at": NOW.timestamp() + len(given), **record})
        request = rf.get("/", headers={"User-Agent": agent})
        request.session = session
        session["account_authentication_methods"], session["account_authentication_methods_user"] = given, str(eva.pk)
        note_proof(request, eva)
        given[:] = session["account_authentication_methods"]
        return SignIn.read(session)

    session, given = {}, []
    windows, android = "Mozilla/5.0 (Windows NT 10.0; rv:1) Firefox/1", "Mozilla/5.0 (Android 1; rv:1) Firefox/1"
    assert proves(windows, type="webauthn", kind=KEY).key_at
    for _again in range(2):
        moved = proves(android, type="totp")
        assert (moved.assurance, moved.key_at) == (TWO, None)
    assert proves(android, type="webauthn", kind=KEY).assurance == THREE


@pytest.mark.parametrize(
    "record",
    [{"method": "mfa", "type": "webauthn", "kind": KEY}, {"method": "oidc", "assurance": 3, "resistant": True}],
)
def test_level_three_that_lapsed_does_not_come_back_with_a_code(eva, rf, record):
    """Neither that of a key nor that of the provider."""
    now = timezone.now()
    given = [{**record, "at": now.timestamp()}]
    request = rf.get("/")
    request.session = {"account_authentication_methods": given, "account_authentication_methods_user": str(eva.pk)}
    note_proof(request, eva)
    assert SignIn.read(request.session).assurance == THREE
    assert lapsed(request, SignIn.read(request.session), TWO).assurance == TWO
    given.append({"method": "mfa", "type": "totp", "at": now.timestamp() + 1})
    note_proof(request, eva)
    assert SignIn.read(request.session).assurance == TWO


def test_what_a_session_keeps_comes_back_as_it_was():
    for key_at in (NOW, None):
        proof = Proof(TWO, NOW, key_at, (PASSKEY,))
        held = SignIn.of(proof, before=None, now=NOW, agent="Firefox, Windows", zone=Zone.VPN)
        assert SignIn.read({"sign_in": held.kept()}) == held


# Where


def test_the_table_holds_no_key_that_opens_a_session(eva):
    client = signed_in(eva)
    key = client.cookies[settings.SESSION_COOKIE_NAME].value
    row = row_of(client)
    assert key not in str(vars(row))
    assert (row.person_id, row.assurance, row.methods, row.agent) == (eva.pk, 1, ["password"], "Firefox, Windows")
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = row.session_key
    assert not inside(thief)


def test_one_place_is_ended_and_the_others_go_on(eva):
    here, there, third = signed_in(eva), signed_in(eva, CHROME), signed_in(eva)
    page = here.get(reverse("places")).content.decode()
    assert "Chrome, Android" in page
    here.post(reverse("place_end", args=[row_of(there).code]))
    assert not inside(there)
    assert inside(here)
    assert inside(third)
    assert Event.objects.filter(action="access.session.ended").count() == 1


def test_the_place_that_asks_is_left_as_by_signing_out(eva):
    here = signed_in(eva)
    code = row_of(here).code
    assert here.post(reverse("place_end", args=[code])).url == "/"
    assert not inside(here)
    assert Event.objects.filter(action="access.session.left", code=code).count() == 1


def test_all_other_places_are_ended_at_once(eva):
    here, there, third = signed_in(eva), signed_in(eva), signed_in(eva)
    here.post(reverse("places_end_others"))
    assert [inside(client) for client in (here, there, third)] == [True, False, False]


def test_nobody_ends_or_sees_the_session_of_somebody_else(eva, town):
    mine, foreign = signed_in(eva), person("Otto", town)
    foreign.set_password(PASSWORD)
    foreign.save()
    theirs = signed_in(foreign, CHROME)
    assert mine.post(reverse("place_end", args=[row_of(theirs).code])).status_code == 404
    assert inside(theirs)
    assert "Chrome" not in mine.get(reverse("places")).content.decode()


def test_sessions_that_a_new_password_ended_are_not_listed(eva):
    signed_in(eva)
    assert len(my_sessions(subject_of(eva))) == 1
    eva.set_password("a quiet evening by the lake")
    eva.save()
    assert my_sessions(subject_of(eva)) == []


# Leaving


def test_closing_an_account_ends_every_session_and_token_at_the_next_request(eva, town):
    clients = [signed_in(eva), signed_in(eva, CHROME)]
    _token, secret = make_personal_token(by=subject_of(eva), name="Nightly", scopes=[Scope.BATCHES_READ])
    call = {"headers": {"authorization": f"Bearer {secret}"}}
    assert Client().get("/api/v1/tokens", **call).status_code == 200
    deactivate_person(by=subject("Kaisa", town, Role.COORDINATOR), person=eva)
    assert not any(inside(client) for client in clients)
    assert Client().get("/api/v1/tokens", **call).status_code == 401
    assert not Session.objects.filter(person=eva).exists()
    Person.objects.update(is_active=True)
    assert not any(inside(client) for client in clients)
    assert Client().get("/api/v1/tokens", **call).status_code == 401


def test_signing_in_gives_the_session_a_new_key(eva):
    client = Client()
    client.get("/accounts/login/")
    client.cookies[settings.SESSION_COOKIE_NAME] = planted = "a" * 32
    client.post("/accounts/login/", {"login": eva.email, "password": PASSWORD})
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert not inside(thief)
