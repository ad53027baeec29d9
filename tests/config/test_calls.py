"""What is the same for every call: forms, problems, pages, requests that are sent twice."""

import json
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from talkoo.access.actions.calls import forget_responses, kept_response
from talkoo.access.models import KeptResponse, Token
from talkoo.access.permissions import Role
from talkoo.config.openapi import openapi
from talkoo.lib.errors import Conflict
from talkoo.microtasks.models import Answer, Batch
from tests import people as cast
from tests.callers import Caller, token_of
from tests.microtasks.made import open_batch


@pytest.fixture
def town(db):
    return cast.organisation("Northtown")


@pytest.fixture
def olga(town):
    return cast.subject("Olga", town, Role.TASK_OWNER)


@pytest.fixture
def caller(olga):
    return Caller(token_of(olga))


def _draft(town, title="Letters"):
    return {"organisation": town.code, "title": title}


def _must_be_problem(response, status):
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == status
    assert body["title"]
    assert body["detail"]
    return body


# Forms and problems


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("GET", "/batches/nothing", {}, 404),
        ("PUT", "/batches", {}, 405),
        ("GET", "/me", {"Accept": "image/png"}, 406),
        ("GET", "/batches?limit=0", {}, 422),
        ("GET", "/batches?state=asleep", {}, 422),
        ("GET", "/skills?q=%00", {}, 422),
    ],
)
def test_every_refusal_is_a_problem_that_says_what_to_do(caller, method, path, headers, status):
    assert _must_be_problem(caller.call(method, path, **headers), status)["remedy"]


def test_plain_http_is_refused_and_not_redirected(caller, settings):
    settings.INSECURE_HTTP, settings.SECURE_SSL_REDIRECT = False, True
    body = _must_be_problem(caller.get("/me"), 403)
    assert "Revoke that token" in body["remedy"]


def test_no_answer_is_kept_on_the_way(caller):
    assert "no-store" in caller.get("/me").headers["Cache-Control"]


def test_a_body_of_another_type_is_refused(caller):
    said = {"Authorization": f"Bearer {caller.secret}"}
    response = caller.client.post("/api/v1/batches", {"title": "x"}, headers=said)
    assert "application/json" in _must_be_problem(response, 415)["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"title": "\xff"}',
        b'{"title": "a\\u0000b"}',
        b'{"title": "\\ud800"}',
        b'{"title": NaN}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b"[]",
        b"7",
    ],
)
def test_a_body_that_cannot_be_kept_is_refused(caller, body):
    said = {"Authorization": f"Bearer {caller.secret}"}
    response = caller.client.generic("POST", "/api/v1/batches", body, "application/json", headers=said)
    _must_be_problem(response, response.status_code)
    assert response.status_code in {400, 422}
    assert not Batch.objects.exists()


def test_a_body_that_is_too_large_is_refused(caller):
    _must_be_problem(caller.post("/batches", {"title": "x" * 3_000_000}), 413)


def test_each_fault_is_pointed_at(caller, town):
    body = _must_be_problem(caller.post("/batches", {"title": "x" * 121, "organisation": 7}), 422)
    assert {each["pointer"] for each in body["errors"]} == {"/title", "/organisation"}
    body = _must_be_problem(caller.post("/batches", {"title": "  ", "organisation": town.code}), 422)
    assert [each["pointer"] for each in body["errors"]] == ["/title"]
    body = _must_be_problem(caller.get("/batches?limit=500"), 422)
    assert [each["parameter"] for each in body["errors"]] == ["limit"]


# Pages


def test_a_list_comes_in_pages_that_new_rows_do_not_shift(caller, olga, town):
    for number in range(5):
        caller.post("/batches", _draft(town, f"Batch {number}"))
    first = caller.get("/batches?limit=2")
    assert [each["title"] for each in first.json()["items"]] == ["Batch 4", "Batch 3"]
    caller.post("/batches", _draft(town, "One more"))
    Batch.objects.filter(title="Batch 3").delete()
    second = caller.get(f"/batches?limit=2&cursor={first.json()['next']}")
    assert [each["title"] for each in second.json()["items"]] == ["Batch 2", "Batch 1"]
    link = second.headers["Link"]
    assert link.endswith('; rel="next"')
    last = caller.get(link[1:].partition(">")[0].partition("testserver")[2])
    assert [each["title"] for each in last.json()["items"]] == ["Batch 0"]
    assert last.json()["next"] is None
    assert "Link" not in last.headers


def test_a_cursor_that_was_made_up_changed_or_taken_elsewhere_is_refused(caller, town):
    for number in range(3):
        caller.post("/batches", _draft(town, f"Batch {number}"))
    cursor = caller.get("/batches?limit=1").json()["next"]
    for path in (
        "/batches?cursor=abc",
        f"/batches?cursor={cursor}x",
        f"/batches?state=open&cursor={cursor}",
        f"/skills?cursor={cursor}",
        "/batches?cursor=%ff%00",
    ):
        body = _must_be_problem(caller.get(path), 400)
        assert body["errors"] == [{"parameter": "cursor", "detail": body["detail"]}]


# Sent twice


def test_the_same_request_with_the_same_key_is_done_once_and_answered_alike(caller, town):
    key = str(uuid4())
    first = caller.post("/batches", _draft(town), **{"Idempotency-Key": key})
    second = caller.post("/batches", _draft(town), **{"Idempotency-Key": key})
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (second.headers["Location"], second.headers["ETag"]) == (first.headers["Location"], first.headers["ETag"])
    assert second.headers["Idempotent-Replayed"] == "true"
    assert Batch.objects.count() == 1


def test_the_same_key_with_another_request_is_refused(caller, town):
    key = {"Idempotency-Key": str(uuid4())}
    caller.post("/batches", _draft(town), **key)
    assert "Idempotency-Key" in _must_be_problem(caller.post("/batches", _draft(town, "Other"), **key), 422)["detail"]
    assert Batch.objects.count() == 1


def test_keys_of_one_token_are_not_those_of_another(caller, olga, town):
    key = {"Idempotency-Key": "1"}
    caller.post("/batches", _draft(town), **key)
    assert Caller(token_of(olga)).post("/batches", _draft(town), **key).status_code == 201
    assert Batch.objects.count() == 2


def test_a_refusal_is_not_kept_so_what_is_put_right_may_use_the_key(caller, town):
    key = {"Idempotency-Key": "1"}
    assert caller.post("/batches", _draft(town, " "), **key).status_code == 422
    assert caller.post("/batches", _draft(town), **key).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(caller, town, key):
    body = _must_be_problem(caller.post("/batches", _draft(town), **{"Idempotency-Key": key}), 400)
    assert body["errors"][0]["header"] == "Idempotency-Key"


def test_answers_are_kept_for_a_day(caller, town):
    caller.post("/batches", _draft(town), **{"Idempotency-Key": "1"})
    assert forget_responses() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE access_keptresponse SET at = at - interval '25 hours'")
    assert forget_responses() == 1
    assert not KeptResponse.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_key_that_is_being_worked_on_is_told_to_wait(olga):
    token_of(olga)
    token = Token.objects.get()

    def other():
        with transaction.atomic():
            try:
                return kept_response(token, "1", "mark")
            except Conflict as busy:
                return busy
            finally:
                connections.close_all()

    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        assert kept_response(token, "1", "mark") is None
        assert isinstance(pool.submit(other).result(), Conflict)


@pytest.mark.django_db(transaction=True)
def test_an_answer_sent_many_times_at_once_is_stored_once(olga, town):
    batch = open_batch(olga, town, tasks=3)
    caller = Caller(token_of(olga))
    held = caller.post(f"/offers/{batch.code}/next").json()["task"]
    body = {"key": str(uuid4()), "value": "a", "next": True}

    def send(_number):
        try:
            sent = Caller(caller.secret).post(f"/assignments/{held['code']}/answer", body, **{"Idempotency-Key": "1"})
            return sent.status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(send, range(12)))
    assert set(seen) <= {200, 409}
    assert 200 in seen
    assert Answer.objects.count() == 1


# Editing together


def test_two_programs_that_change_one_batch_do_not_undo_each_other(caller, town):
    made = caller.post("/batches", _draft(town))
    path, read = f"/batches/{made.json()['code']}", made.headers["ETag"]
    first = caller.patch(path, {"title": "Mine"}, **{"If-Match": read})
    assert first.status_code == 200
    for stale in (read, "", "\xff", f'{read}, "another"'):
        _must_be_problem(caller.patch(path, {"summary": "Theirs"}, **{"If-Match": stale}), 412)
    listed = f"{read}, {first.headers['ETag']}"
    assert caller.patch(path, {"title": "Mine"}, **{"If-Match": listed}).status_code == 200
    assert caller.patch(path, {"summary": "Theirs"}, **{"If-Match": first.headers["ETag"]}).json()["title"] == "Mine"


def test_a_change_is_done_whole_or_not_at_all(caller, town):
    path = f"/batches/{caller.post('/batches', _draft(town)).json()['code']}"
    body = _must_be_problem(caller.patch(path, {"title": "Other", "least": 9, "most": 3}), 422)
    assert [each["pointer"] for each in body["errors"]] == ["/most"]
    assert caller.get(path).json()["title"] == "Letters"


# The document


def test_the_document_is_open_to_everybody_and_valid(client, db):
    found = client.get("/api/v1/openapi.json")
    assert found.json() == json.loads(json.dumps(openapi()))
    assert found.json()["openapi"] == "3.1.0"


def test_a_call_asks_the_database_at_most_twelve_times(caller, olga, town):
    batch = open_batch(olga, town, tasks=30)
    held = caller.post(f"/offers/{batch.code}/next").json()["task"]["code"]
    for path, body in (
        ("/me", None),
        ("/batches?limit=200", None),
        (f"/batches/{batch.code}", None),
        (f"/batches/{batch.code}/tasks?limit=200", None),
        (f"/batches/{batch.code}/tasks/1", None),
        ("/offers", None),
        (f"/assignments/{held}", None),
    ):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert caller.call("GET" if body is None else "POST", path, body).status_code == 200
        assert len(asked) <= 12, path
