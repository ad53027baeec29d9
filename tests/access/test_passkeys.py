"""Passkeys and security keys: enrolled, named, removed, and told apart; a false page gets nothing from them."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator as Enrolled
from django.conf import settings
from django.test import Client
from django.urls import reverse

from talkoo.access.context import Assurance
from talkoo.access.models import Session
from talkoo.access.sessions import hashed
from talkoo.access.sign_ins import SignIn
from tests.access.authenticators import Authenticator
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
PASSWORD = "many boats in the harbour"
FETCHED = {"x-requested-with": "XMLHttpRequest"}


@pytest.fixture
def eva():
    made = person("Eva", organisation("Town"))
    made.set_password(PASSWORD)
    made.save()
    return made


@pytest.fixture
def client(eva):
    browser = Client(headers={"host": "localhost"})
    browser.post(reverse("account_login"), {"login": eva.email, "password": PASSWORD})
    browser.post(reverse("step_up"), {"way": "password", "password": PASSWORD})
    return browser


def enrol(client, key, name="Mine"):
    options = client.get(reverse("mfa_add_webauthn")).context["js_data"]["creation_options"]
    return client.post(reverse("mfa_add_webauthn"), {"name": name, "credential": key.create(options)})


def sign_in_with(key, client=None):
    client = client or Client(headers={"host": "localhost"})
    options = client.get(reverse("mfa_login_webauthn"), headers=FETCHED).json()["request_options"]
    client.post(reverse("mfa_login_webauthn"), {"credential": key.get(options)})
    return client


def inside(client):
    return client.get(reverse("record")).status_code == 200


@pytest.mark.parametrize(
    ("apart", "synced", "level", "words"),
    [
        (True, False, Assurance.THREE, "Security key"),
        (True, True, Assurance.TWO, "Passkey"),  # a phone beside: it may be copied
        (False, True, Assurance.TWO, "Passkey"),
        (False, False, Assurance.TWO, "Passkey"),
    ],
)
def test_what_cannot_be_copied_and_lies_apart_is_a_security_key(client, apart, synced, level, words):
    key = Authenticator(apart=apart, synced=synced)
    assert enrol(client, key).url == reverse("mfa_view_recovery_codes")
    assert words in client.get(reverse("mfa_index")).content.decode()
    other = sign_in_with(key)
    assert inside(other)
    held = SignIn.read(other.session)
    assert (held.assurance, held.key_at) == (level, held.proved)


def test_what_a_key_proved_is_less_after_a_quarter_of_an_hour_without_use_and_stays_so(client):
    key = Authenticator(apart=True)
    enrol(client, key)
    other = sign_in_with(key)
    assert SignIn.read(other.session).assurance is Assurance.THREE
    row = Session.objects.get(session_key=hashed(other.session.session_key))
    Session.objects.filter(pk=row.pk).update(seen=row.seen - timedelta(minutes=17))
    for _again in range(2):
        assert inside(other)
        assert SignIn.read(other.session).assurance is Assurance.TWO


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost.evil.example", "http://127.0.0.1"])
def test_a_false_page_gets_nothing(client, origin):
    key = Authenticator()
    enrol(client, key)
    key.origin = origin
    assert not inside(sign_in_with(key))
    refused = enrol(client, Authenticator(origin=origin))
    assert refused.context["form"].errors
    assert Enrolled.objects.filter(type="webauthn").count() == 1


def test_one_that_nobody_unlocked_is_not_taken(client):
    assert enrol(client, Authenticator(unlocked=False)).context["form"].errors
    key = Authenticator()
    enrol(client, key)
    key.flags &= ~0x04
    assert not inside(sign_in_with(key))


def test_an_answer_that_was_seen_before_opens_nothing(client):
    key = Authenticator()
    enrol(client, key)
    browser = Client(headers={"host": "localhost"})
    options = browser.get(reverse("mfa_login_webauthn"), headers=FETCHED).json()["request_options"]
    answer = key.get(options)
    thief = Client(headers={"host": "localhost"})
    thief.get(reverse("mfa_login_webauthn"), headers=FETCHED)
    thief.post(reverse("mfa_login_webauthn"), {"credential": answer})
    assert not inside(thief)


def test_the_key_of_somebody_else_opens_nothing(client):
    mine, foreign = Authenticator(), Authenticator()
    enrol(client, mine)
    foreign.id, foreign.user = mine.id, mine.user
    assert not inside(sign_in_with(foreign))


def test_it_gets_another_name_and_goes(client):
    key = Authenticator()
    enrol(client, key, "Blue")
    one = Enrolled.objects.get(type="webauthn")
    client.post(reverse("mfa_edit_webauthn", args=[one.pk]), {"name": "Green"})
    assert "Green" in client.get(reverse("mfa_index")).content.decode()
    assert client.post(reverse("mfa_edit_webauthn", args=[one.pk]), {"name": "x" * 61}).status_code == 200
    client.post(reverse("mfa_remove_webauthn", args=[one.pk]))
    assert not inside(sign_in_with(key))


def test_nobody_touches_the_key_of_somebody_else(client, eva):
    other = Client(headers={"host": "localhost"})
    enrol(client, Authenticator())
    one = Enrolled.objects.get(type="webauthn")
    otto = person("Otto", organisation("Elsewhere"))
    otto.set_password(PASSWORD)
    otto.save()
    other.post(reverse("account_login"), {"login": otto.email, "password": PASSWORD})
    other.post(reverse("step_up"), {"way": "password", "password": PASSWORD})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        assert other.get(reverse(name, args=[one.pk])).status_code == 404
        assert other.post(reverse(name, args=[one.pk]), {"name": "Mine"}).status_code == 404


def test_after_a_password_it_is_the_second_factor(client, eva):
    key = Authenticator(apart=True)
    enrol(client, key)
    browser = Client(headers={"host": "localhost"})
    answer = browser.post(reverse("account_login"), {"login": eva.email, "password": PASSWORD})
    assert answer.url == reverse("mfa_authenticate")
    assert not inside(browser)
    options = browser.get(answer.url).context["js_data"]["request_options"]
    browser.post(answer.url, {"credential": key.get(options)})
    assert SignIn.read(browser.session).assurance is Assurance.THREE


def test_origins_are_checked_everywhere():
    assert settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN is False
