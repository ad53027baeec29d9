"""Looking in an emergency: asked by one, agreed to by another, over by itself, and never more than looking."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.models import Token
from talkoo.access.permissions import Permission, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing, StepUp
from talkoo.microtasks.actions.emergencies import ask_in_emergency, decide_emergency, end_emergency
from talkoo.microtasks.models import Batch, Emergency, Sensitivity
from talkoo.microtasks.queries.batches import access_batch, access_tied_batch, seen_batches
from talkoo.notify.models import Notice
from talkoo.people.models import Membership, Person
from talkoo.people.queries import subject_of
from talkoo.people.queries.subject import subject_of_token
from tests.microtasks.made import open_batch
from tests.people import enters, organisation, person, subject, surely, with_a_code

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def owner(north):
    return subject("Olga Owner", north, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, north):
    made = open_batch(owner, north, title="Leaked letters")
    made.audience.set([organisation("Elsewhere")])
    return made


@pytest.fixture
def ines(north):
    return subject("Ines Officer", north, Role.SECURITY_OFFICER)


@pytest.fixture
def ivar(region):
    return subject("Ivar Officer", region, Role.SECURITY_OFFICER)


def ask(by, batch, reason="The owner is ill", minutes=60):
    return ask_in_emergency(by=by, code=batch.code, reason=reason, minutes=minutes)


def now(by):
    """The same person at their next request."""
    return with_a_code(subject_of(Person.objects.get(pk=by.person_id)))


def test_one_asks_another_agrees_and_the_batch_may_be_looked_at(ines, ivar, owner, north, batch):
    auditor = subject("Anna Auditor", north, Role.AUDITOR)
    found = ask(ines, batch)
    assert not seen_batches(now(ines)).filter(pk=batch.pk).exists()
    decide_emergency(by=ivar, code=found.code, agree=True)
    by = now(ines)
    assert by.emergencies == {batch.code}
    assert seen_batches(by).get() == batch
    assert access_tied_batch(by, batch.code, Permission.BATCH_RESULTS)[0] == batch
    for more in (Permission.BATCH_EDIT, Permission.BATCH_EXPORT, Permission.TASK_ANSWER, Permission.GUEST_INVITE):
        with pytest.raises(Denied):
            access_batch(by, batch.code, more)
    assert not now(ivar).emergencies, "who agrees sees nothing by it"
    told = {(notice.kind, notice.person_id) for notice in Notice.objects.all()}
    assert told == {
        ("emergency.asked", ivar.person_id), ("emergency.begun", owner.person_id), ("emergency.begun", auditor.person_id),
    }  # fmt: skip
    lines = Event.objects.filter(action__startswith="microtasks.emergency.").order_by("pk")
    assert [(line.action.rpartition(".")[2], line.actor_id) for line in lines] == [
        ("asked", ines.person_id), ("agreed", ivar.person_id),
    ]  # fmt: skip


def test_one_asks_from_the_register(ines, north, batch):
    where = reverse("emergency_ask", args=[batch.code])
    client = enters(Client(), Person.objects.get(pk=ines.person_id))
    assert where in client.get(reverse("register")).text
    for level, title in ((Sensitivity.INTERNAL, "Leaked letters"), (Sensitivity.RESTRICTED, "A confidential batch")):
        Batch.objects.update(sensitivity=level)
        for page in (reverse("register"), where):
            text = client.get(page).text
            assert (title in text, "Leaked letters" in text) == (True, level == Sensitivity.INTERNAL)
    auditor = subject("Anna Auditor", north, Role.AUDITOR)
    assert where not in enters(Client(), Person.objects.get(pk=auditor.person_id)).get(reverse("register")).text


def test_it_ends_by_the_clock_by_who_asked_or_by_who_may_agree_at_the_next_request(ines, ivar, batch):
    for end in (
        lambda _found: Emergency.objects.update(until=timezone.now()),
        lambda found: end_emergency(by=ines, code=found.code),
        lambda found: end_emergency(by=ivar, code=found.code),
    ):
        found = decide_emergency(by=ivar, code=ask(ines, batch).code, agree=True)
        client = enters(Client(), Person.objects.get(pk=ines.person_id))
        page = reverse("batch", args=[batch.code])
        shown = client.get(page)
        assert shown.status_code == 200
        assert "because of an emergency" in shown.text
        end(found)
        assert client.get(page).status_code == 404
        assert "because of an emergency" not in client.get("/").text
    assert found.until - found.decided == timedelta(hours=1)


def test_nobody_agrees_with_themselves_and_nothing_is_decided_twice(ines, ivar, batch):
    found = ask(ines, batch)
    for agree in (True, False):
        with pytest.raises(Denied):
            decide_emergency(by=ines, code=found.code, agree=agree)
    decide_emergency(by=ivar, code=found.code, agree=False)
    assert not now(ines).emergencies
    with pytest.raises(Conflict):
        decide_emergency(by=ivar, code=found.code, agree=True)
    taken_back = ask(ines, batch)
    end_emergency(by=ines, code=taken_back.code)
    with pytest.raises(Conflict):
        decide_emergency(by=ivar, code=taken_back.code, agree=True)


def test_only_those_who_look_after_the_organisation_ask_and_agree(ines, batch, north):
    south = organisation("Southtown")
    abroad = subject("Abel", south, *Role)
    with pytest.raises(Missing):
        ask(abroad, batch)
    with pytest.raises(Missing):
        ask(subject("Carl", north), batch)
    found = ask(ines, batch)
    for stranger in (abroad, subject("Cora", north)):
        with pytest.raises(Missing):
            decide_emergency(by=stranger, code=found.code, agree=True)
        with pytest.raises(Missing):
            end_emergency(by=stranger, code=found.code)
    with pytest.raises(Missing):  # a coordinator may ask, and agrees to nothing
        decide_emergency(by=subject("Kaisa", north, Role.COORDINATOR), code=found.code, agree=True)
    with pytest.raises(StepUp):  # by a password alone nobody decides over others
        decide_emergency(by=subject_of(person("Pia", north, Role.SECURITY_OFFICER)), code=found.code, agree=True)


def test_what_is_asked_says_why_for_how_long_and_once(ines, batch):
    for wrong in ({"reason": " "}, {"reason": "x" * 481}, {"minutes": 480}):
        with pytest.raises(Invalid):
            ask(ines, batch, **wrong)
    ask(ines, batch)
    with pytest.raises(Conflict):
        ask(ines, batch)


def test_what_the_rules_ask_of_confidential_work_is_asked_in_an_emergency_too(ines, ivar, batch):
    Batch.objects.update(sensitivity=Sensitivity.CONFIDENTIAL)
    decide_emergency(by=ivar, code=ask(ines, batch).code, agree=True)
    with pytest.raises(StepUp):
        access_tied_batch(now(ines), batch.code, Permission.BATCH_RESULTS)
    assert access_tied_batch(surely(now(ines)), batch.code, Permission.BATCH_RESULTS)


def test_it_ends_with_the_role_lapses_after_a_day_and_no_token_takes_it_along(ines, ivar, north, batch):
    held = Membership.objects.filter(person=ines.person_id, role=Role.SECURITY_OFFICER)
    found = ask(ines, batch)
    Emergency.objects.update(asked=timezone.now() - timedelta(days=1))
    with pytest.raises(Conflict):
        decide_emergency(by=ivar, code=found.code, agree=True)
    found = ask(ines, batch)  # what lapsed stands in nobody's way
    held.update(role=Role.TASK_OWNER)
    with pytest.raises(Conflict, match="any more"):
        decide_emergency(by=ivar, code=found.code, agree=True)
    held = Membership.objects.filter(person=ines.person_id, role=Role.TASK_OWNER)
    held.update(role=Role.SECURITY_OFFICER)
    decide_emergency(by=ivar, code=found.code, agree=True)
    assert now(ines).emergencies
    token = Token(person_id=ines.person_id, code="t", scopes=[])
    assert not subject_of_token(token).emergencies
    Membership.objects.filter(person=ines.person_id, role=Role.SECURITY_OFFICER).update(role=Role.AUDITOR)
    assert not now(ines).emergencies


def test_owners_and_auditors_who_are_told_read_why(ines, ivar, owner, north, batch):
    auditor = subject("Anna Auditor", north, Role.AUDITOR)
    found, page = ask(ines, batch), reverse("emergencies")
    reads = [enters(Client(), Person.objects.get(pk=who.person_id)) for who in (owner, auditor)]
    assert reads[0].get(page).status_code == 403, "nobody looks yet"
    decide_emergency(by=ivar, code=found.code, agree=True)
    for client in reads:
        shown = client.get(page).text
        assert "The owner is ill" in shown
        assert 'value="agree"' not in shown
        assert "End it" not in shown
    with pytest.raises(Denied):
        end_emergency(by=owner, code=found.code)
    assert enters(Client(), person("Mei", north)).get(page).status_code == 403
