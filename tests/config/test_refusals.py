"""What the domain refuses becomes a page or a problem document, and a refusal of rights is written down."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from talkoo.audit.models import Event
from talkoo.config.refusals import refusal
from talkoo.config.urls import *  # noqa: F403
from talkoo.config.urls import urlpatterns as product_patterns
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from tests.people import organisation, person

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
ERRORS = {
    "invalid": Invalid("Line 3 has no text.", "Write one.", {"text": "Write a text."}),
    "denied": Denied("You may not open this batch.", "Ask its owner.", permission="batch:open"),
    "missing": Missing("There is no such batch."),
    "conflict": Conflict("The batch is closed.", "Copy it."),
}
STATUS = {"invalid": 400, "denied": 403, "missing": 404, "conflict": 409}


def fail(request, kind):
    if kind in ERRORS:
        raise ERRORS[kind]
    if kind == "bug":
        raise RuntimeError("a bug")
    return HttpResponse("fine")


urlpatterns = [path("fail/<slug:kind>", fail), *product_patterns]


@pytest.mark.parametrize("kind", ERRORS)
def test_a_refusal_is_a_page_with_message_and_remedy(client, kind):
    answer = client.get(f"/fail/{kind}")
    assert answer.status_code == STATUS[kind]
    assert ERRORS[kind].message in answer.text
    assert ERRORS[kind].remedy in answer.text
    assert "<h1" in answer.text


@pytest.mark.parametrize("kind", ERRORS)
def test_a_client_that_prefers_json_gets_a_problem_document(client, kind):
    answer = client.get(f"/fail/{kind}", headers={"Accept": "application/json"})
    assert answer.status_code == STATUS[kind]
    assert answer["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["detail"]) == (STATUS[kind], ERRORS[kind].message)
    assert body.get("fields", {}) == getattr(ERRORS[kind], "fields", {})


def test_a_refusal_of_rights_is_written_to_the_log_and_others_are_not(client):
    for kind in ("invalid", "missing", "conflict"):
        client.get(f"/fail/{kind}")
    assert not Event.objects.filter(action="access.refused").exists()
    client.get("/fail/denied")
    event = Event.objects.get(action="access.refused")
    assert event.code == "/fail/denied"
    assert event.facts["permission"] == "batch:open"


def test_markup_in_a_message_is_shown_not_run():
    request = RequestFactory().get("/")
    assert "<script>alert" not in refusal(request, Missing("<script>alert(1)</script>")).text


def test_nothing_is_sent_back_as_it_came(client):
    answer = client.generic("TRACE", "/accounts/login/", headers={"X-Secret": "harbour"})
    assert answer.status_code == 405
    assert b"harbour" not in answer.content


def test_an_address_that_does_not_exist_has_a_page(client):
    answer = client.get("/there/is/nothing")
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


def test_a_form_without_a_token_is_refused_with_the_remedy():
    answer = Client(enforce_csrf_checks=True).post("/fail/fine")
    assert answer.status_code == 403
    assert "reload the page" in answer.text


def test_a_bug_is_a_plain_page_without_a_word_of_the_bug(client):
    client.raise_request_exception = False
    answer = client.get("/fail/bug")
    assert answer.status_code == 500
    assert "What you had saved is safe" in answer.text
    assert "RuntimeError" not in answer.text


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"file": [f"x{number}" for number in range(101)]}, "More than 100 files"),
        ({f"n{number}": "" for number in range(1001)}, "More than 1000 fields"),
        ({"text": "x" * 2_700_000}, "More than 2621 kB"),
    ],
)
def test_what_is_too_much_at_once_is_said_with_how_many_and_logs_no_traceback(client, caplog, sent, says):
    if "file" in sent:
        sent = {"file": [SimpleUploadedFile(name, b"x") for name in sent["file"]]}
    person("Amina", organisation("Region"))
    answer = client.post("/accounts/login/", sent)
    assert answer.status_code == 400
    assert says in answer.text
    assert [record for record in caplog.records if record.exc_info] == []


def test_every_answer_carries_the_policy(client):
    policy = client.get("/healthz")["Content-Security-Policy"]
    assert set(policy.split("; ")) == {
        "default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'",
    }  # fmt: skip


@pytest.mark.parametrize("key", [r'"\\000abcdefghijk"', "x" * 5000, "../../settings", "abcdefgh\x01ijkl"])
def test_a_cookie_that_is_no_session_is_a_visitor(client, key):
    client.cookies["talkoo_session"] = "x"
    headers = {"HTTP_COOKIE": f"talkoo_session={key}"}
    assert client.get("/tasks/", **headers).status_code == 302


def test_a_database_that_went_away_is_told_as_busy_to_people_signed_in(client, monkeypatch):
    def gone(user, **_where):
        raise OperationalError("the server closed the connection")

    client.force_login(person("Amina", organisation("Region")))
    monkeypatch.setattr("talkoo.config.who.subject_of", gone)
    answer = client.get("/tasks/")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
