"""Webhooks: signed as the reference library reads them, sent in order, again when it must be, and nowhere they must not go."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from standardwebhooks.webhooks import Webhook

from talkoo.access.permissions import Role
from talkoo.lib import outgoing
from talkoo.lib.errors import Denied, Invalid, Missing
from talkoo.lib.outgoing import Reach, Refused, check_target
from talkoo.lib.sealing import Unreadable
from talkoo.microtasks.actions import results
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.models import Batch, Sensitivity
from talkoo.notify.actions.announcing import announce
from talkoo.notify.actions.delivering import SCHEDULE, SWITCH_OFF, deliver, make_deliveries
from talkoo.notify.actions.forgetting import forget_old
from talkoo.notify.actions.webhooks import (
    register_webhook,
    remove_webhook,
    reseal_secrets,
    resend_delivery,
    rotate_secret,
    switch_webhook,
)
from talkoo.notify.events import EVENTS
from talkoo.notify.models import Attempt, Delivery, Endpoint, Happening, Notice
from talkoo.notify.queries.webhooks import SECRET, due_endpoints, secrets_of
from talkoo.people.actions.memberships import add_membership
from talkoo.people.actions.moving import move_person
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import storm
from tests.notify.receivers import receiving
from tests.people import organisation, person, subject, surely

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return organisation("Town")


@pytest.fixture
def owner(town):
    return subject("Olga", town, Role.TASK_OWNER)


@pytest.fixture
def receiver():
    with override_settings(WEBHOOK_LOOPBACK=True), receiving() as server:
        yield server


@pytest.fixture
def hook(owner, town, receiver):
    """A webhook that hears everything, and its secret."""
    return register_webhook(by=owner, organisation_id=town.pk, url=receiver.url, events=list(EVENTS))


def happen(town, number=1, event="batch.opened", **more):
    announce(event=event, about=f"b{number}", organisation_id=town.pk, title=f"Letters {number}", **more)


def carry(endpoint, now=None):
    now = now or timezone.now()
    make_deliveries(now=now)
    return deliver(endpoint=endpoint.pk, now=now)


def verified(secret, came):
    """What the reference library makes of a message; it raises where the signature is wrong."""
    headers, body = came
    return Webhook(secret).verify(body, headers)


# Denied first


def test_who_may_not_or_is_of_another_organisation_registers_sees_and_changes_nothing(hook, town, receiver):
    eva, abroad = subject("Eva", town), subject("Abel", organisation("Elsewhere"), Role.TASK_OWNER)
    code = hook[0].code
    for by in (eva, abroad):
        with pytest.raises(Denied):
            register_webhook(by=by, organisation_id=town.pk, url=receiver.url, events=["batch.opened"])
        for act in (rotate_secret, remove_webhook):
            with pytest.raises(Missing):
                act(by=by, code=code)
        with pytest.raises(Missing):
            switch_webhook(by=by, code=code, on=False)
        with pytest.raises(Missing):
            resend_delivery(by=by, code=code, number=1)
    assert Endpoint.objects.get().state == "active"


FORBIDDEN = (
    "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0.0.0.0/",
    "http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fd00:ec2::254]/", "http://10.0.0.1/",
    "http://192.168.1.1/", "http://100.64.0.1/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://224.0.0.1/", "http://2130706433/", "ftp://example.org/", "http:///", "http://user:word@8.8.8.8/",
    "http://8.8.8.8:99999/", "http://no-such-host.invalid/", "http://8.8.8.8/\r\nHost: x",
)  # fmt: skip


@pytest.mark.parametrize("url", FORBIDDEN)
def test_nothing_is_sent_into_this_machine_or_its_neighbourhood(url):
    with pytest.raises(Refused):
        check_target(url, Reach(plain=True))
    answer = outgoing.post(url, b"{}", {}, Reach(plain=True))
    assert answer.status is None


def test_private_networks_open_by_a_setting_and_what_is_dangerous_never():
    private = Reach(private=True, plain=True)
    assert check_target("http://10.0.0.1/", private)[1] == "10.0.0.1"
    for url in ("http://127.0.0.1/", "http://169.254.169.254/", "http://[fd00:ec2::254]/", "http://0.0.0.0/"):
        with pytest.raises(Refused):
            check_target(url, private)
    with pytest.raises(Refused):
        check_target("http://8.8.8.8/", Reach())


def test_a_webhook_that_cannot_be_is_refused_with_the_field(owner, town):
    for said, field in (
        ({"url": "http://127.0.0.1/"}, "url"), ({"url": "x" * 500}, "url"), ({"events": []}, "events"),
        ({"events": ["made.up"]}, "events"), ({"description": "\0"}, "description"),
    ):  # fmt: skip
        with pytest.raises(Invalid) as refused:
            register_webhook(
                by=owner, organisation_id=town.pk, **{"url": "http://8.8.8.8/", "events": ["batch.opened"], **said}
            )
        assert field in refused.value.fields


# Signed, in order, once


def test_the_reference_library_verifies_what_arrives(hook, town, receiver):
    endpoint, secret = hook
    happen(town, tasks=3)
    assert carry(endpoint) == 1
    (came,) = receiver.came
    said = verified(secret, came)
    assert said["type"] == "batch.opened"
    assert said["data"] == {"batch": "b1", "title": "Letters 1", "tasks": 3}
    delivery = Delivery.objects.get()
    assert came[0]["webhook-id"] == f"msg_{delivery.code.hex}"
    assert (delivery.state, Attempt.objects.get().status) == ("delivered", 204)
    assert carry(endpoint) == 0
    assert not Happening.objects.exists()


def test_the_secret_lies_sealed_and_two_of_them_sign_for_a_day(hook, owner, town, receiver):
    endpoint, first = hook
    assert first not in str(Endpoint.objects.values_list("secret", flat=True))
    endpoint, second = rotate_secret(by=owner, code=endpoint.code)
    now = timezone.now()
    happen(town)
    carry(endpoint, now)
    assert verified(first, receiver.came[0]) == verified(second, receiver.came[0])
    happen(town, 2)
    carry(endpoint, now + timedelta(hours=25))
    assert receiver.came[1][0]["webhook-signature"].count("v1,") == 1


def test_messages_keep_their_order_and_items_of_a_batch_travel_together(hook, town, receiver):
    endpoint, secret = hook
    happen(town, 1)
    for number in range(3):
        announce(event="task.settled", about="b1", organisation_id=town.pk, task=number)
    announce(event="task.settled", about="b2", organisation_id=town.pk, task=9)
    happen(town, 1, "batch.closed")
    assert carry(endpoint) == 4
    said = [json.loads(body) for _headers, body in receiver.came]
    assert [each["type"] for each in said] == ["batch.opened", "task.settled", "task.settled", "batch.closed"]
    assert said[1]["data"] == {"batch": "b1", "items": [{"task": 0}, {"task": 1}, {"task": 2}]}
    assert verified(secret, receiver.came[1])


def test_what_is_rolled_back_or_heard_by_nobody_is_not_an_event(hook, town):
    with transaction.atomic():
        happen(town)
        transaction.set_rollback(True)
    happen(organisation("Elsewhere"))
    Endpoint.objects.update(events=["batch.closed"])
    happen(town)
    assert not Happening.objects.exists()


def test_the_name_of_confidential_work_is_in_no_message(hook, owner, town, receiver):
    endpoint, _secret = hook
    batch = open_batch(owner, town, title="Harbour letters", tasks=1, adaptive=False, least=1, most=1)
    Batch.objects.update(sensitivity=Sensitivity.CONFIDENTIAL)
    batch.refresh_from_db()
    eva, owner = surely(subject("Eva", town)), surely(owner)
    send(eva, take(eva, batch))
    results.send_to_review(by=owner, batch=batch, number=1)
    results.review_task(by=owner, batch=batch, number=1, value="b")
    move_batch(by=owner, code=batch.code, verb="close")
    nora, office = person("Nora", organisation("Old")), organisation("Office", town)
    add_membership(None, nora, town, Role.CONTRIBUTOR)
    move_person(
        by=subject("Kaisa", town, Role.COORDINATOR), person=nora, source=town, target=office,
        day=timezone.localdate(),
    )  # fmt: skip
    carry(endpoint)
    said = [json.loads(body)["type"] for _headers, body in receiver.came]
    assert said == ["task.settled", "result.changed", "batch.closed", "person.joined", "person.left"]
    everything = str(receiver.came)
    assert "Harbour" not in everything
    assert "Nora" not in everything


# Receivers in trouble


def test_a_receiver_that_answers_500_for_a_day_gets_everything_in_order_when_it_is_back(hook, town, receiver):
    endpoint, secret = hook
    now, receiver.status = timezone.now(), 500
    for number in range(5):
        happen(town, number)
    assert carry(endpoint, now) == 1, "the oldest alone is tried; the others cost nothing"
    day = now
    for wait in SCHEDULE[:5]:
        assert carry(endpoint, day) == 0
        day += wait * 1.21
        assert carry(endpoint, day) == 1
    receiver.status = 200
    day += SCHEDULE[5] * 1.21
    assert carry(endpoint, day) == 5
    numbers = [verified_later(secret, came, day)["data"]["batch"] for came in receiver.came[-5:]]
    assert numbers == ["b0", "b1", "b2", "b3", "b4"]
    assert len({headers["webhook-id"] for headers, _body in receiver.came}) == 5, "the id is the same at every try"
    assert not Endpoint.objects.get().failing_since


def verified_later(secret, came, moment):
    """The reference library asks the clock of today; the signature it would make then is compared instead."""
    headers, body = came
    signed = Webhook(secret).sign(headers["webhook-id"], moment, body.decode())
    assert signed in headers["webhook-signature"].split(" ")
    return json.loads(body)


def test_a_receiver_that_hangs_is_cut_off_and_holds_up_nobody_else(hook, owner, town, receiver, monkeypatch):
    monkeypatch.setattr(outgoing, "PATIENCE", 0.3)
    receiver.hang = threading.Event()
    with receiving() as other:
        second, _secret = register_webhook(by=owner, organisation_id=town.pk, url=other.url, events=list(EVENTS))
        happen(town, 1)
        happen(town, 2)
        assert carry(hook[0]) == 1
        assert carry(second) == 2
        assert len(other.came) == 2
    tried = Attempt.objects.filter(delivery__endpoint=hook[0]).get()
    assert tried.status is None
    assert "timed out" in tried.excerpt


def test_what_one_message_is_refused_for_does_not_hold_up_the_next(hook, town, receiver):
    now, receiver.status = timezone.now(), 400
    happen(town, 1)
    happen(town, 2)
    assert carry(hook[0], now) == 2
    receiver.status = 200
    assert carry(hook[0], now + timedelta(minutes=1)) == 2


def test_after_days_of_failure_it_is_switched_off_and_whoever_registered_it_is_told(hook, owner, town, receiver):
    endpoint, _secret = hook
    now, receiver.status = timezone.now(), 503
    happen(town)
    for wait in (timedelta(0), *SCHEDULE):
        now += wait * 1.21
        carry(endpoint, now)
    endpoint.refresh_from_db()
    assert endpoint.state == "failed"
    assert Notice.objects.get(kind="webhook.failed").person_id == owner.person_id
    receiver.status = 200
    assert carry(endpoint, now + SWITCH_OFF) == 0
    switch_webhook(by=owner, code=endpoint.code, on=True)
    happen(town, 2)
    assert carry(endpoint, now + SWITCH_OFF) >= 1
    assert receiver.came[-1][0]["webhook-id"] == f"msg_{Delivery.objects.latest('pk').code.hex}"


def test_a_redirect_is_an_answer_and_a_long_answer_is_cut(hook, town, receiver):
    with receiving() as inside:
        receiver.status, receiver.where, receiver.answer = 302, inside.url, b"<html>" + b"x" * 100_000
        happen(town)
        carry(hook[0])
        assert not inside.came
    tried = Attempt.objects.get()
    assert (tried.status, len(tried.excerpt)) == (302, outgoing.EXCERPT)


def test_gone_means_gone(hook, town, receiver):
    receiver.status = 410
    happen(town)
    carry(hook[0])
    assert Endpoint.objects.get().state == "failed"


def test_one_is_sent_again_by_hand_under_the_same_id(hook, owner, town, receiver):
    endpoint, secret = hook
    happen(town)
    carry(endpoint)
    resend_delivery(by=owner, code=endpoint.code, number=Delivery.objects.get().pk)
    assert carry(endpoint, timezone.now()) == 1
    first, second = receiver.came
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    assert verified(secret, second)


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_send_each_message_once():
    town = organisation("Town")
    owner = subject("Olga", town, Role.TASK_OWNER)
    with override_settings(WEBHOOK_LOOPBACK=True), receiving() as receiver:
        endpoint, _secret = register_webhook(by=owner, organisation_id=town.pk, url=receiver.url, events=list(EVENTS))
        for number in range(15):
            happen(town, number)
        storm([lambda: carry(endpoint)] * 4)
        carry(endpoint)
        said = [json.loads(body)["data"]["batch"] for _headers, body in receiver.came]
    assert said == [f"b{number}" for number in range(15)]


# Pages


def visit(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def test_a_webhook_is_registered_its_secret_shown_once_and_its_log_read(owner, town, receiver):
    client = visit(owner)
    assert "No webhook yet" in client.get(reverse("webhooks")).content.decode()
    form = {"organisation_id": town.pk, "url": receiver.url, "events": ["batch.opened"], "description": "Dashboard"}
    assert client.post(reverse("webhook_new"), form | {"url": "http://10.0.0.1/"}).status_code == 422
    page = client.post(reverse("webhook_new"), form).content.decode()
    assert "whsec_" in page
    endpoint = Endpoint.objects.get()
    where = reverse("webhook", args=[endpoint.code])
    assert "whsec_" not in client.get(where).content.decode()
    happen(town)
    receiver.status, receiver.answer = 418, b"<b>no tea</b>"
    carry(endpoint)
    log = client.get(where).content.decode()
    assert "answered 418" in log
    assert "&lt;b&gt;no tea" in log
    assert "Failing" in client.get(reverse("webhooks")).content.decode()


def test_the_log_is_forgotten_after_a_month(hook, town):
    happen(town)
    carry(hook[0])
    forget_old(now=timezone.now() + timedelta(days=29))
    assert Attempt.objects.exists()
    forget_old(now=timezone.now() + timedelta(days=31))
    assert not Delivery.objects.exists()


def test_a_clock_that_was_set_back_keeps_no_message_waiting(hook, town, receiver):
    endpoint, now = hook[0], timezone.now()
    happen(town)
    make_deliveries(now=now + timedelta(hours=1))
    Endpoint.objects.update(busy_until=now + timedelta(hours=1))
    assert due_endpoints(now) == [endpoint.pk]
    assert deliver(endpoint=endpoint.pk, now=now) == 1
    assert len(receiver.came) == 1


@pytest.mark.parametrize("lost", ["secret", "older"])
def test_of_two_secrets_the_one_that_can_be_read_is_sealed_anew(hook, owner, settings, lost):
    endpoint, _first = hook
    endpoint, _second = rotate_secret(by=owner, code=endpoint.code)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of this installation"
    setattr(endpoint, lost, "s1.AAAA")
    endpoint.save()
    done = reseal_secrets()
    assert (done.anew, done.current, done.lost) == (1, 0, 1)
    endpoint.refresh_from_db()
    settings.SECRET_KEY_FALLBACKS = []
    assert SECRET.unseal(endpoint.older if lost == "secret" else endpoint.secret, endpoint.code)
    assert getattr(endpoint, lost) == "s1.AAAA"


def test_secrets_are_sealed_anew_when_the_key_has_changed_and_one_is_no_use_in_another_row(hook, owner, town, settings):
    endpoint, _first = hook
    endpoint, second = rotate_secret(by=owner, code=endpoint.code)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of this installation"
    assert reseal_secrets().anew == 2
    settings.SECRET_KEY_FALLBACKS = []
    endpoint.refresh_from_db()
    assert secrets_of(endpoint, timezone.now())[0] == second
    endpoint.code = "another"
    with pytest.raises(Unreadable):
        secrets_of(endpoint, timezone.now())
