"""The demonstration loads whole, twice without doubling, and leaves every screen something to show."""

import argparse
from datetime import date

import pytest
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.desk.demo import add_arguments, cast, run
from talkoo.desk.demo.calendar import Calendar, working_days
from talkoo.desk.demo.content import json_of, people, places
from talkoo.desk.queries.board import Asked, board
from talkoo.desk.queries.home import home
from talkoo.lib.errors import Conflict
from talkoo.microtasks.models import Answer, Assignment, Batch, BatchState, Problem, Result, Tally, Task, TaskState
from talkoo.microtasks.queries.control import batch_accuracy
from talkoo.microtasks.queries.practice import practice_of
from talkoo.people.models import Membership, Organisation, Person, PersonSkill
from talkoo.people.queries import subject_of
from tests.people import organisation

SPREAD = {"days": [1, 2, 3], "hours": {"9": 1, "14": 3}}


def load():
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return run(parser.parse_args(["--quiet"]))


def counts():
    models = (Organisation, Person, Membership, PersonSkill, Batch, Task, Assignment, Answer, Result, Problem)
    return {model.__name__: model.objects.count() for model in models}


def somebody(start):
    return subject_of(Person.objects.get(email__startswith=start))


@pytest.mark.django_db
def test_it_never_mixes_with_real_organisations():
    organisation("A real town")
    with pytest.raises(Conflict):
        cast.administrator()


@pytest.mark.django_db
def test_organisations_and_people_come_with_roles_and_skills_and_once_only():
    for _again in range(2):
        by = cast.add_organisations(cast.administrator())
        cast.add_people(by)
    assert Organisation.objects.count() == len(places())
    assert Person.objects.count() == len(people())
    amina = somebody("amina")
    assert amina.organisation_name == "City of Norrby"
    assert amina.skills_to_grow
    assert somebody("yusuf").holds(Role.ADMINISTRATOR)
    permits = Organisation.objects.get(name="Building permits office")
    assert permits.ends == date(2024, 1, 1)
    assert permits.successor is not None
    assert permits.successor.name == "Planning office"


def test_answers_fall_on_working_days_before_today_and_never_run_backwards():
    monday = date(2026, 11, 23)
    assert [day.day for day in working_days(monday, 3)] == [18, 19, 20]
    calendar = Calendar(SPREAD, 3, monday)
    moments = [calendar.moment(n / 50) for n in range(51)]
    assert moments == sorted(moments)
    local = [timezone.localtime(moment) for moment in moments]
    assert {moment.date().day for moment in local} == {18, 19, 20}
    assert {moment.hour for moment in local} <= {9, 10, 14, 15}


@pytest.mark.full
@pytest.mark.django_db
def test_the_whole_demo_loads_twice_without_doubling_and_gives_every_screen_life():
    assert load() == 0
    first = counts()
    assert load() == 0
    assert counts() == first
    assert set(Batch.objects.values_list("state", flat=True)) == {BatchState.OPEN}
    for batch in Batch.objects.all():
        settled = Task.objects.filter(batch=batch, state=TaskState.CLOSED).count()
        assert 0 < settled < batch.tasks_total
        assert Tally.total(batch)["closed"] == settled
        assert Tally.total(batch)["review"] == Task.objects.filter(batch=batch, state=TaskState.REVIEW).count()
        work = Answer.objects.filter(task__batch=batch).exclude(task__state=TaskState.CONTROL)
        assert Tally.total(batch)["answers"] == work.count()
        assert Task.objects.filter(batch=batch, differ=True).exists()
    notices = Batch.objects.get(title__startswith="Check the Swedish")
    assert batch_accuracy(notices).low > 0.5
    assert len(practice_of(somebody("amina"), notices).items) == 5
    amina = home(somebody("amina"), "10", timezone.now())
    assert amina.begun[0].chosen == ["Traffic and parking", "Loss of light or privacy"]
    assert (len(amina.fits), len(amina.became), amina.growth is not None) == (3, 3, True)
    assert amina.waiting
    assert home(somebody("carla"), "10", timezone.now()).waiting
    assert home(somebody("jonas"), "10", timezone.now()).waiting
    assert len(board(somebody("amina"), Asked()).rows) == 5
    assert Person.objects.exclude(persona_part="").count() == len(json_of("personas.json")["personas"])
    today = timezone.localdate()
    assert all(timezone.localtime(at).date() < today for at in Answer.objects.values_list("at", flat=True))


@pytest.mark.full
@pytest.mark.django_db
def test_answers_rest_on_room_and_nobody_answers_a_task_twice():
    load()
    pairs = list(Assignment.objects.values_list("person", "task"))
    assert len(pairs) == len(set(pairs))
    over = [task for task in Task.objects.all() if task.active + task.done > task.needed and not task.closed]
    assert over == []
