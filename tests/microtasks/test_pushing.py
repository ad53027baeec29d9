"""Restricted work: given out by the platform to who is cleared and fits, found by nobody else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from talkoo.access.permissions import Permission, Role
from talkoo.audit.models import Event
from talkoo.config import middleware
from talkoo.desk.queries.home import in_hand
from talkoo.lib.errors import Denied, Missing, StepUp
from talkoo.microtasks.actions.assignments import renew_lease, skip_task, take_task
from talkoo.microtasks.actions.batches import edit_audience
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.actions.pushing import PEACE, push_items, push_waiting
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchState, Piece, Task
from talkoo.microtasks.queries.batches import access_batch, open_batches, seen_batches
from talkoo.microtasks.queries.noticed import noticed_batches
from talkoo.microtasks.queries.readiness import hindrances
from talkoo.microtasks.queries.work import access_assignment, check_readable
from talkoo.notify.models import Notice
from talkoo.people.models import Clearance, Membership, Person
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send
from tests.people import organisation, person, surely

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


def cleared(name, home, *roles, level=3):
    made = person(name, home, *roles)
    until = timezone.now() + timedelta(days=9)
    Clearance.objects.create(person=made, organisation=home, level=level, ground="Vetted", until=until)
    return surely(subject_of(made))


@pytest.fixture
def owner(region):
    return cleared("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, region):
    return restricted(owner, region)


def restricted(owner, region, tasks=3, **said):
    said = {"least": 1, "most": 1, "adaptive": False, "sensitivity": 3, **said}
    return open_batch(owner, region, tasks=tasks, **said)


def held(by):
    return Assignment.objects.filter(person_id=by.person_id, state=AssignmentState.LEASED).first()


def test_each_who_is_cleared_and_fits_is_given_one_item_and_nobody_else_any(owner, region, batch):
    amina, rashid = (cleared(name, region) for name in ("Amina", "Rashid"))
    person("Carl", region)
    cleared("Lowered", region, level=2)
    cleared("Elsewhere", organisation("Elsewhere"))
    late = cleared("Run out", region)
    past = timezone.now() - timedelta(seconds=1)
    Clearance.objects.filter(person=late.person_id).update(made=past - timedelta(days=9), until=past)
    assert (push_items(batch), push_items(batch)) == (2, 0)
    given = Assignment.objects.all()
    assert {each.person_id for each in given} == {amina.person_id, rashid.person_id}
    assert len({each.task_id for each in given}) == 2
    assert {each.organisation_id for each in given} == {region.pk}
    assert all(each.lease_until > timezone.now() + timedelta(days=2) for each in given)
    assert Event.objects.filter(action="microtasks.task.pushed").count() == 2
    told = {(notice.person_id, notice.link) for notice in Notice.objects.filter(kind="item.pushed")}
    assert told == {(each.person_id, f"/assignments/{each.code}/") for each in given}


def test_the_picked_one_opens_that_item_and_sees_nothing_else_of_the_batch(owner, region, batch):
    amina, rashid = (cleared(name, region) for name in ("Amina", "Rashid"))
    push_items(batch)
    mine, other = held(amina), held(rashid)
    check_readable(amina, access_assignment(amina, mine.code))
    assert [each.pk for each in in_hand(amina)] == [mine.pk]
    with pytest.raises(Missing):
        access_assignment(amina, other.code)
    for list_of in (open_batches, seen_batches):
        assert not list_of(amina).exists()
    with pytest.raises(Missing):
        access_batch(amina, batch.code, Permission.BATCH_SEE)
    with pytest.raises(Denied):
        take_task(by=amina, batch=batch)
    send(amina, access_assignment(amina, mine.code))
    assert held(amina).task_id not in {mine.task_id, other.task_id}, "answered, the next is given"


def test_from_the_wrong_place_it_is_said_what_is_missing_and_its_name_is_veiled(owner, region, batch):
    amina = cleared("Amina", region)
    push_items(batch)
    outside = subject_of(Person.objects.get(pk=amina.person_id))
    with pytest.raises(StepUp) as refused:
        check_readable(outside, access_assignment(outside, held(amina).code))
    assert [need.obligation for need in refused.value.needs] == ["security-key", "place", "device"]
    assert noticed_batches(outside, [batch.code])[batch.code].veiled
    assert not noticed_batches(surely(subject_of(person("Carl", region))), [batch.code])


def test_who_is_not_cleared_any_more_is_told_whom_to_ask_and_may_still_send_what_they_wrote(owner, region, batch):
    amina = cleared("Amina", region)
    push_items(batch)
    Clearance.objects.filter(person=amina.person_id).update(ended=timezone.now())
    amina = replace(amina, clearance=2)
    with pytest.raises(StepUp) as refused:
        check_readable(amina, access_assignment(amina, held(amina).code))
    assert [need.obligation for need in refused.value.needs] == ["clearance"]
    assert send(amina, held(amina)).counted


def test_what_is_given_back_goes_to_somebody_else_and_that_person_is_left_in_peace(owner, region):
    batch = restricted(owner, region, tasks=2)
    amina = cleared("Amina", region)
    push_items(batch)
    item = held(amina)
    skip_task(by=amina, code=item.code)
    assert held(amina) is None
    rashid, mei = (cleared(name, region) for name in ("Rashid", "Mei"))
    assert push_waiting() == 2
    assert item.task_id in {held(rashid).task_id, held(mei).task_id}
    Assignment.objects.filter(person_id=rashid.person_id).update(lease_until=timezone.now() - timedelta(hours=1))
    Assignment.objects.update(taken=timezone.now() - PEACE)
    assert push_waiting() == 1, "to who gave back a week ago, or let it lapse, by turns"


def test_an_open_page_does_not_shorten_the_offer(owner, region, batch):
    amina = cleared("Amina", region)
    push_items(batch)
    before = held(amina).lease_until
    renew_lease(by=amina, code=held(amina).code)
    assert held(amina).lease_until == before


def test_those_with_fewest_come_first_and_caps_hold(owner, region):
    batch = restricted(owner, region, tasks=4, records=1, cap_person=1, cap_team=3)
    for part, task in enumerate(Task.objects.filter(batch=batch), 1):
        Piece.objects.create(task=task, batch=batch, record=1, part=part, label="Column")
    people = [cleared(f"Person {n}", region) for n in range(5)]
    assert push_items(batch) == 3
    for by in people:
        if given := held(by):
            send(by, given)
    assert held(people[0]) is None
    assert Assignment.objects.count() == 3


def give(by, batch, number):
    """Hand this item to somebody, and have it answered while nothing else is given out."""
    home = Membership.objects.filter(person=by.person_id).values_list("organisation", flat=True)[0]
    task = Task.objects.get(batch=batch, number=number)
    with connection.cursor() as cursor:
        cursor.execute("SELECT microtasks_claim(%s, %s, %s, '1 hour', %s)", [batch.pk, by.person_id, home, task.pk])
    Batch.objects.update(state=BatchState.PAUSED)
    send(by, held(by))
    Batch.objects.update(state=BatchState.OPEN)


def test_many_whose_team_is_at_its_cap_keep_nobody_else_from_being_asked(owner, region):
    town, batch = organisation("Town"), restricted(owner, region, tasks=3, records=2, cap_team=1)
    batch.audience.set([region, town])
    for task, (record, part) in zip(Task.objects.order_by("number"), [(1, 1), (1, 2), (2, 1)], strict=True):
        Piece.objects.create(task=task, batch=batch, record=record, part=part, label="Column")
    give(cleared("First", region), batch, 1)
    give(last := cleared("Last", town), batch, 3)
    soon = timezone.now() + timedelta(days=9)
    Clearance.objects.bulk_create(
        Clearance(person=person(f"Person {n}", region), organisation=region, level=3, ground="Vetted", until=soon)
        for n in range(51)
    )
    assert push_items(batch, vain=0) == 0, "who waits for an answer to be kept does not wait for everybody"
    assert push_waiting() == 1
    assert held(last).task.number == 2


def test_it_opens_for_an_owner_who_may_see_it_once_somebody_is_there_to_be_given_items(owner, region):
    batch = open_batch(owner, region, tasks=1, state=BatchState.DRAFT)
    same = {"organisations": [], "skills": [], "deadline": None}
    edit_audience(by=owner, code=batch.code, sensitivity=3, may_choose=False, **same)
    batch.refresh_from_db()
    start_check(by=owner, code=batch.code)
    Clearance.objects.filter(person=owner.person_id).update(level=2)
    assert [point.field for point in hindrances(batch, None)] == ["sensitivity"]
    cleared("Amina", region)
    assert hindrances(Batch.objects.get(pk=batch.pk), None) == []


def test_in_the_browser_one_item_leads_to_the_next_that_was_given_and_then_home(owner, region, batch, monkeypatch):
    amina = cleared("Amina", region)
    push_items(batch)
    browser = Client()
    browser.force_login(Person.objects.get(pk=amina.person_id))
    item = held(amina)
    page = browser.get(f"/assignments/{item.code}/")
    assert (page.status_code, b"Text 1" in page.content) == (403, False)
    known = middleware.who_asks
    monkeypatch.setattr(middleware, "who_asks", lambda request: surely(known(request)))
    assert item.task.payload["source"] in browser.get(f"/assignments/{item.code}/").content.decode()
    assert browser.get(f"/work/{batch.code}/").status_code == 404
    said = {"choice": "1", "key": "6f1b0d0e-8f1c-4c38-9d5e-2f0f6f6b7a11"}
    moved = browser.post(f"/assignments/{item.code}/", said)
    assert moved["Location"] == f"/assignments/{held(amina).code}/"
    assert held(amina) != item
    assert browser.post(moved["Location"], {"skip": "1"})["Location"] == "/"
