"""The calendar of what somebody promised: theirs alone, without names that must stay inside, and the same until it changes."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from talkoo.access.permissions import Relation, Role
from talkoo.microtasks.models import Batch, BatchPerson, Sensitivity
from talkoo.notify.actions.calendars import renew_feed, revoke_feed
from talkoo.notify.models import Feed
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return organisation("Town")


@pytest.fixture
def owner(town):
    return subject("Olga", town, Role.TASK_OWNER)


@pytest.fixture
def eva(town):
    return subject("Eva", town)


@pytest.fixture
def batch(owner, town):
    day = timezone.localdate() + timedelta(days=5)
    return open_batch(owner, town, title="Harbour letters, all; of them", deadline=day)


def feed(token, **headers):
    return Client().get(reverse("calendar_feed", args=[token]), headers=headers)


def entries(token):
    answer = feed(token)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_without_the_address_and_after_it_was_renewed_stopped_or_the_account_closed_there_is_nothing(eva):
    first = renew_feed(by=eva)
    assert first not in str(Feed.objects.values_list("token_hash", flat=True))
    second = renew_feed(by=eva)
    assert [feed(token).status_code for token in ("made-up", first, second)] == [404, 404, 200]
    Person.objects.filter(pk=eva.person_id).update(is_active=False)
    assert feed(second).status_code == 404
    Person.objects.filter(pk=eva.person_id).update(is_active=True)
    revoke_feed(by=eva)
    assert feed(second).status_code == 404


def test_it_holds_what_one_began_owns_or_reviews_and_nothing_else(eva, owner, batch, town):
    rita, other = subject("Rita", town), subject("Otto", town)
    BatchPerson.objects.create(batch=batch, person_id=rita.person_id, relation=Relation.REVIEWER)
    send(eva, take(eva, batch))
    said = {by.name: [str(each["SUMMARY"]) for each in entries(renew_feed(by=by))] for by in (eva, owner, rita, other)}
    title = "Harbour letters, all; of them"
    assert said == {
        "Eva": [f"Last day for what you began: {title}"], "Olga": [f"Your batch ends: {title}"],
        "Rita": [f"Decisions needed by today: {title}"], "Otto": [],
    }  # fmt: skip


def test_an_entry_is_a_whole_day_and_gets_a_higher_number_when_it_changes(owner, batch):
    token = renew_feed(by=owner)
    (first,) = entries(token)
    assert first["DTSTART"].params["VALUE"] == "DATE"
    assert first.decoded("DTSTART") == batch.deadline
    assert "DTEND" not in first, "a date without an end is that day"
    assert (first["SEQUENCE"], first.decoded("DTSTAMP").utcoffset()) == (0, timedelta(0))
    assert batch.code in first["UID"]
    Batch.objects.update(deadline=date.max)
    (second,) = entries(token)
    assert (second["UID"], second["SEQUENCE"]) == (first["UID"], 1)
    assert second.decoded("DTSTAMP") >= first.decoded("DTSTAMP")
    assert entries(token)[0]["SEQUENCE"] == 1


def test_what_did_not_change_is_not_sent_again(owner, batch):
    token = renew_feed(by=owner)
    etag = feed(token).headers["ETag"]
    assert feed(token, if_none_match=etag).status_code == 304
    Batch.objects.update(title="Other letters")
    assert feed(token, if_none_match=etag).status_code == 200


def test_the_name_of_confidential_work_is_not_in_it(owner, batch):
    Batch.objects.update(sensitivity=Sensitivity.CONFIDENTIAL)
    answer = feed(renew_feed(by=owner))
    assert b"Harbour" not in answer.content
    assert b"A confidential batch" in answer.content


def test_the_address_is_shown_once_on_the_page_that_makes_it(eva):
    client = Client()
    client.force_login(Person.objects.get(pk=eva.person_id))
    where = reverse("calendar")
    assert "no address yet" in client.get(where).content.decode()
    assert ".ics" in client.post(where).content.decode()
    page = client.get(where).content.decode()
    assert ".ics" not in page
    assert "Make a new address" in page
