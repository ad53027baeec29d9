"""Signing in at the organisation's provider: with one that is not ours, and with tokens that must not be believed."""

import base64
import hmac
import json
import re
import time
from urllib.parse import parse_qs, urlsplit

import pytest
import urllib3
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client
from django.urls import reverse
from joserfc import jwk, jwt

from talkoo.access import oidc, oidc_provider
from talkoo.access.context import LEVELS, Assurance
from talkoo.access.models import Identity
from talkoo.access.oidc_provider import Provider
from talkoo.access.sign_ins import SignIn
from talkoo.audit.models import Event
from talkoo.people.actions.persons import deactivate_person
from talkoo.people.models import Person
from tests.access import providers
from tests.people import Role, organisation, person, subject

SINGLE, DOUBLE, HARD = "urn:example:one", "urn:example:two", "urn:example:hard"


@pytest.fixture(scope="module")
def server():
    with providers.running() as address:
        yield address


@pytest.fixture(autouse=True)
def believed(settings):
    settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET, settings.OIDC_NAME = "talkoo", "s3cret: of % talkoo", "Region"
    settings.OIDC_LEVELS = {f"acr:{DOUBLE}": LEVELS["2"], f"acr:{HARD}": LEVELS["3"], "amr:hwk": LEVELS["2+"]}
    settings.OIDC_ISSUER = "https://login.example"


@pytest.fixture
def provider(server, settings):
    settings.OIDC_ISSUER = server
    oidc_provider._kept.clear()
    return server


@pytest.fixture
def town():
    return organisation("Town")


@pytest.fixture
def eva(town):
    made = person("Eva", town)
    Person.objects.filter(pk=made.pk).update(email="eva@region.example")
    made.refresh_from_db()
    return made


def known_there(provider, sub="u-1", **claims):
    said = {"email": "eva@region.example", "email_verified": True, "acr": SINGLE, "auth_time": int(time.time())}
    return providers.introduce(provider, sub, **{**said, **claims})


def allow(address, sub):
    """What the button of the provider's own page sends."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return urllib3.request("POST", address, body=f"sub={sub}", headers=headers, redirect=False)


def go(client, address, sub="u-1"):
    """Through the provider as a browser goes: our question, its page, its answer."""
    asked = client.get(address)
    answer = allow(asked.url, sub)
    back = urlsplit(answer.headers["Location"])
    return client.get(f"{back.path}?{back.query}"), parse_qs(urlsplit(asked.url).query)


def inside(client):
    return client.get(reverse("record")).status_code == 200


def held(client):
    return SignIn.read(client.session)


# With a provider that is not ours


@pytest.mark.django_db
def test_an_invited_person_signs_in_at_the_provider(provider, eva):
    client = Client()
    known_there(provider, acr=DOUBLE)
    answer, asked = go(client, f"{reverse('oidc_start')}?next=/me/language/")
    assert answer.url == "/me/language/"
    assert inside(client)
    assert (held(client).assurance, held(client).methods) == (Assurance.TWO, ("oidc",))
    assert asked["code_challenge_method"] == ["S256"]
    assert asked["nonce"] != asked["state"]
    assert Identity.objects.get().person == eva
    assert Event.objects.filter(action="access.identity.tied").count() == 1


@pytest.mark.django_db
def test_nothing_in_the_question_comes_from_whoever_asks(provider, eva):
    known_there(provider)
    more = "auth_params=acr_values%3Dnone&acr_values=none&scope=admin&max_age=999999&redirect_uri=https://evil.example&prompt=none&process=connect"
    _answer, asked = go(Client(), f"{reverse('oidc_start')}?next=//evil.example/&need=second-factor&{more}")
    assert set(asked) == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method", "max_age",
    }  # fmt: skip
    assert asked["redirect_uri"] == ["http://testserver/accounts/organisation/back/"]
    assert asked["scope"] == ["openid email profile"]
    assert asked["max_age"] == [str(oidc.RECENT)]


@pytest.mark.django_db
def test_it_leads_nowhere_else(provider, eva):
    known_there(provider)
    answer, _asked = go(Client(), f"{reverse('oidc_start')}?next=https://evil.example/")
    assert answer.url == "/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "claims",
    [{"email": "stranger@region.example"}, {"email_verified": False}, {"email_verified": "true"}, {"email": ""}],
)
def test_who_was_not_invited_at_a_verified_address_stays_outside(provider, eva, claims):
    client = Client()
    known_there(provider, **claims)
    answer, _asked = go(client, reverse("oidc_start"))
    assert answer.status_code == 403
    assert "nobody has invited you" in answer.content.decode()
    assert not inside(client)
    assert not Identity.objects.exists()
    assert Person.objects.count() == 1


@pytest.mark.django_db
def test_the_subject_counts_once_it_is_known_and_no_other_takes_the_address(provider, eva):
    known_there(provider)
    go(Client(), reverse("oidc_start"))
    moved, thief = Client(), Client()
    known_there(provider, email="new@region.example", email_verified=False)
    go(moved, reverse("oidc_start"))
    assert inside(moved)
    known_there(provider, "u-2")
    go(thief, reverse("oidc_start"), "u-2")
    assert not inside(thief)


@pytest.mark.django_db
def test_a_closed_account_opens_to_no_provider(provider, eva, town):
    client, again = Client(), Client()
    known_there(provider)
    go(client, reverse("oidc_start"))
    assert inside(client)
    deactivate_person(by=subject("Kaisa", town, Role.COORDINATOR), person=eva)
    assert not inside(client)
    go(again, reverse("oidc_start"))
    assert not inside(again)


@pytest.mark.django_db
def test_one_factor_there_leaves_the_second_one_here(provider, eva):
    TOTP.activate(eva, generate_totp_secret())
    client, sure = Client(), Client()
    known_there(provider)
    answer, _asked = go(client, reverse("oidc_start"))
    assert answer.url == reverse("mfa_authenticate")
    assert not inside(client)
    known_there(provider, acr=HARD)
    go(sure, reverse("oidc_start"))
    assert (held(sure).assurance, held(sure).key_at) == (Assurance.THREE, held(sure).proved)


@pytest.mark.django_db
def test_more_is_proved_at_the_provider_and_recognised_anew(provider, eva):
    client = Client()
    known_there(provider)
    go(client, reverse("oidc_start"))
    page = client.get(f"{reverse('step_up')}?need=security-key&next=/me/").content.decode()
    where = re.search(r'href="(/accounts/organisation/\?[^"]+)"', page)[1].replace("&amp;", "&")
    known_there(provider, auth_time=int(time.time()) - 3600, acr=HARD)
    refused, asked = go(client, where)
    assert refused.status_code == 403
    assert held(client).assurance is Assurance.ONE
    assert (asked["acr_values"], asked["max_age"], asked["prompt"]) == ([HARD], ["0"], ["login"])
    known_there(provider, acr=HARD)
    before = client.session.session_key
    answer, _asked = go(client, where)
    assert answer.url == "/me/"
    assert held(client).assurance is Assurance.THREE
    assert client.session.session_key != before


@pytest.mark.django_db
def test_nobody_steps_up_as_somebody_else(provider, eva, town):
    client = Client()
    known_there(provider)
    go(client, reverse("oidc_start"))
    otto = person("Otto", town)
    Person.objects.filter(pk=otto.pk).update(email="otto@region.example")
    known_there(provider, "u-9", email="otto@region.example", acr=HARD)
    answer, _asked = go(client, f"{reverse('oidc_start')}?need=security-key", "u-9")
    assert "as somebody else" in answer.content.decode()
    assert not Identity.objects.filter(person=otto).exists()
    assert held(client).assurance is Assurance.ONE


@pytest.mark.django_db
def test_an_answer_counts_once_and_in_the_browser_that_asked(provider, eva):
    client, thief = Client(), Client()
    known_there(provider)
    asked = client.get(reverse("oidc_start"))
    answer = allow(asked.url, "u-1")
    back = answer.headers["Location"].removeprefix("http://testserver")
    assert thief.get(back).status_code == 403
    assert not inside(thief)
    other = client.get(back.replace("state=", "state=x"))
    assert other.status_code == 403
    assert client.get(back).status_code == 403
    assert not inside(client)


@pytest.mark.django_db
def test_signing_out_goes_on_at_the_provider(provider, eva):
    client = Client()
    known_there(provider)
    go(client, reverse("oidc_start"))
    assert "eyJ" not in str(client.session.items())
    assert client.post(reverse("account_logout")).url == reverse("oidc_signed_out")
    assert not inside(client)
    page = client.get(reverse("oidc_signed_out"))
    end = urlsplit(page.headers["Refresh"].partition("url=")[2])
    assert f"{end.scheme}://{end.netloc}" == provider
    assert parse_qs(end.query)["post_logout_redirect_uri"] == ["http://testserver/accounts/login/"]
    assert parse_qs(end.query)["id_token_hint"][0].startswith("eyJ")
    assert client.get(reverse("oidc_signed_out")).url == reverse("account_login")


@pytest.mark.django_db
def test_a_provider_that_is_away_is_said_in_words(settings):
    settings.OIDC_ISSUER = "http://localhost:9"
    answer = Client().get(reverse("oidc_start"))
    assert answer.status_code == 403
    assert "Region" in answer.content.decode()


@pytest.mark.django_db
def test_without_a_provider_there_is_no_such_way(settings):
    settings.OIDC_ISSUER = ""
    for name in ("oidc_start", "oidc_callback", "oidc_signed_out"):
        assert Client().get(reverse(name)).status_code == 404
    assert "/accounts/organisation/" not in Client().get(reverse("account_login")).content.decode()


# Tokens that must not be believed


NOW = 1_796_000_000
KEY = jwk.RSAKey.generate_key(2048, {"kid": "one"})
QUESTION = oidc.Question("state", "nonce", "verifier", NOW - 5, "/")
BY = Provider("https://login.example", "https://a", "https://t", "https://k")
GOOD = {
    "iss": "https://login.example", "aud": "talkoo", "sub": "u-1", "exp": NOW + 60, "iat": NOW, "auth_time": NOW - 60,
    "nonce": "nonce", "acr": HARD,
}  # fmt: skip


@pytest.fixture
def published(monkeypatch):
    monkeypatch.setattr(oidc, "keys", lambda _by, **_more: {"keys": [KEY.as_dict(private=False)]})


def token(key=KEY, alg="RS256", algorithms=None, **claims):
    kept = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": "one"}, kept, key, algorithms=algorithms or [alg])


def read(text, question=QUESTION):
    return oidc.recognised(question, text, by=BY, now=NOW)


def test_a_good_token_is_believed(published):
    known = read(token())
    assert (known.subject, known.assurance, known.phishing_resistant, known.at) == (
        "u-1",
        Assurance.THREE,
        True,
        NOW - 60,
    )
    assert read(token(aud=["talkoo", "other"], azp="talkoo")).subject == "u-1"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"}, {"iss": None}, {"aud": "other"}, {"aud": None}, {"aud": ["talkoo", "other"]},
        {"azp": "other"}, {"sub": None}, {"sub": ""}, {"sub": 7}, {"exp": NOW - 61}, {"exp": None}, {"exp": "9999999999"},
        {"iat": NOW + 61}, {"iat": NOW - 120}, {"nonce": "other"}, {"nonce": None}, {"auth_time": None},
        {"auth_time": NOW + 61}, {"auth_time": NOW - 13 * 3600}, {"auth_time": True},
    ],
)  # fmt: skip
def test_one_claim_that_does_not_hold_is_enough(published, claims):
    with pytest.raises(oidc.Unbelievable):
        read(token(**claims))


def encoded(head):
    return base64.urlsafe_b64encode(json.dumps(head).encode()).rstrip(b"=").decode()


def signed_with_the_public_key(body):
    """The oldest trick: what everybody knows of the provider, taken for a shared secret."""
    head = encoded({"alg": "HS256", "kid": "one"})
    made = hmac.digest(KEY.as_pem(private=False), f"{head}.{body}".encode(), "sha256")
    return f"{head}.{body}.{base64.urlsafe_b64encode(made).rstrip(b'=').decode()}"


def test_a_token_of_another_key_or_without_a_signature_is_not_believed(published):
    evil = jwk.RSAKey.generate_key(2048, {"kid": "one"})
    head, body, signature = token().split(".")
    unsigned = f"{encoded({'alg': 'none', 'kid': 'one'})}.{body}."
    forged = [
        token(key=evil),
        signed_with_the_public_key(body),
        unsigned,
        f"{head}.{body}.",
        f"{unsigned.split('.', 1)[0]}.{body}.{signature}",
        f"{head}.{token(sub='u-2').split('.')[1]}.{signature}",
        "",
        "a.b.c",
        None,
    ]
    for each in forged:
        with pytest.raises(oidc.Unbelievable):
            read(each)


def test_what_the_provider_says_of_itself_is_believed_only_where_it_was_asked(settings, monkeypatch):
    settings.INSECURE_HTTP = False
    said = {
        "issuer": "https://login.example",
        "authorization_endpoint": "https://a",
        "token_endpoint": "https://t",
        "jwks_uri": "https://k",
    }
    monkeypatch.setattr(oidc_provider, "_asked", lambda *_words, **_more: json.loads(json.dumps(said)))
    for change in ({}, {"issuer": "https://login.example/"}, {"token_endpoint": "http://t"}, {"jwks_uri": None}):
        said |= change
        oidc_provider._kept.clear()
        if change:
            with pytest.raises(oidc.Unusable):
                oidc_provider.provider()
        else:
            assert oidc_provider.provider().token_endpoint == "https://t"
    oidc_provider._kept.clear()


def test_what_is_not_listed_is_one_factor():
    assert oidc.level_of({"acr": "gold", "amr": ["pwd", "mfa"]}) == (Assurance.ONE, False)
    assert oidc.level_of({"acr": SINGLE, "amr": ["hwk"]}) == (Assurance.TWO, True)
    assert oidc.level_of({"acr": DOUBLE, "amr": "hwk"}) == (Assurance.TWO, True)
    assert oidc.level_of({}) == (Assurance.ONE, False)
