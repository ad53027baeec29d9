"""Every state has a way in, somebody who moves it on, and a way out; and nothing changes its state in any other way."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from talkoo.lib.errors import Conflict
from talkoo.microtasks.actions import quarantine, reading, results, uploads
from talkoo.microtasks.actions.assignments import skip_task
from talkoo.microtasks.actions.batch_states import MOVES, move_batch
from talkoo.microtasks.actions.batches import create_draft
from talkoo.microtasks.actions.known import mark_known, take_back_known
from talkoo.microtasks.actions.merging import merge_people
from talkoo.microtasks.actions.recorded import Recorded, take_in_answers
from talkoo.microtasks.models import Assignment, Batch, TaskState, UploadState
from talkoo.microtasks.queries.uploads import access_upload
from talkoo.microtasks.states import BEGINS, LIVES, Life, page
from talkoo.people.models import Person
from tests import scanners, watching
from tests.architecture import world as worlds
from tests.architecture.conftest import undone
from tests.architecture.sources import ROOT, report
from tests.microtasks.made import send, take

each_life = pytest.mark.parametrize("life", LIVES, ids=lambda life: life.thing)


@each_life
def test_every_state_has_somebody_who_moves_it_on(life: Life):
    assert set(life.waits_for) == set(life.states.values)


@each_life
def test_every_state_can_be_reached_from_the_beginning(life: Life):
    reached, before = {BEGINS}, set()
    while reached != before:
        before = set(reached)
        reached |= {way.target for way in life.ways if way.source in reached}
    assert reached - {BEGINS} == set(life.states.values)


@each_life
def test_every_state_that_is_not_final_has_a_way_out(life: Life):
    stuck = set(life.states.values) - life.final - {way.source for way in life.ways}
    assert not stuck


@each_life
def test_from_every_state_an_end_can_be_reached(life: Life):
    ending, before = set(life.final), set()
    while ending != before:
        before = set(ending)
        ending |= {way.source for way in life.ways if way.target in ending}
    assert set(life.states.values) <= ending


def test_the_page_of_reference_is_made_of_these_tables():
    assert (ROOT / "docs" / "reference" / "states.md").read_text() == page()


# What the database does


@pytest.fixture(scope="module")
def watched(django_db_setup):
    """The tables of this process's database, with a trigger that writes down every change of a state."""
    with watching.states_of("microtasks", LIVES):
        yield


@pytest.fixture
def world(watched, django_db_blocker, uploads):
    with django_db_blocker.unblock(), undone():
        yield worlds.build()


MADE_BY_HAND = {("microtasks_batch", "", "open")}  # by tests.microtasks.made, which skips the draft


def test_states_change_in_the_declared_ways_and_each_of_them_is_gone(world, settings):
    _batches(world)
    _tasks(world)
    _assignments(world)
    _uploads(world)
    _quarantined(world, settings)
    seen, declared = watching.seen(), watching.declared("microtasks", LIVES)
    undeclared, untried = seen - declared - MADE_BY_HAND, declared - seen
    assert not undeclared, report([str(each) for each in sorted(undeclared)])
    assert not untried, report([str(each) for each in sorted(untried)])


def _fresh(world, **more) -> Batch:
    north = Batch.objects.get(**world.at["batch"]).organisation
    return worlds.batch_of(world, north, "Another", **{"tasks": 6, "adaptive": False, "least": 1, "most": 1, **more})


def _batches(world):
    owner = world.people["owner"]
    code = world.at["draft"]["code"]
    for verb in ("open", "pause", "resume", "close", "reopen", "close"):
        move_batch(by=owner, code=code, verb=verb)


def _tasks(world):
    owner, batch = world.people["owner"], _fresh(world)
    for number in (1, 2):
        send(world.people["second"], take(world.people["second"], batch, number), batch.config["options"][0])
    results.ask_one_more(by=owner, batch=batch, number=1)
    results.send_to_review(by=owner, batch=batch, number=2)
    results.review_task(by=world.people["reviewer"], batch=batch, number=2, value=batch.config["options"][0])
    results.send_to_review(by=owner, batch=batch, number=2)
    results.ask_one_more(by=owner, batch=batch, number=2)
    assert batch.tasks.get(number=2).state == TaskState.OPEN
    _known(world, batch)


def _known(world, batch):
    """An open one, one with a reviewer and a settled one; the first taken back; and one read from a file."""
    owner, value = world.people["owner"], batch.config["options"][0]
    results.send_to_review(by=owner, batch=batch, number=2)
    send(world.people["second"], take(world.people["second"], batch, 3), value)
    for number in (4, 2, 3):
        mark_known(by=owner, code=batch.code, number=number, value=value)
    take_back_known(by=owner, code=batch.code, number=4)
    north = batch.organisation
    draft = worlds.draft_of(world, north, "With what is known")
    upload = draft.uploads.get()
    begun = uploads.start_reading(
        by=owner, code=draft.code, mapping={world.say("no"): "known", world.say("words"): "source"}, defer=False
    )
    reading.read_upload(upload=upload.pk, run=begun.run)


def _lapse(held: Assignment) -> None:
    """Its time runs out, and the next claim in the batch, whoever makes it, takes it back."""
    Assignment.objects.filter(pk=held.pk).update(lease_until=timezone.now() - timedelta(minutes=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT microtasks_release(%s, 3)", [held.batch_id])


def _assignments(world):
    """One person lets tasks lapse: gives one back, answers one late, takes one again, answers one that has no room."""
    slow, quick, batch = world.people["contributor"], world.people["second"], _fresh(world)
    choice = batch.config["options"][0]
    lapsed = []
    for number in (1, 2, 3, 4):
        lapsed.append(take(slow, batch, number))
        _lapse(lapsed[-1])
    skip_task(by=slow, code=str(lapsed[0].code))
    assert send(slow, lapsed[1], choice).counted
    skip_task(by=slow, code=str(take(slow, batch, 3).code))
    send(quick, take(quick, batch, 4), choice)
    assert not send(slow, lapsed[3], choice).counted
    held = take(slow, batch, 6)
    batch.tasks.filter(number=6).update(closed=True)
    assert not send(slow, held, choice).counted
    _recorded_elsewhere(world)
    _merged(world)
    take(slow, batch, 5)
    move_batch(by=world.people["owner"], code=batch.code, verb="close")


def _merged(world):
    """The contributor and the colleague, who answered the same item, are one human."""
    batch = _fresh(world, least=3, most=3)
    for who in ("contributor", "colleague"):
        send(world.people[who], take(world.people[who], batch, 1), batch.config["options"][0])
    stays, goes = (Person.objects.get(pk=world.people[who].person_id) for who in ("contributor", "colleague"))
    merge_people(by=world.people["administrator"], stays=stays, goes=goes)


def _recorded_elsewhere(world):
    by, now, batch = world.people["second"], timezone.now(), _fresh(world)
    said = Recorded(
        batch.tasks.get(number=1).pk, by.person_id, by.organisation_id, now, now, uuid4(), batch.config["options"][0]
    )
    take_in_answers(by=world.people["owner"], code=batch.code, given=[said])


def _uploads(world):
    owner, north = world.people["owner"], Batch.objects.get(**world.at["batch"]).organisation
    code = worlds.draft_of(world, north, "Unreadable for a while").code
    upload = uploads.start_reading(by=owner, code=code, mapping=_mapping(world), defer=False)
    uploads.path_of(upload).rename(uploads.path_of(upload).with_suffix(".away"))
    reading.read_upload(upload=upload.pk, run=upload.run)
    upload.refresh_from_db()
    assert upload.state == UploadState.FAILED
    uploads.path_of(upload).with_suffix(".away").rename(uploads.path_of(upload))
    uploads.start_reading(by=owner, code=code, mapping=_mapping(world), defer=False)


def _quarantined(world, settings):
    """Files of before there was a scanner, and two that came while it was away; all but the last are not clean."""
    north = Batch.objects.get(**world.at["batch"]).organisation
    sent = [access_upload(worlds.draft_of(world, north, "Scanned late")), _sent(world, north, "Received")]
    settings.CLAMD = ("127.0.0.1", 1)
    sent += [_sent(world, north, "Waits"), _sent(world, north, "Waits too")]
    with scanners.scanning() as scanner:
        settings.CLAMD = scanner.place
        for upload, said in zip(sent, (b"bad FOUND\0", b"bad FOUND\0", b"bad FOUND\0", b"OK\0"), strict=True):
            scanner.says = b"stream: " + said
            assert quarantine.scan_upload(upload=upload.pk)


def _sent(world, north, title):
    batch = create_draft(by=world.people["owner"], organisation_id=north.pk, title=title)
    lines = f"text\n{title}\n".encode()
    return uploads.receive_upload(by=world.people["owner"], code=batch.code, filename="one.csv", chunks=[lines])


def _mapping(world) -> dict[str, str]:
    return {world.say("no"): "name", world.say("words"): "source"}


def test_a_batch_can_be_left_alone_or_moved_by_its_owners_only(world):
    code = world.at["batch"]["code"]
    for verb, move in MOVES.items():
        if Batch.objects.get(code=code).state not in move.sources:
            with pytest.raises(Conflict):
                move_batch(by=world.people["owner"], code=code, verb=verb)
