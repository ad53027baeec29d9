"""The board of what is stuck: each thing once, with whom it waits, and nothing of other organisations or of refusals."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.desk.queries.stuck import stuck
from talkoo.lib.errors import Missing
from talkoo.microtasks.actions.assignments import report_problem, skip_task
from talkoo.microtasks.actions.results import send_to_review
from talkoo.microtasks.models import Assignment, Batch, BatchState, Problem, Result, Tally, Upload, UploadState
from talkoo.people.models import Invitation, Membership, Person
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=20)


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def norrby(region):
    return organisation("Norrby", region)


@pytest.fixture
def samuel(norrby):
    return subject("Samuel", norrby, Role.COORDINATOR)


@pytest.fixture
def owner(norrby):
    return subject("Jonas", norrby, Role.TASK_OWNER)


@pytest.fixture
def amina(norrby):
    return subject("Amina", norrby)


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def kinds(by, organisation="", kind=""):
    return [row.kind for row in stuck(by, organisation, kind).rows]


def age(batch, **more):
    """As if it had been opened, and last answered, long ago."""
    past = timezone.now() - LONG_AGO
    Batch.objects.filter(pk=batch.pk).update(created=past, opened=past, **more)
    Tally.objects.filter(batch=batch).update(moved=past)


def test_the_board_is_for_those_who_look_after_people(amina, owner):
    for by in (amina, owner):
        assert client_of(by).get(reverse("stuck")).status_code == 403


def test_nothing_is_shown_of_other_organisations(region, owner, samuel):
    ekhamn = organisation("Ekhamn", region)
    age(open_batch(subject("Eva", ekhamn), ekhamn, title="Secret of Ekhamn"))
    Invitation.objects.create(
        token_hash="x", email="x@ekhamn.example", organisation=ekhamn, sent=timezone.now() - LONG_AGO,
        expires=timezone.now(),
    )  # fmt: skip
    assert kinds(samuel) == []
    assert b"Secret" not in client_of(samuel).get(reverse("stuck")).content
    with pytest.raises(Missing):
        stuck(samuel, ekhamn.code, "")


def test_when_nothing_is_stuck_the_page_says_so(norrby, owner, samuel):
    open_batch(owner, norrby, opened=timezone.now())
    assert b"Nothing is stuck" in client_of(samuel).get(reverse("stuck")).content


def test_a_batch_without_answers_for_days_waits_for_people(norrby, owner, amina, samuel):
    batch = open_batch(owner, norrby)
    send(amina, take(amina, batch))
    assert kinds(samuel) == []
    age(batch)
    assert kinds(samuel) == ["quiet"]
    send(amina, take(amina, batch))
    assert kinds(samuel) == []


def test_items_that_everybody_has_had_wait_for_other_people(norrby, owner, amina, samuel):
    batch = open_batch(owner, norrby, tasks=1)
    batch.audience.set([norrby])
    for by in (owner, amina, samuel):
        skip_task(by=by, code=take(by, batch).code)
    age(batch)
    assert kinds(samuel) == ["taken"]
    subject("Newcomer", norrby)
    assert kinds(samuel) == ["quiet"]


def test_who_skipped_is_told_to_nobody(norrby, owner, amina, samuel):
    batch = open_batch(owner, norrby, tasks=1)
    batch.audience.set([norrby])
    for by in (owner, amina, samuel):
        skip_task(by=by, code=take(by, batch).code)
    age(batch)
    assert b"Amina" not in client_of(samuel).get(reverse("stuck")).content


def test_reviews_and_reports_wait_once_they_are_days_old(norrby, owner, amina, samuel):
    batch = open_batch(owner, norrby, adaptive=False, least=2, most=2)
    held = take(amina, batch)
    report_problem(by=amina, code=str(held.code), text="Upside down")
    send(amina, held)
    send_to_review(by=owner, batch=batch, number=held.task.number)
    assert kinds(samuel) == []
    past = timezone.now() - LONG_AGO
    Assignment.objects.update(answered=past)
    Problem.objects.update(at=past)
    assert sorted(kinds(samuel)) == ["problem", "review"]


def test_a_batch_too_slow_for_its_day_is_late(norrby, owner, amina, samuel):
    batch = open_batch(owner, norrby, tasks=40, adaptive=False, least=1, most=1)
    send(amina, take(amina, batch))
    Batch.objects.update(opened=timezone.now() - timedelta(days=4), deadline=timezone.localdate() + timedelta(days=100))
    Result.objects.update(at=timezone.now() - timedelta(days=2))
    assert kinds(samuel) == ["late"]
    (row,) = stuck(samuel, "", "").rows
    page = client_of(owner).get(reverse("batch", args=[batch.code]))
    assert page.context["outlook"].late
    assert row.says.split(" on ")[1].split(",")[0] in page.context["outlook"].day
    Batch.objects.update(deadline=timezone.localdate() + timedelta(days=400))
    assert kinds(samuel) == []
    assert not client_of(owner).get(reverse("batch", args=[batch.code])).context["outlook"].late


def test_a_batch_that_has_slowed_down_is_late_although_it_began_fast(norrby, owner, amina, samuel):
    """A straight line through all its days would call it in time; the forecast rests on the last four weeks."""
    batch = open_batch(owner, norrby, tasks=40, adaptive=False, least=1, most=1)
    for ago in [40] * 30 + [2]:
        send(amina, take(amina, batch))
        newest = Result.objects.latest("pk")
        Result.objects.filter(pk=newest.pk).update(at=timezone.now() - timedelta(days=ago))
    Batch.objects.update(opened=timezone.now() - timedelta(days=41), deadline=timezone.localdate() + timedelta(days=60))
    assert kinds(samuel) == ["late"]


def test_drafts_wait_after_a_fortnight_and_unreadable_files_at_once(norrby, owner, samuel):
    old = open_batch(owner, norrby, title="Old", state=BatchState.DRAFT)
    age(old)
    broken = open_batch(owner, norrby, title="Broken", state=BatchState.DRAFT)
    for state in (UploadState.READY, UploadState.FAILED):
        Upload.objects.create(
            batch=broken, filename="f.csv", stored_as="f", sha256=f"{state:0<64}", size=1, state=state
        )
    assert sorted(kinds(samuel)) == ["draft", "failed"]
    assert {row.title for row in stuck(samuel, "", "failed").rows} == {"Broken"}


def test_a_batch_whose_owner_left_waits_for_a_coordinator(norrby, owner, samuel):
    batch = open_batch(owner, norrby, opened=timezone.now())
    Person.objects.filter(pk=owner.person_id).update(is_active=False)
    (row,) = stuck(samuel, "", "").rows
    assert (row.kind, row.href) == ("left", reverse("batch_hand_over", args=[batch.code]))
    Person.objects.update(is_active=True)
    Membership.objects.filter(person=owner.person_id).update(ends=timezone.localdate())
    assert "left" in kinds(samuel)


def test_invitations_and_people_without_a_role_wait(norrby, samuel):
    gone = person("Gone", norrby)
    gone.memberships.update(ends=timezone.localdate())
    Invitation.objects.create(
        token_hash="x", email="late@x.example", organisation=norrby, sent=timezone.now() - LONG_AGO,
        expires=timezone.now() - timedelta(days=6),
    )  # fmt: skip
    assert kinds(samuel) == ["invited", "homeless"]
    page = client_of(samuel).get(reverse("stuck")).content.decode()
    assert "late@x.example" in page
    assert "1 person without a role" in page


def test_an_owner_writes_no_title_into_a_mail(norrby, owner, samuel):
    age(open_batch(owner, norrby, title="Confidential matter"))
    (row,) = stuck(samuel, "", "").rows
    assert row.href.startswith("mailto:jonas")
    assert "matter" not in row.href


def test_an_owner_who_looks_after_people_puts_it_right_themselves(norrby):
    both = subject("Both", norrby, Role.COORDINATOR)
    batch = open_batch(both, norrby)
    age(batch)
    (row,) = stuck(both, "", "").rows
    assert row.href == reverse("batch", args=[batch.code])


def test_one_organisation_is_shown_with_all_below_it(region, norrby, owner):
    office = organisation("Office", norrby)
    director = subject("Dora", region, Role.COORDINATOR)
    for place in (norrby, office, region):
        age(open_batch(owner, place, title=place.name))
    assert {row.title for row in stuck(director, norrby.code, "").rows} == {"Norrby", "Office"}
    assert len(stuck(director, "", "").rows) == 3
