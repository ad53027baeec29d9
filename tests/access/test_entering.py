"""Who comes in and who is not let in stands in the log; who changes how they sign in is told by mail."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from talkoo.audit.models import Event
from talkoo.people.models import Organisation
from tests.people import organisation, person

pytestmark = pytest.mark.django_db
PASSWORD = "many boats in the harbour"


@pytest.fixture
def eva():
    cache.clear()
    made = person("Eva", organisation("Town"))
    made.set_password(PASSWORD)
    made.save()
    return made


def sign_in(email, password=PASSWORD):
    client = Client()
    client.post("/accounts/login/", {"login": email, "password": password})
    return client


def test_the_log_says_who_came_in_how_and_that_they_left(eva):
    sign_in(eva.email).post(reverse("account_logout"))
    begun, left = Event.objects.filter(action__startswith="access.session.").order_by("id")
    assert (begun.action, left.action) == ("access.session.begun", "access.session.left")
    assert begun.actor_id == left.actor_id == eva.pk
    assert begun.facts == {"methods": ["password"], "level": 1}
    assert begun.code == left.code != ""
    assert begun.organisation_id == left.organisation_id == Organisation.objects.get().pk


def test_the_log_says_whose_account_was_tried_and_nothing_of_what_was_typed(eva):
    sign_in(eva.email, "wrong wrong wrong")
    sign_in("nobody@test.example", "wrong wrong wrong")
    tried = list(Event.objects.filter(action="access.sign_in.refused").order_by("id"))
    assert [each.code for each in tried] == [eva.code, ""]
    assert [each.organisation_id for each in tried] == [Organisation.objects.get().pk, None]
    assert all(each.actor_id is None and each.facts == {"way": "password"} for each in tried)
    assert not Event.objects.filter(action="access.session.begun").exists()


def test_the_log_says_that_a_code_was_wrong_at_the_door_and_further_in(eva):
    TOTP.activate(eva, generate_totp_secret())
    code = RecoveryCodes.activate(eva).get_unused_codes()[0]
    client = sign_in(eva.email)
    client.post(reverse("mfa_authenticate"), {"code": "nothing"})
    client.post(reverse("mfa_authenticate"), {"code": code})
    client.post(f"{reverse('step_up')}?need=second-factor", {"way": "code", "code": "nothing"})
    tried = Event.objects.filter(action="access.sign_in.refused")
    assert [(each.code, each.facts["way"]) for each in tried] == [(eva.code, "code")] * 2


def inside(client):
    return client.get(reverse("record")).status_code == 200


def test_a_password_is_taken_as_it_was_given_and_may_be_long(eva):
    given = f"  Ä long{' long' * 20} password "
    eva.set_password(given)
    eva.save()
    assert inside(sign_in(eva.email, given))
    assert not inside(sign_in(eva.email, given.strip()))
    assert not inside(sign_in(eva.email, given.lower()))


def test_nobody_gets_a_new_password_without_the_old_one(eva):
    client, new = sign_in(eva.email), "a quiet evening by the lake"
    client.post(
        reverse("account_change_password"), {"oldpassword": "wrong wrong wrong", "password1": new, "password2": new}
    )
    assert not inside(sign_in(eva.email, new))
    assert inside(sign_in(eva.email))


def test_a_recovery_code_opens_once(eva):
    code = RecoveryCodes.activate(eva).get_unused_codes()[0]
    TOTP.activate(eva, generate_totp_secret())
    first, second = sign_in(eva.email), sign_in(eva.email)
    first.post(reverse("mfa_authenticate"), {"code": code})
    second.post(reverse("mfa_authenticate"), {"code": code})
    assert inside(first)
    assert not inside(second)


def test_whoever_gets_a_new_password_is_told_by_mail(eva):
    new = "a quiet evening by the lake"
    sign_in(eva.email).post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert [sent.to for sent in mail.outbox] == [[eva.email]]
    assert new not in mail.outbox[0].body
