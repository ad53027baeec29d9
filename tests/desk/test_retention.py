"""What is stated of how long people's data is kept is what a job does: for every time in the declarations, by a row each."""

import re
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from talkoo.access.models import Identity, KeptForm, KeptResponse, Session, Token
from talkoo.access.permissions import Role
from talkoo.audit.actions.sequencing import sequence_all
from talkoo.audit.models import Event
from talkoo.desk.queries.holdings import HOLDINGS
from talkoo.microtasks.models import BatchState, Guest, PracticeAnswer, Reliability, Task
from talkoo.microtasks.models.viewings import Viewing
from talkoo.notify.models import Choice, Delivery, Endpoint, Entry, Feed, Mail, Notice, Pace
from talkoo.people.models import HomeNetwork, Invitation, PeopleFile, Person
from tests.microtasks.made import open_batch
from tests.people import organisation, person, subject_of

pytestmark = pytest.mark.django_db
NUMBER = count(1)
KEPT = [(table, keep) for holding in HOLDINGS for table in holding.tables for keep in table.keep]
HOUR = timedelta(hours=1)


def event(by, when, action, on):
    """As it would have been written then: the application itself writes no other time than now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (at, actor_id, action, kind, code, facts) VALUES (%s, %s, %s, %s, %s, '{\"a\": 1}') RETURNING id",
            [when, by.pk, action, *on],
        )
        return Event.objects.get(pk=cursor.fetchone()[0])


def closed(who, when):
    Person.objects.filter(pk=who.pk).update(is_active=False)
    event(who, when, "people.person.deactivated", ("person", who.code))
    return who


def home(who):
    return who.memberships.get(role=Role.CONTRIBUTOR).organisation


def token(who, when):
    return Token.objects.create(name="t", hash=uuid4().hex, person=who, scopes=[], expires=when)


def invitation(who, when):
    return Invitation.objects.create(
        token_hash=uuid4().hex, email="a@test.example", organisation=home(who), invited_by=who, person=who, expires=when
    )


def notice(who, when):
    return Notice.objects.create(person=who, kind="x", once=uuid4().hex, channel="in-app", at=when)


def batch(who, when):
    place = home(who)
    return open_batch(subject_of(who), place, tasks=1, state=BatchState.CLOSED, closed=when)


def practised(who, when):
    held = batch(who, when)
    return PracticeAnswer.objects.create(batch=held, task=Task.objects.get(batch=held), person=who, agrees=True)


def viewing(who, when):
    held = batch(who, timezone.now())
    task = Task.objects.get(batch=held)
    return Viewing.objects.create(batch=held, task=task, person=who, first=when, last=when)


def delivery(who, when):
    endpoint = Endpoint.objects.create(organisation_id=home(who).pk, url="https://a.example", events=[], made_by=who)
    return Delivery.objects.create(endpoint=endpoint, type="x", body="", made=when)


def session(who, when):
    return Session.objects.create(session_key=uuid4().hex, session_data="", expire_date=when, person=who, seen=when)


def feed(who, when):
    return Feed.objects.create(person=closed(who, when), token_hash=uuid4().hex)


def visit(who, when):
    """Of somebody who never was more than a guest."""
    number = next(NUMBER)
    came = Person.objects.create(email=f"guest{number}@out.example", name="Gerd")
    work = open_batch(subject_of(who), home(who), tasks=1)
    return Guest.objects.create(batch=work, person=came, email=came.email, name="Gerd", until=when)


ENDED = {  # a row of somebody whose end was then
    "access.Token": token,
    "access.Token talkoo.people.jobs.forget_left": lambda who, when: token(closed(who, when), timezone.now()),
    "access.KeptResponse": lambda who, when: KeptResponse.objects.create(
        token=token(who, timezone.now()), key="k", fingerprint="f", status=200, body="", at=when
    ),
    "access.Session": session,
    "access.KeptForm": lambda who, when: KeptForm.objects.create(person=who, fields="", at=when),
    "access.Identity": lambda who, when: Identity.objects.create(
        person=closed(who, when), issuer="i", subject=uuid4().hex, at=when
    ),
    "people.Invitation": invitation,
    "people.HomeNetwork": lambda who, when: HomeNetwork.objects.create(
        person=closed(who, when), place="At home", mark=uuid4().hex, sealed=""
    ),
    "people.PeopleFile": lambda who, when: PeopleFile.objects.create(
        by=who, at=when, organisation=home(who), filename="f", used=when
    ),
    "mfa.Authenticator": lambda who, when: Authenticator.objects.create(user=closed(who, when), type="totp", data={}),
    "notify.Notice": notice,
    "notify.Mail": lambda who, when: Mail.objects.create(person=who, made=when),
    "notify.Choice": lambda who, when: Choice.objects.create(person=closed(who, when), kind="x", channel="mail"),
    "notify.Pace": lambda who, when: Pace.objects.create(person=closed(who, when)),
    "notify.Feed": feed,
    "notify.Entry": lambda who, when: Entry.objects.create(feed=feed(who, when), code="c", told="t"),
    "notify.Delivery": delivery,
    "microtasks.Reliability": lambda who, when: Reliability.objects.create(batch=batch(who, when), person=who),
    "microtasks.PracticeAnswer": practised,
    "microtasks.Viewing": viewing,
    "microtasks.Guest": visit,
    "audit.Event": lambda who, when: event(who, when, "access.session.begun", ("session", "s")),
}


def stands(row):
    """Whether it is there, and says something: what is of the log stays and says nothing."""
    found = type(row).objects.filter(pk=row.pk)
    if isinstance(row, Guest):
        return found.exclude(name="").exists()
    return found.filter(payload__isnull=False).exists() if isinstance(row, Event) else found.exists()


@pytest.mark.parametrize(
    ("table", "keep"), KEPT, ids=[f"{table.model}-{table.person}-{keep.job}" for table, keep in KEPT]
)
def test_what_is_older_than_stated_goes_and_what_is_younger_stays(table, keep):
    place = organisation("Town")
    name = f"P{next(NUMBER)}"
    when, made = timezone.now() - keep.after, ENDED.get(f"{table.model} {keep.job}") or ENDED[table.model]
    old, young = (made(person(f"{name}{at}", place), when + step) for at, step in enumerate((-HOUR, HOUR)))
    sequence_all()
    app.tasks[keep.job](timestamp=0)
    assert (stands(old), stands(young)) == (False, True)
    told = (
        Event.objects.filter(actor_id=None).exclude(action="people.person.deactivated").values_list("action", flat=True)
    )
    counted = table.model not in {
        "access.KeptForm",
        "access.KeptResponse",
        "access.Session",
        "notify.Mail",
        "notify.Delivery",
    }
    assert bool(told) == counted, list(told)


def test_every_job_that_is_declared_runs_by_itself():
    names = {task.task.name for task in app.periodic_registry.periodic_tasks.values()}
    assert {keep.job for _table, keep in KEPT} <= names


def test_days_in_the_words_are_days_of_a_job():
    for holding in HOLDINGS:
        said = {int(days) for days in re.findall(r"(\d+) days", str(holding.kept))}
        done = {keep.after.days for table in holding.tables for keep in table.keep}
        assert said <= done, holding.key


def test_somebody_who_was_let_in_again_keeps_what_is_theirs():
    """The last closing counts, and only while the account is closed."""
    when = timezone.now() - timedelta(days=100)
    place = organisation("Town")
    again, twice = (person(name, place) for name in ("Amina", "Otto"))
    rows = [ENDED["access.Identity"](each, when) for each in (again, twice)]
    Person.objects.filter(pk=again.pk).update(is_active=True)
    closed(twice, timezone.now() - timedelta(days=10))
    app.tasks["talkoo.people.jobs.forget_left"](timestamp=0)
    assert all(stands(row) for row in rows)


def test_every_table_with_a_time_is_tried():
    assert {table.model for table, _keep in KEPT} == {name.partition(" ")[0] for name in ENDED}
