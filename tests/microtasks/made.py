"""Batches with tasks, as the tests of claiming, answering and combining need them."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from talkoo.access.permissions import Relation
from talkoo.access.subject import Subject
from talkoo.microtasks.actions.answers import Submitted, submit_answer
from talkoo.microtasks.actions.assignments import take_task
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.actions.protection import state_personal_data, state_protection
from talkoo.microtasks.models import Assignment, Batch, BatchPerson, BatchState, Task
from talkoo.people.models import Organisation


def open_batch(owner: Subject, organisation: Organisation, tasks: int = 5, **settings: Any) -> Batch:
    """An open batch of `tasks` choices between a, b and c; settings as in the model."""
    said = {
        "title": "Sort the letters",
        "question": "Which?",
        "config": {"options": ["a", "b", "c"]},
        "ask_sure": False,
        "state": BatchState.OPEN,
        "tasks_total": tasks,
        **settings,
    }
    batch = Batch.objects.create(organisation=organisation, **said)
    BatchPerson.objects.create(batch=batch, person_id=owner.person_id, relation=Relation.OWNER)
    needed = batch.least if batch.adaptive else batch.most
    Task.objects.bulk_create(
        Task(batch=batch, number=n, pos=n, name=f"Letter {n}", payload={"source": f"Text {n}"}, needed=needed)
        for n in range(1, tasks + 1)
    )
    return batch


def take(by: Subject, batch: Batch, number: int | None = None) -> Assignment:
    taken = take_task(by=by, batch=batch, number=number)
    assert taken is not None, "nothing was handed out"
    return taken


def send(by: Subject, assignment: Assignment, value: Any = "a", **said: Any) -> Submitted:
    said.setdefault("key", uuid4())
    return submit_answer(by=by, code=assignment.code, value=None if said.get("cannot") else value, **said)


def state_data(owner: Subject, batch: Batch, say: Callable[[str], str] = str) -> None:
    """Everything that is asked of a batch whose items people from outside see."""
    state_protection(
        by=owner, code=batch.code, controller=batch.organisation_id, contact=say("The data office"), purpose=say("Sorting"),
        basis="public", special=False, special_basis="", keep_days=30, afterwards="results",
    )  # fmt: skip
    start_check(by=owner, code=batch.code)
    state_personal_data(by=owner, code=batch.code, says="needed", because=say("Crews call back"))
