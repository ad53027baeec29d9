"""Records shown in pieces: nothing ties the pieces together but for their owner, and nobody has too many of one record."""

import csv
import io
from collections import defaultdict
from datetime import timedelta
from functools import partial
from itertools import combinations, pairwise
from random import Random
from statistics import mean

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from talkoo.access.permissions import Permission, Role
from talkoo.audit.models import Event
from talkoo.config import middleware
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.microtasks import export
from talkoo.microtasks.actions.assignments import skip_task, take_task
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.actions.pieces import edit_caps
from talkoo.microtasks.actions.retention import erase_due
from talkoo.microtasks.models import Assignment, Batch, BatchState, Cursor, Piece, Protection, Seen, Task
from talkoo.microtasks.queries.batches import access_tied_batch
from talkoo.microtasks.queries.pieces import pieces_each, records, too_few
from talkoo.microtasks.queries.work import remaining
from talkoo.people.models import Person
from tests.microtasks.drafts import draft, read, upload
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import storm
from tests.people import organisation, subject, surely

pytestmark = pytest.mark.django_db
CASES = (
    "case,name,street,income,notes,colour\n"
    "K-17,Berta Berg,Quay 5,31000,Ill since May,red\nK-18,Carl Strand,Hill 2,\\52000,,blue\nK-19,,,,,green\n"
)
SPLIT = {"case": "name", "name": "piece", "street": "piece-1", "income": "piece", "notes": "piece-1", "colour": "leave"}


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def split(owner, region):
    batch = draft(owner, region.pk, "Cases")
    upload(owner, batch, CASES)
    read(owner, batch, SPLIT)
    batch.refresh_from_db()
    return batch


def pieced(owner, region, of_each, **settings):
    """An open batch whose items are pieces of records: so many of each."""
    batch = open_batch(
        owner, region, tasks=sum(of_each), records=len(of_each), least=1, most=1, adaptive=False, **settings
    )
    places = [(record, part) for record, each in enumerate(of_each, 1) for part in range(1, each + 1)]
    Piece.objects.bulk_create(
        Piece(task=task, batch=batch, record=record, part=part, label="Column")
        for task, (record, part) in zip(Task.objects.filter(batch=batch).order_by("number"), places, strict=True)
    )
    return batch


# Splitting


def test_each_chosen_column_or_group_of_columns_becomes_an_item(split):
    assert (split.records, split.tasks_total, pieces_each(split), split.cap_person) == (2, 6, 3, 1)
    said = {
        tuple(found) for found in Piece.objects.values_list("record", "name", "part", "label", "task__payload__source")
    }
    assert said == {
        (1, "K-17", 1, "name", "name:\nBerta Berg"),
        (1, "K-17", 2, "street · notes", "street:\nQuay 5\n\nnotes:\nIll since May"),
        (1, "K-17", 3, "income", "income:\n31000"),
        (2, "K-18", 1, "name", "name:\nCarl Strand"),
        (2, "K-18", 2, "street · notes", "street:\nHill 2"),
        (2, "K-18", 3, "income", "income:\n\\52000"),
    }


def test_an_empty_record_is_left_out_and_said(split):
    assert [(row.line, row.reason) for row in split.uploads.get().rejected.all()] == [
        (4, "No piece of it says anything")
    ]


@pytest.mark.parametrize("use", ["group", "known", "why", "source", "first"])
def test_beside_pieces_nothing_goes_along_that_ties_them_together(owner, region, use):
    batch = draft(owner, region.pk)
    upload(owner, batch, CASES)
    with pytest.raises(Invalid):
        read(owner, batch, {**SPLIT, "colour": use})


def test_read_again_without_pieces_the_items_are_whole(owner, split):
    read(owner, split, {"notes": "source"})
    split.refresh_from_db()
    assert (split.records, Piece.objects.count()) == (0, 0)


def test_a_cap_of_other_pieces_is_not_kept_where_it_would_hold_nobody_back(owner, split):
    for before, after in ((4, 1), (3, 1), (2, 2)):
        Batch.objects.filter(pk=split.pk).update(cap_person=before)
        read(owner, split, SPLIT)
        split.refresh_from_db()
        assert split.cap_person == after


def test_neither_number_nor_place_nor_id_nor_anything_else_tells_what_belongs_together(owner, region):
    """800 pieces of 200 records; each bound is at five standard deviations of what chance does."""
    batch = draft(owner, region.pk)
    rows = "\n".join(",".join(f"{name}{n}" for name in "abcd") for n in range(200))
    upload(owner, batch, f"a,b,c,d\n{rows}\n")
    read(owner, batch, dict.fromkeys("abcd", "piece"))
    tasks = list(Task.objects.filter(batch=batch).order_by("id").select_related("piece"))
    assert [task.number for task in tasks] == list(range(1, 801))
    assert {later.pos - task.pos for task, later in pairwise(tasks)} == {1}
    assert [task.name for task in tasks] == [f"Letter {n}" for n in range(1, 801)]
    same = {"batch_id", "group", "state", "needed", "active", "done", "surplus", "closed", "differ", "estimate", "probability", "spot", "result_id", "is_open"}  # fmt: skip
    assert {name for name in tasks[0].__dict__ if len({str(task.__dict__.get(name)) for task in tasks}) == 1} >= same
    at = defaultdict(dict)
    for task in tasks:
        at[task.piece.record][task.piece.part] = task.number
    apart = mean(abs(x - y) for parts in at.values() for x, y in combinations(parts.values(), 2)) / 800
    assert abs(apart - 1 / 3) < 0.034
    for one, other in combinations(range(1, 5), 2):
        assert abs(mean(parts[one] < parts[other] for parts in at.values()) - 0.5) < 0.177
    first = mean(n for record, parts in at.items() if record <= 100 for n in parts.values())
    assert abs(first - 400.5) < 5 * 231 / 400**0.5


def test_the_record_is_whole_in_the_export_and_on_the_page_of_who_may_export(owner, region, split):
    content = b"".join(export.chunks(split, "csv", by="Jonas")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert {(row["record"], row["record_name"], row["piece_of"]) for row in rows} >= {
        ("1", "K-17", "income"),
        ("2", "K-18", "name"),
    }
    assert [len(record.pieces) for record in records(split, [1, 2])] == [3, 3]
    browser = Client()
    browser.force_login(Person.objects.get(pk=owner.person_id))
    page = browser.get(f"/batches/{split.code}/records/").content.decode()
    assert [words for words in ("K-17", "Berta Berg", "31000", "Ill since May") if words not in page] == []
    kaisa = subject("Kaisa", region, Role.COORDINATOR)
    with pytest.raises(Denied):
        access_tied_batch(kaisa, split.code, Permission.BATCH_EXPORT)


def test_a_page_of_records_shows_few_pieces_and_caps_can_be_lowered_when_no_more_is_shown(
    owner, region, settings, monkeypatch
):
    batch = pieced(owner, region, [30, 30], cap_person=3, sensitivity=2)
    monkeypatch.setattr(middleware, "who_asks", lambda _request: surely(owner))
    browser, where = Client(), f"/batches/{batch.code}/records/"
    browser.force_login(Person.objects.get(pk=owner.person_id))
    assert browser.get(where).content.decode().count("<td") == 2 * 30
    settings.ITEMS_SHOWN_PER_HOUR = 30
    page = browser.get(f"{where}?page=2")
    assert (page.status_code, "<td" in page.content.decode(), "cap_person" in page.content.decode()) == (
        429,
        False,
        True,
    )
    assert Event.objects.filter(action="access.refused", actor_id=owner.person_id).exists()


def test_contributors_read_nothing_of_the_record(owner, region, split):
    Batch.objects.filter(pk=split.pk).update(state=BatchState.OPEN, question="Which?", config={"options": ["a", "b"]})
    amina = subject("Amina", region)
    browser = Client()
    browser.force_login(Person.objects.get(pk=amina.person_id))
    moved = browser.post(f"/work/{split.code}/")
    pages = browser.get(f"/work/{split.code}/").content.decode() + browser.get(moved["Location"]).content.decode()
    shown = Assignment.objects.get().task
    assert shown.payload["source"].splitlines()[-1] in pages
    others = Piece.objects.exclude(task=shown).values_list("task__payload__source", flat=True)
    told = [words for words in ("K-17", "K-18", *(said.splitlines()[-1] for said in others)) if words in pages]
    assert told == []
    assert browser.get(f"/batches/{split.code}/records/").status_code in {403, 404}


def test_an_item_of_a_split_batch_has_no_known_answer(owner, split):
    with pytest.raises(Conflict, match="pieces of records"):
        mark_known(by=owner, code=split.code, number=1, value="a")


@pytest.mark.parametrize("afterwards", ["delete", "results"])
def test_what_ties_pieces_together_goes_with_the_items_when_they_are_due(owner, region, afterwards):
    batch = pieced(owner, region, [2])
    all_of(subject("Amina", region), batch)
    closed = {"state": BatchState.CLOSED, "closed": timezone.now() - timedelta(days=40)}
    Batch.objects.filter(pk=batch.pk).update(**closed)
    Protection.objects.create(batch=batch, keep_days=30, afterwards=afterwards)
    erase_due()
    assert (Piece.objects.count(), Seen.objects.count()) == (0, 0)


# Caps


def all_of(by, batch):
    """Take and answer until nothing is handed out; the records of what was."""
    found = []
    while taken := take_task(by=by, batch=batch):
        found.append(taken.task.piece.record)
        send(by, taken)
    return found


def test_one_person_has_so_many_pieces_of_a_record_and_no_more_however_they_ended(owner, region):
    batch = pieced(owner, region, [4, 3, 1], cap_person=2)
    amina = subject("Amina", region)
    given_back = take(amina, batch)
    skip_task(by=amina, code=given_back.code)
    lapsed = take(amina, batch)
    Assignment.objects.filter(pk=lapsed.pk).update(lease_until=timezone.now() - timedelta(hours=1))
    with connection.cursor() as cursor:
        cursor.execute("SELECT microtasks_release(%s, 9)", [batch.pk])
    Cursor.objects.update(pos=0, swept=None)
    found = all_of(amina, batch)
    assert sorted(found) == [1, 2, 2, 3], "of the first record the lapsed one alone, again"
    left = remaining(amina, batch)
    assert (left.open, left.beyond) == (0, 3)
    assert len(all_of(subject("Mei", region), batch)) == 3


def test_an_organisation_has_so_many_pieces_of_a_record_together(owner, region):
    batch = pieced(owner, region, [6], cap_person=2, cap_team=3)
    town = organisation("Town", region)
    counts = [len(all_of(subject(f"Person {n}", home), batch)) for n, home in enumerate([region] * 3 + [town] * 2)]
    assert counts == [2, 1, 0, 2, 1]


def test_a_piece_that_is_named_or_asked_of_two_counts_the_same(owner, region):
    batch = pieced(owner, region, [3], cap_person=1, cap_team=1, may_choose=True)
    Task.objects.update(needed=2)
    Batch.objects.update(most=2)
    amina, rashid = subject("Amina", region), subject("Rashid", region)
    send(amina, take(amina, batch, number=2))
    assert take_task(by=amina, batch=batch, number=3) is None
    assert take_task(by=rashid, batch=batch, number=3) is None
    assert take(rashid, batch).task.number == 2, "what one of them saw, the other may see"


def test_caps_may_become_lower_once_people_work_under_them_and_never_higher(owner, region):
    batch = pieced(owner, region, [5], cap_person=3)
    edit_caps(by=owner, code=batch.code, cap_person=2, cap_team=4)
    for caps in ({"cap_person": 3, "cap_team": 4}, {"cap_person": 2, "cap_team": None}):
        with pytest.raises(Invalid, match="opened with"):
            edit_caps(by=owner, code=batch.code, **caps)
    with pytest.raises(Invalid, match="between 1 and 5"):
        edit_caps(by=owner, code=batch.code, cap_person=6, cap_team=4)
    with pytest.raises(Conflict):
        edit_caps(by=owner, code=open_batch(owner, region).code, cap_person=1, cap_team=None)
    batch.refresh_from_db()
    assert [too_few(batch, reach) for reach in (2, 3)] == [True, False]


def collude(by, batch, seed):
    """Take what can be had: some of it is answered, some given back, some left to lapse."""
    rng = Random(seed)
    for _round in range(12):
        taken = take_task(by=by, batch=batch)
        if taken is None:
            Cursor.objects.filter(person=by.person_id, batch=batch).update(pos=0, swept=None)
        elif (way := rng.randrange(3)) == 0:
            send(by, taken)
        elif way == 1:
            skip_task(by=by, code=taken.code)
        else:
            Assignment.objects.filter(pk=taken.pk).update(lease_until=timezone.now() - timedelta(hours=1))


def most_of_a_record(batch):
    """How many different pieces one person, and one team, had in hand: from the assignments alone."""
    had = Assignment.objects.filter(batch=batch).values_list(
        "person_id", "organisation_id", "task__piece__record", "task_id"
    )
    of_person, of_team = defaultdict(set), defaultdict(set)
    for person, team, record, task in had:
        of_person[person, record].add(task)
        of_team[team, record].add(task)
    return max(map(len, of_person.values())), max(map(len, of_team.values())), len({task for *_who, task in had})


def storm_on_one_record(people, teams, pieces, cap_person, cap_team):
    region = organisation("Region")
    owner = subject("Jonas", region, Role.TASK_OWNER)
    homes = [organisation(f"Town {n}", region) for n in range(teams)]
    batch = pieced(owner, region, [pieces], cap_person=cap_person, cap_team=cap_team)
    everybody = [subject(f"Person {n}", homes[n % teams]) for n in range(people)]
    storm([partial(collude, by, batch, seed) for seed, by in enumerate(everybody)])
    assert Seen.objects.values("person", "task").distinct().count() == Assignment.objects.count()
    return most_of_a_record(batch)


@pytest.mark.django_db(transaction=True)
def test_a_dozen_who_collude_have_no_more_than_allowed():
    one, team, _had = storm_on_one_record(12, 3, 12, 2, 5)
    assert (one, team <= 5) == (2, True)


@pytest.mark.full
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("cap_team", [7, None])
def test_fifty_who_collude_on_forty_pieces_have_no_more_than_two_each(cap_team):
    one, team, had = storm_on_one_record(50, 5, 40, 2, cap_team)
    assert one == 2
    assert team <= (cap_team or 20)
    assert had <= 5 * cap_team if cap_team else had == 40
