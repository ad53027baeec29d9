"""Every kind of task from its form to its result: read, refused, changed, combined, shown and taken along."""

import csv
import io
import json
import re

import pytest
from django.http import QueryDict
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.lib.errors import Invalid
from talkoo.microtasks import export
from talkoo.microtasks.actions.batches import edit_question
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.actions.results import review_task, send_to_review
from talkoo.microtasks.aggregation import Known, Spoken
from talkoo.microtasks.models import Answer, Assignment, Reliability, Result, Task, TaskState
from talkoo.microtasks.queries.work import sees_turned
from talkoo.microtasks.task_types import check_config, check_value, faults, task_type, task_types
from talkoo.microtasks.views.records import side_by_side
from tests.microtasks import drafts
from tests.microtasks.kinds import KINDS, TEXT
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.test_results import client_of
from tests.people import organisation, subject

EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)


def form_of(fields):
    posted = QueryDict(mutable=True)
    for name, values in fields.items():
        posted.setlist(name, values if isinstance(values, list) else [values])
    return posted


def batch_of(kind, owner, region, tasks=1, **settings):
    batch = open_batch(owner, region, tasks=tasks, task_type=kind.code, config=kind.config, **settings)
    Task.objects.filter(batch=batch).update(payload=kind.item)
    return batch


@pytest.fixture
def cast(db):
    region = organisation("Region")
    return subject("Jonas", region, Role.TASK_OWNER), region, [subject(f"Person {n}", region) for n in range(6)]


def test_every_type_stands_in_the_table():
    assert {kind.code for kind in KINDS} == set(task_types())


@EACH
def test_a_form_is_read_as_its_answer_and_the_answer_fills_the_form_again(kind):
    declared = task_type(kind.code)
    check_config(declared, kind.config)
    value = declared.read(kind.config, form_of(kind.posted))
    assert value == kind.value
    assert faults(declared, kind.config, value, kind.item) == {}
    again = {"field": kind.posted.get("field", []), **declared.fill(kind.config, value)}
    assert declared.read(kind.config, form_of(again)) == kind.value
    assert set(declared.fill(kind.config, value)) <= set(declared.fields(kind.config))
    assert declared.read(kind.config, form_of({})) is None
    assert str(declared.words(kind.config, value)) == kind.words
    assert json.loads(json.dumps(value)) == value


@EACH
def test_what_is_no_answer_is_refused_and_never_an_error(kind):
    declared = task_type(kind.code)
    for value in (*kind.never, None, [], {}, "", -0.5, [[]], {"a": {"b": []}}, "\x00", "x" * 30_000):
        if value == kind.value:
            continue
        with pytest.raises(Invalid):
            check_value(declared, kind.config, value, kind.item)
    for posted in (
        {"choice": "\x00"},
        {"choice": ["1", "1", "1", "1"]},
        {"choice": "²"},
        {"wrong": "9" * 400, "fix": "x"},
    ):
        declared.read(kind.config, form_of(posted))


@EACH
def test_wrong_forms_are_refused_at_the_field_that_is_wrong(kind):
    declared = task_type(kind.code)
    for posted, field, words in kind.wrong:
        found = faults(declared, kind.config, declared.read(kind.config, form_of(posted)), kind.item)
        assert words in found.get(field, ""), (posted, found)


@EACH
def test_two_answers_agree_by_the_measure_of_their_type(kind):
    declared = task_type(kind.code)
    assert declared.same(kind.config, kind.value, kind.alike)
    assert declared.same(kind.config, kind.alike, kind.value)
    assert not declared.same(kind.config, kind.value, kind.other)


@EACH
def test_combining_does_not_mind_the_order_and_follows_those_who_agree(kind):
    declared = task_type(kind.code)
    given = [Spoken(value) for value in (kind.value, kind.other, kind.value, kind.value, kind.alike)]
    one, other = (declared.aggregation.combine(kind.config, rows, Known(), 7) for rows in (given, given[::-1]))
    assert declared.same(kind.config, one.value, other.value)
    assert one.probability == pytest.approx(other.probability)
    assert one.differ
    assert declared.same(kind.config, one.value, kind.value)
    assert faults(declared, kind.config, one.value, kind.item) == {}
    assert json.loads(json.dumps([one.value, one.estimate, one.spread])) == [one.value, one.estimate, one.spread]
    alone, unanimous = (declared.aggregation.combine(kind.config, [Spoken(kind.value)] * n, Known(), 7) for n in (1, 5))
    assert 0 < alone.probability < 0.9 <= unanimous.probability < 1
    assert unanimous.bounds[0] <= unanimous.probability <= unanimous.bounds[1]
    assert not unanimous.differ


@EACH
def test_from_the_page_to_the_result_and_into_a_file(kind, cast):
    """Posted, wrong first, then right; changed; settled by agreement; shown to the owner; exported; refitted."""
    owner, region, people = cast
    batch = batch_of(kind, owner, region, least=3, most=5, sure=70)
    page = client_of(people[0])
    address = page.post(reverse("work", args=[batch.code])).url
    key = re.search(r'name="key" value="([^"]+)"', page.get(address).content.decode())[1]
    nothing = page.post(address, {"key": key})
    assert nothing.status_code == 422
    listed = task_type(kind.code).choices(kind.config)
    assert ("Choose an answer, or say" if listed else "Give an answer, or say") in nothing.content.decode()
    for posted, _field, words in kind.wrong[:1]:
        refused = page.post(address, {"key": key, **posted})
        assert refused.status_code == 422
        assert words in refused.content.decode()
        assert 'id="errors"' in refused.content.decode()
    held = Assignment.objects.get()
    turned = task_type(kind.code).turned and sees_turned(held)
    assert page.post(address, {"key": key, **kind.posted}).status_code == 302
    stored = Answer.objects.get()
    assert stored.value == (task_type(kind.code).turned(kind.value) if turned else kind.value)
    value = stored.value
    assert "checked" in page.get(address).content.decode() or "value=" in page.get(address).content.decode()
    for by in people[1:3]:
        send(by, take(by, batch), value)
    task = Task.objects.get()
    while task.state == TaskState.OPEN and task.done < 5:
        by = people[task.done]
        send(by, take(by, batch), value)
        task.refresh_from_db()
    assert task.state == TaskState.CLOSED, task.probability
    assert task_type(kind.code).same(kind.config, task.result.value, value)
    assert task.result.probability >= 0.7
    assert refit_batch(batch)
    assert Reliability.objects.filter(batch=batch).count() == task.done
    shown = client_of(owner).get(f"/batches/{batch.code}/").content.decode()
    assert task_type(kind.code).words(kind.config, value).split("\n", maxsplit=1)[0][:40] in shown
    assert client_of(people[0]).get(address).status_code == 200
    text = b"".join(export.chunks(batch, "csv", by="test")).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert len(rows) == 1
    assert rows[0]["dissent"] == "0"
    lines = b"".join(export.chunks(batch, "jsonl", by="test")).decode().splitlines()
    assert task_type(kind.code).same(kind.config, json.loads(lines[1])["value"], value)


@EACH
def test_what_people_see_otherwise_goes_to_a_reviewer_who_decides_on_the_same_form(kind, cast):
    owner, region, people = cast
    batch = batch_of(kind, owner, region, least=2, most=2, sure=95)
    for by, value in zip(people, (kind.value, kind.other), strict=False):
        send(by, take(by, batch), value)
    task = Task.objects.get()
    assert task.state == TaskState.REVIEW
    assert task.differ
    page = client_of(owner)
    assert page.get(f"/reviews/{batch.code}/1/").status_code == 200
    assert page.get(f"/batches/{batch.code}/").status_code == 200
    for posted, _field, words in kind.wrong[:1]:
        refused = page.post(f"/reviews/{batch.code}/1/", posted)
        assert refused.status_code == 422
        assert words in refused.content.decode()
    assert page.post(f"/reviews/{batch.code}/1/", kind.posted).status_code == 302
    task.refresh_from_db()
    assert task.result.value == kind.value
    assert task.result.method == "reviewer"
    assert page.get(f"/batches/{batch.code}/?show=all&task=1").status_code == 200
    assert b"".join(export.chunks(batch, "csv", by="test"))


@EACH
def test_the_builder_shows_and_keeps_the_settings_of_a_type(kind, cast):
    owner, region, _people = cast
    batch = open_batch(owner, region, state="draft", task_type="choice")
    said = {"kind": kind.code, "question": "What is it?", "help": ""}
    for name, value in kind.config.items():
        said[f"{kind.code}-{name}"] = value
    page = client_of(owner)
    assert page.post(reverse("batch_preview", args=[batch.code]), said).status_code == 200
    answer = page.post(reverse("batch_edit", args=[batch.code, "question"]), said)
    assert answer.status_code == 302, answer.content.decode()
    batch.refresh_from_db()
    assert batch.task_type == kind.code
    assert {name: batch.config[name] for name in kind.config} == kind.config


def test_settings_that_contradict_each_other_are_refused_by_name():
    bad = [
        ("number", {"centre": "mean", "tolerance": 0, "decimals": 0}, "tolerance"),
        ("number", {"centre": "median", "tolerance": 0, "decimals": 0, "low": 5, "high": 5}, "high"),
        ("number", {"centre": "mode", "tolerance": 0, "decimals": 0}, "centre"),
        ("number", {"centre": "mean", "tolerance": "few", "decimals": 0}, "tolerance"),
        ("date", {"tolerance": 0, "earliest": "2026-02-30"}, "earliest"),
        ("date", {"tolerance": 0, "earliest": "2026-03-01", "latest": "2026-02-01"}, "latest"),
        ("date", {"tolerance": 0, "latest": "tomorrow"}, "latest"),
        ("rank", {"options": ["One"]}, "options"),
        ("points", {"options": ["a", "b"], "total": 3, "tolerance": 1}, "total"),
    ]
    for code, config, field in bad:
        with pytest.raises(Invalid) as refused:
            check_config(task_type(code), config)
        assert field in refused.value.fields, (code, config)


def test_a_long_text_stands_only_where_enough_agree_else_a_reviewer_starts_from_the_proposal(cast):
    owner, region, people = cast
    kind = next(kind for kind in KINDS if kind.code == "long_text")
    batch = batch_of(kind, owner, region, least=2, most=2, adaptive=False)
    Task.objects.update(needed=2)
    for by, value in zip(people, (kind.value, kind.other), strict=False):
        send(by, take(by, batch), value)
    task = Task.objects.get()
    assert task.state == TaskState.REVIEW, "no count of answers makes a text of two that differ"
    assert not Result.objects.exists()
    page = client_of(owner).get(f"/reviews/{batch.code}/1/").content.decode()
    assert "Nothing was merged" in page
    assert task.estimate["value"].split("\n")[0] in page.split("<textarea")[1]


def test_who_compares_a_pair_may_see_it_turned_and_is_understood_all_the_same(cast):
    owner, region, people = cast
    kind = next(kind for kind in KINDS if kind.code == "compare")
    batch = batch_of(kind, owner, region, least=6, most=6)
    Task.objects.update(needed=6)
    orders = set()
    for by in people:
        page = client_of(by)
        address = page.post(reverse("work", args=[batch.code])).url
        shown = page.get(address).content.decode()
        told = re.findall(r"\b(?:One|Two)\b", shown)  # whole words: a token of the page may hold these letters too
        first = "left" if told[0] == "One" else "right"
        assert first == ("right" if sees_turned(Assignment.objects.get(code=address.split("/")[-2])) else "left")
        key = re.search(r'name="key" value="([^"]+)"', shown)[1]
        page.post(address, {"key": key, "choice": "1"})
        assert Answer.objects.latest("pk").value == first
        orders.add(first)
        if Task.objects.get().state == TaskState.OPEN:
            again = page.get(address).content.decode()
            assert re.search(r'id="choice-1"[^>]* checked', again)
    assert orders <= {"left", "right"}


def test_numbers_learn_who_is_far_off_and_a_refit_says_how_far_all_scatter(cast):
    owner, region, people = cast
    config = {"centre": "mean", "decimals": 0, "tolerance": 3, "unit": "days"}
    batch = open_batch(owner, region, tasks=8, task_type="number", config=config, least=4, most=4, adaptive=False)
    Task.objects.filter(batch=batch).update(payload=TEXT, needed=4)
    for by, off in zip(people[:4], (0, 1, -1, 30), strict=True):
        for _task in range(8):
            held = take(by, batch)
            send(by, held, 100 + 10 * held.task.number + off)
    assert refit_batch(batch) == "weighted-centre"
    assert refit_batch(batch) == "weighted-centre"
    counts = {row.person_id: row.counts for row in Reliability.objects.filter(batch=batch)}
    worst = max(counts, key=lambda person: counts[person][1] / counts[person][0])
    assert worst == people[3].person_id
    result = Task.objects.get(number=1).result
    assert 110 <= result.value < 117, "the one who is always far off weighs little"
    assert result.spread[0] <= result.value <= result.spread[1]
    page = client_of(owner).get(f"/batches/{batch.code}/?show=all&task=1").content.decode()
    assert "Where the value lies" in page
    assert "in 12 equal steps" in page


def test_records_stand_side_by_side_by_name_and_say_where_they_differ():
    left = [["left: name", "Quay"], ["left: town", "Norrby"]]
    right = [["right: town", "NORRBY "], ["right: name", "Quai"], ["right: phone", "1"]]
    rows = side_by_side([left, right])
    assert [(row.name, row.differs) for row in rows] == [("name", True), ("town", False), ("phone", True)]
    by_order = side_by_side([[["a", "1"]], [["x", "1"], ["y", "2"]]])
    assert [(row.name, list(row.texts)) for row in by_order] == [("a / x", ["1", "1"]), (" / y", ["", "2"])]


def test_a_decided_record_counts_as_dissent_by_what_it_corrects(cast):
    owner, region, people = cast
    kind = next(kind for kind in KINDS if kind.code == "verify")
    batch = batch_of(kind, owner, region, least=3, most=3, adaptive=False)
    Task.objects.update(needed=3)
    for by, value in zip(people, (kind.value, kind.alike, {"wrong": {}}), strict=False):
        send(by, take(by, batch), value)
    text = b"".join(export.chunks(batch, "csv", by="test")).decode("utf-8-sig")
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert (row["dissent"], row["all right"]) == ("1", "no")
    send_to_review(by=owner, batch=batch, number=1)
    review_task(by=owner, batch=batch, number=1, value={"wrong": {}}, note="Checked on the map.")
    assert Task.objects.get().result.value == {"wrong": {}}


def test_several_columns_become_the_fields_of_a_record_in_the_order_of_the_file(cast):
    owner, region, _people = cast
    batch = drafts.draft(owner, region.pk)
    drafts.upload(owner, batch, "no,town,name,note\nR1,Norrby,Quay,x\nR2,,,y\nR3,Ekhamn,,z\n")
    read = drafts.read(owner, batch, {"no": "name", "town": "record", "name": "record"})
    assert (read.rows_read, read.rows_rejected) == (2, 1)
    assert [task.payload for task in batch.tasks.order_by("number")] == [
        {"record": [["town", "Norrby"], ["name", "Quay"]]},
        {"record": [["town", "Ekhamn"], ["name", ""]]},
    ]
    edit_question(by=owner, code=batch.code, kind="verify", question="Right?", help="", config={}, ask_sure=False)
    assert client_of(owner).get(reverse("batch_try", args=[batch.code, 1])).status_code == 200
    shown = client_of(owner).get(reverse("batch_edit", args=[batch.code, "question"])).content.decode()
    assert "Norrby" in shown
