"""Signing in: by invitation only, personas only in a demonstration, second factors sealed, nobody told who exists."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from talkoo.access.actions.factors import reseal_factors
from talkoo.access.adapter import SealedSecrets
from talkoo.lib.errors import Conflict
from talkoo.people.actions.persons import deactivate_person, end_my_sessions
from talkoo.people.models import Person
from talkoo.people.queries import personas, subject_of
from tests.people import Role, organisation, person, subject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_counts")]
PASSWORD = "many boats in the harbour"
LOGIN = "/accounts/login/"


@pytest.fixture
def town():
    return organisation("Town")


@pytest.fixture
def eva(town):
    made = person("Eva", town)
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(made, password=PASSWORD, **more):
    client = Client(**more)
    return client, client.post(LOGIN, {"login": made.email, "password": password})


def inside(client):
    return client.get(reverse("record")).status_code == 200


def test_address_and_password_open_the_door(eva):
    client, answer = sign_in(eva)
    assert answer.status_code == 302
    assert inside(client)


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(eva):
    answers = [
        Client().post(LOGIN, {"login": login, "password": "wrong wrong wrong"})
        for login in (eva.email, "nobody@test.example")
    ]
    words = [answer.content.decode().partition('id="errors"')[2].partition("</div>")[0] for answer in answers]
    assert words[0] == words[1] != ""


def test_asking_for_a_new_password_never_tells_who_is_here(eva):
    pages = [
        Client().post(reverse("account_reset_password"), {"email": email})
        for email in (eva.email, "nobody@test.example")
    ]
    assert [page.url for page in pages] == [reverse("account_reset_password_done")] * 2
    assert [sent.to for sent in mail.outbox] == [[eva.email]]
    assert not mail.outbox[0].subject.startswith("[")


def test_nobody_signs_up_by_themselves(eva):
    form = {"email": "new@test.example", "password1": PASSWORD, "password2": PASSWORD}
    for answer in (Client().get("/accounts/signup/"), Client().post("/accounts/signup/", form)):
        assert "invitation" in answer.content.decode()
    assert not Person.objects.filter(email="new@test.example").exists()


def test_the_address_is_shown_and_not_changed(eva):
    client, _answer = sign_in(eva)
    assert client.get("/accounts/email/").status_code == 200
    assert client.post("/accounts/email/", {"action_add": "", "email": "other@test.example"}).status_code == 405
    eva.refresh_from_db()
    assert eva.email != "other@test.example"


def test_guessing_is_slowed_and_the_count_is_shared_by_all_processes(eva):
    for _attempt in range(15):
        sign_in(eva, "wrong wrong wrong")
    client, _answer = sign_in(eva)
    assert not inside(client)
    assert "talkoo" not in type(cache).__module__
    assert Person.objects.raw("SELECT 1 AS id FROM access_cache")[0]


def test_whoever_guesses_locks_themselves_out_and_not_the_owner(eva):
    for _attempt in range(15):
        sign_in(eva, "wrong wrong wrong", REMOTE_ADDR="198.51.100.7")
    guesser, _answer = sign_in(eva, REMOTE_ADDR="198.51.100.7")
    assert not inside(guesser)
    owner, _answer = sign_in(eva, REMOTE_ADDR="203.0.113.9")
    assert inside(owner)


@pytest.mark.parametrize("where", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_and_out_leads_to_no_other_site(eva, where):
    client = Client()
    answer = client.post(LOGIN, {"login": eva.email, "password": PASSWORD, "next": where})
    assert answer.url == "/"
    assert client.post(reverse("account_logout"), {"next": where}).url == "/"


# Personas


@pytest.fixture
def amina(town):
    made = person("Amina", town)
    made.persona_part, made.persona_words = "Contributor", "What she sees"
    made.save()
    return made


def test_guessing_at_many_accounts_does_not_make_the_counts_forgotten():
    cache.set("0-first", 15, 300)
    for number in range(400):
        cache.set(f"1-guess-{number}", 1, 300)
    assert cache.get("0-first") == 15


def test_a_persona_is_signed_in_by_one_click_in_a_demonstration(settings, amina):
    settings.DEMO = True
    client = Client()
    assert "What she sees" in client.get(LOGIN).content.decode()
    assert client.post(reverse("persona", args=[amina.code])).status_code == 302
    assert inside(client)


def test_outside_a_demonstration_there_are_no_personas(settings, amina):
    settings.DEMO = False
    client = Client()
    assert "What she sees" not in client.get(LOGIN).content.decode()
    assert client.post(reverse("persona", args=[amina.code])).status_code == 404
    assert not inside(client)
    assert list(personas()) == []


def test_only_people_offered_as_personas_are_and_only_by_post(settings, amina, eva):
    settings.DEMO = True
    client = Client()
    assert client.post(reverse("persona", args=[eva.code])).status_code == 404
    assert client.get(reverse("persona", args=[amina.code])).status_code == 405
    Person.objects.filter(pk=amina.pk).update(is_active=False)
    assert client.post(reverse("persona", args=[amina.code])).status_code == 404
    assert not inside(client)


def test_a_persona_goes_where_they_wanted_but_never_off_the_site(settings, amina):
    settings.DEMO = True
    address = reverse("persona", args=[amina.code])
    assert Client().post(address, {"next": "/me/"}).url == "/me/"
    assert Client().post(address, {"next": "https://evil.example/"}).url == "/"


def test_a_form_without_its_token_signs_nobody_in(settings, amina):
    settings.DEMO = True
    client = Client(enforce_csrf_checks=True)
    assert client.post(reverse("persona", args=[amina.code])).status_code == 403


# Second factors


def code_of(secret):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_the_key_of_an_authenticator_lies_in_the_database_sealed(eva):
    secret = generate_totp_secret()
    TOTP.activate(eva, secret)
    seeds = RecoveryCodes.activate(eva)
    kept = {each.type: str(each.data) for each in Authenticator.objects.all()}
    assert secret not in kept["totp"]
    assert not any(code in kept["recovery_codes"] for code in seeds.get_unused_codes())
    assert TOTP(Authenticator.objects.get(type="totp")).validate_code(code_of(secret))


def test_two_seals_of_one_secret_differ_and_both_open():
    keeper = SealedSecrets()
    one, two = keeper.encrypt("secret"), keeper.encrypt("secret")
    assert one != two
    assert keeper.decrypt(one) == keeper.decrypt(two) == "secret"


def test_a_seal_opens_with_a_former_key_and_not_with_a_foreign_one(settings):
    sealed = SealedSecrets().encrypt("secret")
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another key of this installation"
    with pytest.raises(Conflict):
        SealedSecrets().decrypt(sealed)
    settings.SECRET_KEY_FALLBACKS = [former]
    assert SealedSecrets().decrypt(sealed) == "secret"


def test_with_a_second_factor_the_password_alone_does_not_open(eva):
    secret = generate_totp_secret()
    TOTP.activate(eva, secret)
    codes = RecoveryCodes.activate(eva).get_unused_codes()
    client, answer = sign_in(eva)
    assert answer.url == reverse("mfa_authenticate")
    assert not inside(client)
    client.post(answer.url, {"code": "000000"})
    assert not inside(client)
    used = code_of(secret)
    client.post(answer.url, {"code": used})
    assert inside(client)
    again, answer = sign_in(eva)
    again.post(answer.url, {"code": used})
    assert not inside(again)
    again.post(answer.url, {"code": codes[0]})
    assert inside(again)
    third, answer = sign_in(eva)
    third.post(answer.url, {"code": codes[0]})  # each works once
    assert not inside(third)


def test_an_authenticator_is_set_up_on_the_page(eva):
    client, _answer = sign_in(eva)
    address = reverse("mfa_activate_totp")
    assert client.get(address).url.startswith(reverse("step_up"))
    client.post(reverse("step_up"), {"way": "password", "password": PASSWORD})
    page = client.get(address)
    secret = page.context["form"].secret
    assert "data:" not in page.content.decode()
    assert client.post(address, {"code": code_of(secret)}).status_code == 302
    assert Authenticator.objects.filter(user=eva, type="totp").exists()


# Sessions


def test_closing_an_account_ends_all_its_sessions_for_good(town, eva):
    first, _answer = sign_in(eva)
    second, _answer = sign_in(eva)
    assert inside(first)
    assert inside(second)
    deactivate_person(by=subject("Kaisa", town, Role.COORDINATOR), person=eva)
    assert not inside(first)
    assert not inside(second)
    refused, _answer = sign_in(eva)
    assert not inside(refused)
    Person.objects.update(is_active=True)
    assert not inside(first)


def test_signing_out_everywhere_ends_other_devices_too(eva):
    first, _answer = sign_in(eva)
    second, _answer = sign_in(eva)
    end_my_sessions(by=subject_of(eva))
    assert not inside(first)
    assert not inside(second)


def test_a_new_password_ends_other_sessions(eva):
    other, _answer = sign_in(eva)
    client, _answer = sign_in(eva)
    form = {
        "oldpassword": PASSWORD,
        "password1": "a quiet evening by the lake",
        "password2": "a quiet evening by the lake",
    }
    client.post(reverse("account_change_password"), form)
    assert inside(client)
    assert not inside(other)


def test_second_factors_are_sealed_anew_when_the_key_has_changed(eva, settings):
    secret = generate_totp_secret()
    TOTP.activate(eva, secret)
    codes = RecoveryCodes.activate(eva).get_unused_codes()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of this installation"
    assert reseal_factors().anew == 2
    assert reseal_factors().current == 2
    settings.SECRET_KEY_FALLBACKS = []
    assert TOTP(Authenticator.objects.get(type="totp")).validate_code(code_of(secret))
    assert RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).get_unused_codes() == codes
    settings.SECRET_KEY = "a key that nobody named"
    assert reseal_factors().lost == 2
