"""Mails, webhooks and messages change their state in the declared ways only, and each of those ways is gone."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.lib.lives import BEGINS
from talkoo.notify.actions.gathering import gather
from talkoo.notify.actions.posting import GIVE_UP, LEASE, post
from talkoo.notify.actions.webhooks import register_webhook, resend_delivery, switch_webhook
from talkoo.notify.events import EVENTS
from talkoo.notify.models import Delivery, Endpoint
from talkoo.notify.states import LIVES, page
from talkoo.people.models import Person
from tests import watching
from tests.architecture.sources import ROOT
from tests.microtasks.made import open_batch
from tests.notify.receivers import receiving
from tests.notify.sinks import smtp
from tests.notify.test_mail import MONDAY, told
from tests.notify.test_webhooks import carry, happen
from tests.people import organisation, subject

each_life = pytest.mark.parametrize("life", LIVES, ids=lambda life: life.thing)


@each_life
def test_every_state_has_a_way_in_somebody_who_moves_it_on_and_a_way_out(life):
    assert set(life.waits_for) == set(life.states.values)
    assert {way.target for way in life.ways} == set(life.states.values)
    assert set(life.states.values) - life.final <= {way.source for way in life.ways}
    assert BEGINS in {way.source for way in life.ways}


def test_the_page_of_reference_is_made_of_these_tables():
    assert (ROOT / "docs" / "reference" / "states-of-telling.md").read_text() == page()


@pytest.fixture
def watched(django_db_setup):
    with watching.states_of("notify", LIVES):
        yield


@pytest.mark.django_db(transaction=True)
def test_states_change_in_the_declared_ways_and_each_of_them_is_gone(watched):
    town = organisation("Town")
    owner = subject("Olga", town, Role.TASK_OWNER)
    _mails(open_batch(owner, town), subject("Eva", town), subject("Gone", town))
    _webhooks(owner, town)
    assert watching.seen() == watching.declared("notify", LIVES)


def _mails(batch, eva, gone):
    with smtp() as sink:
        told(eva, batch)
        told(gone, batch)
        Person.objects.filter(pk=gone.person_id).update(is_active=False)
        gather(now=MONDAY)
        sink.answer = "450 later"
        post(now=MONDAY)
        sink.answer = ""
        post(now=MONDAY + LEASE)
        told(eva, batch, once="again")
        gather(now=MONDAY)
        sink.answer = "450 later"
        post(now=MONDAY + GIVE_UP + LEASE)


def _webhooks(owner, town):
    with override_settings(WEBHOOK_LOOPBACK=True), receiving() as receiver:
        endpoint, _secret = register_webhook(by=owner, organisation_id=town.pk, url=receiver.url, events=list(EVENTS))
        happen(town)
        carry(endpoint)
        delivery = Delivery.objects.get()
        resend_delivery(by=owner, code=endpoint.code, number=delivery.pk)
        receiver.status, moment = 400, timezone.now()
        for _try in range(10):
            Delivery.objects.update(next_try=moment)
            carry(endpoint, moment)
        resend_delivery(by=owner, code=endpoint.code, number=delivery.pk)
        switch_webhook(by=owner, code=endpoint.code, on=False)
        switch_webhook(by=owner, code=endpoint.code, on=True)
        receiver.status = 410
        carry(endpoint, moment + timedelta(hours=1))
        switch_webhook(by=owner, code=endpoint.code, on=True)
    assert Endpoint.objects.get().state == "active"
