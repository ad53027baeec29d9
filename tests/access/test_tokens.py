"""Tokens: what they open, what they never open, and how they end."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from talkoo.access.actions.tokens import make_personal_token, make_service_token, revoke_token
from talkoo.access.keys import hashed, new_secret, well_formed
from talkoo.access.models import Token
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.scopes import Scope
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.people.actions.persons import deactivate_person, end_my_sessions
from talkoo.people.models import Membership, Person
from talkoo.people.queries.subject import subject_of_token
from tests import people as cast
from tests.callers import Caller, service_of, token_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return cast.organisation("Northtown")


@pytest.fixture
def carl(town):
    return cast.subject("Carl", town)


@pytest.fixture
def aino(town):
    return cast.subject("Aino", town, Role.ADMINISTRATOR, Role.COORDINATOR)


def test_a_secret_can_be_told_from_anything_else_without_asking_the_database():
    secret = new_secret("talkoo_pat_")
    assert well_formed(secret)
    changed = secret[:-1] + ("a" if secret[-1] != "a" else "b")
    for other in (
        changed,
        secret[:-1],
        secret.replace("pat", "svc"),
        "",
        "talkoo_pat_",
        secret + "\n",
        "x" * 57,
        "é" * 57,
    ):
        assert not well_formed(other)


def test_only_the_hash_of_a_secret_is_kept(carl):
    token, secret = make_personal_token(by=carl, name="  Nightly \n export ", scopes=["results:read"])
    assert (token.name, token.hash) == ("Nightly export", hashed(secret))
    assert secret not in str(Token.objects.values().get())
    assert secret not in str(list(Event.objects.values()))
    assert token.expires.date() == (timezone.now() + timedelta(days=90)).date()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["everything"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 366}, "days"),
    ],
)
def test_what_a_token_cannot_be_is_told_at_its_field(carl, said, field):
    with pytest.raises(Invalid) as refused:
        make_personal_token(by=carl, **{"name": "Export", "scopes": ["batches:read"], **said})
    assert set(refused.value.fields) == {field}


def test_a_token_never_makes_another_token(carl):
    token, _secret = make_personal_token(by=carl, name="First", scopes=[Scope.PEOPLE_WRITE])
    with pytest.raises(Denied):
        make_personal_token(by=subject_of_token(token), name="Second", scopes=["batches:read"])


def test_only_an_administrator_makes_service_tokens_and_only_where_they_are_one(carl, aino, town):
    elsewhere = cast.organisation("Southtown")
    place = {"organisation_id": town.pk, "organisation_code": town.code}
    for by, where in ((carl, place), (aino, {"organisation_id": elsewhere.pk, "organisation_code": elsewhere.code})):
        with pytest.raises(Denied):
            make_service_token(by=by, name="Case system", scopes=["batches:read"], **where)


def test_a_service_is_never_given_what_only_people_do(aino, town):
    place = {"organisation_id": town.pk, "organisation_code": town.code}
    for scope in ("tasks:answer", "reviews:write"):
        with pytest.raises(Invalid):
            make_service_token(by=aino, name="Robot", scopes=[scope], **place)


def test_a_personal_token_does_no_more_than_its_person_and_no_more_than_its_scopes(aino, town):
    token, _secret = make_personal_token(by=aino, name="Reader", scopes=["people:read"])
    by = subject_of_token(token)
    assert organisations_where(by, Permission.PEOPLE_SEE) == {town.pk}
    assert not organisations_where(by, Permission.PEOPLE_INVITE)
    assert not organisations_where(by, Permission.TOKEN_MANAGE)
    token, _secret = make_personal_token(by=cast.subject("Olga", town), name="All", scopes=list(Scope))
    assert not organisations_where(subject_of_token(token), Permission.PEOPLE_SEE)


def test_a_service_reaches_its_organisation_and_what_stands_below_it(aino, town):
    office, elsewhere = cast.organisation("Office", town), cast.organisation("Southtown")
    service_of(aino, town, "batches:write")
    by = subject_of_token(Token.objects.get())
    assert by.is_service
    assert organisations_where(by, Permission.BATCH_EDIT) == {town.pk, office.pk}
    assert elsewhere.pk not in organisations_where(by, Permission.BATCH_SEE)
    assert not organisations_where(by, Permission.PEOPLE_SEE)


def _status(secret: str) -> tuple[int, str]:
    response = Caller(secret).get("/me")
    return response.status_code, response.headers.get("WWW-Authenticate", "")


def _end(secret: str, how: str) -> None:
    token = Token.objects.get(hash=hashed(secret))
    person, by = token.person, subject_of_token(token)
    if how == "revoked":
        revoke_token(by=by, code=token.code)
    if how == "run out":
        Token.objects.update(expires=timezone.now() - timedelta(seconds=1))
    if how == "sessions ended":
        end_my_sessions(by=by)
    if how == "new password":
        person.set_password("a sentence nobody guesses")
        person.save()
    if how == "account closed":
        place = Membership.objects.get(person=person).organisation
        deactivate_person(by=cast.subject("Kaisa", place, Role.COORDINATOR), person=person)
    if how == "left":
        Membership.objects.filter(person=person).update(ends=timezone.localdate())


@pytest.mark.parametrize("how", ["revoked", "run out", "sessions ended", "new password", "account closed", "left"])
def test_a_token_ends_at_its_next_call(carl, how):
    secret = token_of(carl)
    assert _status(secret)[0] == 200
    _end(secret, how)
    assert _status(secret) == (401, 'Bearer realm="Talkoo", error="invalid_token"')


@pytest.mark.parametrize(
    "said",
    ["", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "Bearer talkoo_pat_x", "Bearer " + "x" * 9000, "Bearer \x00é"],
)
def test_whoever_is_not_known_is_asked_for_a_token_and_told_where_to_get_one(said):
    response = Caller().get("/me", Authorization=said) if said else Caller().get("/me")
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith('Bearer realm="Talkoo"')
    assert response.headers["Content-Type"] == "application/problem+json"
    assert "Authorization: Bearer talkoo_pat_" in response.json()["remedy"]


def test_a_service_token_ends_with_its_organisation_and_not_with_whoever_made_it(aino, town):
    secret = service_of(aino, town)
    Person.objects.filter(pk=aino.person_id).update(is_active=False)
    assert _status(secret)[0] == 200
    type(town).objects.filter(pk=town.pk).update(ends=timezone.localdate())
    assert _status(secret)[0] == 401


def test_cookies_open_nothing_in_the_api(carl):
    caller = Caller()
    caller.client.force_login(Person.objects.get(pk=carl.person_id))
    assert caller.get("/me").status_code == 401


def test_the_log_names_the_token_and_no_person_where_a_service_acts(carl, aino, town):
    Membership.objects.create(person_id=carl.person_id, organisation=town, role=Role.TASK_OWNER)
    said = {"organisation": town.code, "title": "Letters"}
    assert Caller(token_of(carl)).post("/batches", said).status_code == 201
    owner = Person.objects.get(pk=carl.person_id).email
    assert Caller(service_of(aino, town)).post("/batches", {**said, "owner": owner}).status_code == 201
    personal, service = Event.objects.filter(action="microtasks.batch.created").order_by("pk")
    assert (personal.actor_id, service.actor_id) == (carl.person_id, None)
    codes = {token.of_service: token.code for token in Token.objects.all()}
    assert (personal.facts["token"], service.facts["token"]) == (codes[False], codes[True])


def test_a_foreign_token_is_missing_and_nobody_revokes_it(carl, aino):
    token_of(carl)
    with pytest.raises(Missing):
        revoke_token(by=aino, code=Token.objects.get().code)


def test_the_day_of_the_last_use_is_kept_and_no_time(carl):
    secret = token_of(carl)
    _status(secret)
    assert Token.objects.get().used == timezone.localdate()


def test_nobody_heaps_up_tokens(carl):
    for _ in range(50):
        token_of(carl)
    with pytest.raises(Conflict):
        token_of(carl)


def test_too_many_calls_in_a_minute_are_told_when_to_go_on(carl, settings):
    settings.API_CALLS_PER_MINUTE = 3
    caller, other = Caller(token_of(carl)), Caller(token_of(carl))
    answers = [caller.get("/me") for _ in range(8)]  # a minute may turn in between, once
    late = next(each for each in answers if each.status_code == 429)
    assert 1 <= int(late.headers["Retry-After"]) <= 60
    assert late.headers["Content-Type"] == "application/problem+json"
    assert other.get("/me").status_code == 200


PASSWORD = "a sentence nobody guesses"


@pytest.fixture
def browser(carl, client):
    """Carl, who signed in with his password."""
    person = Person.objects.get(pk=carl.person_id)
    person.set_password(PASSWORD)
    person.save()
    client.post("/accounts/login/", {"login": person.email, "password": PASSWORD})
    return client


def test_a_page_asks_for_the_password_once_more_and_shows_the_secret_once(browser):
    asked = browser.post("/me/tokens/", {"name": "Nightly export", "scopes": ["results:read"], "days": 30})
    assert asked.headers["Location"].startswith("/accounts/step-up/")
    assert not Token.objects.exists()
    back = browser.post(asked.headers["Location"], {"way": "password", "password": PASSWORD, "next": "/me/tokens/"})
    assert back.headers["Location"] == "/me/tokens/"
    assert not Token.objects.exists()  # what was typed is there again, and sent by hand
    made = browser.post("/me/tokens/", {"name": "Nightly export", "scopes": ["results:read"], "days": 30})
    secret = re.search(r'value="(talkoo_pat_\w+)"', made.content.decode())[1]
    assert well_formed(secret)
    assert "no-store" in made.headers["Cache-Control"]
    again = browser.get("/me/tokens/").content.decode()
    assert secret not in again
    assert "Nightly export" in again


def test_whoever_does_not_know_the_password_makes_no_token(browser):
    asked = browser.post("/me/tokens/", {"name": "Nightly export", "scopes": ["results:read"], "days": 30})
    browser.post(
        asked.headers["Location"], {"way": "password", "password": "something else altogether", "next": "/me/tokens/"}
    )
    assert not Token.objects.exists()
