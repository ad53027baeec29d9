"""A lost device: sessions ended and second factors removed by an administrator, of administrators by two."""

from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Missing, StepUp
from talkoo.notify.models import Notice
from talkoo.people.actions.rescuing import decide_rescue, end_sessions_of, remove_factors
from talkoo.people.models import Person, Rescue
from talkoo.people.queries import subject_of
from tests.people import enters, organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return organisation("Northtown")


@pytest.fixture
def aino(north):
    return subject("Aino Administrator", north, Role.ADMINISTRATOR)


@pytest.fixture
def eva(north):
    return subject("Eva Eager", north)


def row(by):
    return Person.objects.get(pk=by.person_id)


def with_factor(by):
    Authenticator.objects.create(user=row(by), type="totp", data={"secret": "x"})
    return by


def inside(client):
    return client.get(reverse("record")).status_code == 200


def test_sessions_end_at_the_next_request_and_the_person_is_told(aino, eva):
    client = enters(Client(), row(eva))
    assert inside(client)
    end_sessions_of(by=aino, code=row(eva).code)
    assert not inside(client)
    assert row(eva).is_active
    assert Notice.objects.get().kind == "account.sessions"
    assert Event.objects.filter(action="people.rescue.sessions-ended", actor_id=aino.person_id).count() == 1


def test_a_lost_factor_is_removed_and_sessions_end(aino, eva):
    client = enters(Client(), row(with_factor(eva)))
    assert remove_factors(by=aino, code=row(eva).code) is None
    assert not Authenticator.objects.exists()
    assert not inside(client)
    assert Notice.objects.get().kind == "account.factors"
    with pytest.raises(Conflict):
        remove_factors(by=aino, code=row(eva).code)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.SECURITY_OFFICER])
def test_of_those_who_guard_others_two_decide(aino, north, role):
    guard, other = with_factor(subject("Gita Guard", north, role)), subject("Otso", north, Role.ADMINISTRATOR)
    code = row(guard).code
    assert remove_factors(by=aino, code=code) is not None
    assert Authenticator.objects.exists()
    with pytest.raises(Conflict):
        remove_factors(by=other, code=code)
    with pytest.raises(Denied):
        decide_rescue(by=aino, code=code, agree=True)
    with pytest.raises((Denied, Missing)):
        decide_rescue(by=guard, code=code, agree=True)
    decide_rescue(by=aino, code=code, agree=False)
    remove_factors(by=aino, code=code)
    decide_rescue(by=other, code=code, agree=True)
    assert not Authenticator.objects.exists()
    assert [rescue.agreed for rescue in Rescue.objects.order_by("pk")] == [False, True]
    with pytest.raises(Missing):
        decide_rescue(by=other, code=code, agree=True)


@pytest.mark.parametrize(("days", "two"), [((9,), True), ((-99, 0), True), ((-99, -29), True), ((-99, -30), False)])
def test_a_guarding_role_to_come_or_of_lately_counts(aino, eva, north, days, two):
    dates = dict(zip(("starts", "ends"), (timezone.localdate() + timedelta(day) for day in days), strict=False))
    row(with_factor(eva)).memberships.create(organisation=north, role=Role.SECURITY_OFFICER, **dates)
    assert (remove_factors(by=aino, code=row(eva).code) is not None) is two


def test_of_somebody_without_a_role_today_nothing_is_decided_by_a_coordinator(aino, eva, north):
    kaisa, held = subject("Kaisa", north, Role.COORDINATOR), row(with_factor(eva)).memberships
    code, today = row(eva).code, timezone.localdate()
    held.update(role=Role.ADMINISTRATOR, starts=today + timedelta(1))
    for act in (end_sessions_of, remove_factors):
        with pytest.raises(Denied):
            act(by=kaisa, code=code)
    held.update(starts=today - timedelta(9), ends=today)
    for by in (kaisa, aino):
        with pytest.raises(Denied, match="no role any more"):
            remove_factors(by=by, code=code)
    assert Authenticator.objects.exists()


def test_nobody_does_it_to_themselves_to_others_people_or_without_a_second_factor(aino, eva, north):
    code = row(with_factor(eva)).code
    for act in (end_sessions_of, remove_factors):
        with pytest.raises(Denied):
            act(by=aino, code=row(aino).code)
        with pytest.raises(Denied):
            act(by=subject("Kaisa", north, Role.COORDINATOR), code=code)
        with pytest.raises(Missing):
            act(by=subject("Abel", organisation("South"), Role.ADMINISTRATOR), code=code)
        with pytest.raises(StepUp):
            act(by=subject_of(row(aino)), code=code)
    assert Authenticator.objects.exists()


def test_the_page_of_the_person_has_the_buttons(aino, eva):
    client, where = enters(Client(), row(aino)), reverse("person_rescue", args=[row(with_factor(eva)).code])
    assert "Remove their second factor" in client.get(reverse("person", args=[row(eva).code])).text
    for unknown in ({}, {"do": "anything"}):
        assert client.post(where, unknown).status_code == 400
    assert row(eva).sessions_ended == 0
    assert client.post(where, {"do": "factors"}).status_code == 302
    assert not Authenticator.objects.exists()
