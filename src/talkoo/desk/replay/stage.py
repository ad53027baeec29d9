"""Organisations, people, sessions and the batch of a replay, made through the ordinary actions."""

import csv
import io
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from importlib import import_module
from uuid import UUID, uuid4

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils import timezone

from talkoo.access.deciding import at_best
from talkoo.access.permissions import Role
from talkoo.access.subject import Subject
from talkoo.desk.actions.measures import state_no_council
from talkoo.desk.demo.stating import state
from talkoo.desk.replay.recording import Recording
from talkoo.lib.errors import Conflict
from talkoo.microtasks.actions import batches
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.reading import read_upload
from talkoo.microtasks.actions.recorded import ask_as_recorded
from talkoo.microtasks.actions.uploads import accept_upload, receive_upload, start_reading
from talkoo.microtasks.models import Batch
from talkoo.people.actions.memberships import grant_role
from talkoo.people.actions.organisations import add_organisation
from talkoo.people.actions.persons import add_person, deactivate_person
from talkoo.people.actions.showcase import found_region
from talkoo.people.models import Membership, Organisation, Person
from talkoo.people.queries import subject_of

ORGANISATIONS = 6
Tell = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Stage:
    """`sessions` and `numbers` are keyed by the recorded worker and task."""

    batch: Batch
    owner: Subject
    sessions: dict[str, str]
    numbers: dict[str, int]
    persons: list[int]


def build(recording: Recording, tell: Tell) -> Stage:
    """Six organisations, the people spread over them, one open batch that asks each task of as many as answered it."""
    mark = uuid4().hex[:6]
    by, top = _administrator(mark)
    homes = [
        add_organisation(by=by, name=f"Replay {mark} office {number}", parent=top)
        for number in range(1, ORGANISATIONS + 1)
    ]
    by = _reload(by)
    people = _people(by, homes, recording, mark, tell)
    owner = _owner(by, homes[0], mark)
    batch = _batch(owner, homes, recording)
    numbers = {task: number for number, task in enumerate(recording.tasks, 1)}
    ask_as_recorded(
        by=owner, code=batch.code, needed={numbers[task]: wanted for task, wanted in recording.tasks.items()}
    )
    sessions = {worker: _session(person) for worker, person in people.items()}
    return Stage(batch, owner, sessions, numbers, [person.pk for person in people.values()])


def _administrator(mark: str) -> tuple[Subject, Organisation]:
    """Whoever administers the house that is there; in an empty one, somebody founded for the purpose."""
    held = Membership.objects.filter(role=Role.ADMINISTRATOR, ends__isnull=True, person__is_active=True)
    found = held.filter(organisation__placements__parent__isnull=True).select_related("person", "organisation").first()
    if found is not None:
        return subject_of(found.person), found.organisation
    if Organisation.objects.exists():
        raise Conflict("No administrator of the whole tree is in this database.", "Make one with talkoo createadmin.")
    person = found_region(
        code=f"replay{mark}",
        name=f"Replay {mark}",
        starts=date(2020, 1, 1),
        email=f"replay-{mark}@replay.example",
        administrator="Replay",
    )
    by, top = subject_of(person), Organisation.objects.get(code=f"replay{mark}")
    words = "Nobody works here: recorded answers are replayed."
    state_no_council(by=at_best(by), organisation=top, words=words)  # whoever replays has a shell
    return by, top


def _reload(by: Subject) -> Subject:
    return subject_of(Person.objects.get(pk=by.person_id))


def _people(by: Subject, homes: list[Organisation], recording: Recording, mark: str, tell: Tell) -> dict[str, Person]:
    workers = list(recording.people)
    found = {}
    for number, worker in enumerate(workers):
        email = f"replay-{mark}-{number}@replay.example"
        home = homes[number % len(homes)]
        found[worker] = add_person(by=by, email=email, name=f"Replayed person {number + 1}", organisation=home)
        tell("people", number + 1, len(workers))
    return found


def _owner(by: Subject, home: Organisation, mark: str) -> Subject:
    person = add_person(by=by, email=f"replay-{mark}-owner@replay.example", name="Replay owner", organisation=home)
    grant_role(by=by, person=person, organisation=home, role=Role.TASK_OWNER)
    return subject_of(person)


STATED = {
    "contact": "Whoever runs this replay", "basis": "public", "keep_days": 30, "afterwards": "delete", "says": "none",
    "because": "",
}  # fmt: skip


def _batch(owner: Subject, homes: list[Organisation], recording: Recording) -> Batch:
    made = batches.create_draft(
        by=owner, organisation_id=homes[0].pk, title=f"Replay of {recording.name}"[:120], summary="Recorded answers"
    )
    code = made.code
    upload = receive_upload(by=owner, code=code, filename=f"{recording.name}.csv", chunks=[_items(recording)])
    if not upload.accepted:
        accept_upload(by=owner, code=code)
    started = start_reading(by=owner, code=code, mapping={"task": "name", "text": "source"}, defer=False)
    read_upload(upload=started.pk, run=UUID(str(started.run)))
    batches.edit_question(
        by=owner, code=code, kind="choice", question="Which label?", help="",
        config={"options": list(recording.labels), "several": False}, ask_sure=False,
    )  # fmt: skip
    most = min(99, max(recording.tasks.values()))
    batches.edit_quality(by=owner, code=code, sure=90, least=1, most=most, adaptive=False, minutes=Decimal("0.5"))
    batches.edit_audience(
        by=owner,
        code=code,
        sensitivity=0,
        organisations=[home.pk for home in homes],
        skills=[],
        deadline=None,
        may_choose=True,
    )
    state(owner, made, "Measuring this installation with answers that were recorded elsewhere.", STATED)
    return move_batch(by=owner, code=code, verb="open")


def _items(recording: Recording) -> bytes:
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["task", "text"])
    writer.writerows([task[:120], f"Recorded item {task}"] for task in recording.tasks)
    return file.getvalue().encode()


def _session(person: Person) -> str:
    """Sign the person in, as the sign-in page would: a row of Django's session store."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store["signed_in_at"] = timezone.now().timestamp()
    store.create()
    return str(store.session_key)


def strike(stage: Stage) -> None:
    """In a house that goes on: sign everybody out, close the batch and the accounts. What was answered stays, as ever."""
    sessions = import_module(settings.SESSION_ENGINE).SessionStore
    for key in stage.sessions.values():
        sessions(key).delete()
    with suppress(Conflict):
        move_batch(by=stage.owner, code=stage.batch.code, verb="close")
    by, _top = _administrator("")
    for person in Person.objects.filter(pk__in=[*stage.persons, stage.owner.person_id]):
        with suppress(Conflict):
            deactivate_person(by=by, person=person)
