"""Deadlines close batches, and what was learnt of single people is forgotten."""

from datetime import timedelta

import pytest
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.microtasks.actions.due import close_due_batches, forget_reliability, release_lapsed
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchState, Reliability
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return subject("Jonas", organisation("Region"), Role.TASK_OWNER)


def batch_of(owner, **settings):
    from talkoo.people.models import Organisation

    return open_batch(owner, Organisation.objects.get(pk=owner.organisation_id), **settings)


def test_a_batch_closes_after_its_day_and_not_on_it(owner):
    today = timezone.localdate()
    running, over = batch_of(owner, deadline=today), batch_of(owner)
    held = take(owner, over)
    Batch.objects.filter(pk=over.pk).update(deadline=today - timedelta(days=1))
    assert close_due_batches() == 1
    assert close_due_batches() == 0
    assert Batch.objects.get(pk=running.pk).state == BatchState.OPEN
    assert Batch.objects.get(pk=over.pk).closed is not None
    assert Assignment.objects.get(pk=held.pk).state == AssignmentState.LAPSED
    assert not send(owner, held).counted


def test_what_was_learnt_of_a_person_is_forgotten_90_days_after_the_batch_closed(owner):
    batch = batch_of(owner)
    send(owner, take(owner, batch))
    assert Reliability.objects.count() == 1
    Batch.objects.update(state=BatchState.CLOSED, closed=timezone.now() - timedelta(days=89))
    assert forget_reliability() == 0
    Batch.objects.update(closed=timezone.now() - timedelta(days=91))
    assert forget_reliability() == 1


def test_what_people_took_and_left_is_offered_again_although_nobody_asks(owner):
    batch = batch_of(owner, tasks=1, least=1, most=1)
    held = take(owner, batch)
    assert release_lapsed() == 0
    Assignment.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    assert not batch.tasks.filter(is_open=True).exists()
    assert release_lapsed() == 1
    assert batch.tasks.filter(is_open=True).exists()
    assert Assignment.objects.get(pk=held.pk).state == AssignmentState.LAPSED
