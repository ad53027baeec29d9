"""Webhooks through the API: a scope of their own, a secret that is told once and kept nowhere in the clear."""

from uuid import uuid4

import pytest
from django.db import connection

from talkoo.access.models import KeptResponse
from talkoo.access.permissions import Role
from talkoo.access.scopes import PERMISSIONS, Permission, Scope
from talkoo.notify.models import Endpoint
from talkoo.notify.queries.webhooks import secrets_of
from tests import people as cast
from tests.callers import Caller, service_of, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return cast.organisation("Northtown")


@pytest.fixture
def olga(town):
    return cast.subject("Olga", town, Role.TASK_OWNER)


def _said(town):
    return {"organisation": town.code, "url": "https://1.1.1.1/hook", "events": ["task.settled", "batch.closed"]}


def test_no_other_scope_touches_webhooks():
    assert [scope for scope in Scope if Permission.WEBHOOK_EDIT in PERMISSIONS[scope]] == [Scope.WEBHOOKS_WRITE]


def test_the_secret_is_told_when_it_is_made_and_never_again(olga, town):
    caller = Caller(token_of(olga, "webhooks:write"))
    made = caller.post("/webhooks", _said(town))
    assert made.status_code == 201
    endpoint, secret = Endpoint.objects.get(), made.json()["secret"]
    assert secrets_of(endpoint, endpoint.made) == [secret]
    for path in ("/webhooks", f"/webhooks/{endpoint.code}", f"/webhooks/{endpoint.code}/deliveries"):
        assert secret not in caller.get(path).content.decode()


def test_sent_again_with_its_key_it_is_told_again_but_lies_nowhere_in_the_clear(olga, town):
    caller, key = Caller(token_of(olga, "webhooks:write")), {"Idempotency-Key": str(uuid4())}
    first, second = (caller.post("/webhooks", _said(town), **key).json() for _ in range(2))
    assert first == second
    assert Endpoint.objects.count() == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT k::text FROM access_keptresponse k UNION ALL SELECT e::text FROM notify_endpoint e")
        assert first["secret"] not in str(cursor.fetchall())


def test_an_answer_that_can_be_read_no_more_is_a_conflict_and_nothing_is_done_twice(olga, town):
    caller, key = Caller(token_of(olga, "webhooks:write")), {"Idempotency-Key": str(uuid4())}
    caller.post("/webhooks", _said(town), **key)
    KeptResponse.objects.update(body="sealed under another key")
    assert caller.post("/webhooks", _said(town), **key).status_code == 409
    assert Endpoint.objects.count() == 1


def test_a_program_of_the_town_registers_for_it_and_no_person_stands_for_that(town):
    aino = cast.subject("Aino", town, Role.ADMINISTRATOR)
    caller = Caller(service_of(aino, town, "webhooks:write"))
    assert caller.post("/webhooks", _said(town)).status_code == 201
    assert Endpoint.objects.get().made_by is None
    assert caller.post("/webhooks", _said(cast.organisation("Southtown"))).status_code == 404
    inside = {**_said(town), "url": "https://127.0.0.1/hook"}
    assert caller.post("/webhooks", inside).json()["errors"][0]["pointer"] == "/url"
