"""A copy of the results carries its provenance, harms no spreadsheet, and never stands in memory as a whole."""

import csv
import hashlib
import io
import json
import tracemalloc
import zipfile
from types import SimpleNamespace

import pytest
from django.test import Client

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Denied, Missing
from talkoo.microtasks import export, export_cli, export_rows
from talkoo.microtasks.actions.results import record_export, review_task
from talkoo.microtasks.models import BatchPerson, Result, Task
from talkoo.people.models import Person
from tests.microtasks.drafts import draft, read, upload
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def owner(region):
    return subject("Jonas", region, Role.TASK_OWNER)


@pytest.fixture
def people(region):
    norrby = organisation("City of Norrby", region)
    return [subject(f"Person {n}", norrby) for n in range(5)] + [subject("Lone", organisation("Ekhamn", region))]


def client_of(who):
    client = Client()
    client.force_login(Person.objects.get(pk=who.person_id))
    return client


def rows_of(content):
    assert content.startswith(b"\xef\xbb\xbf"), "Excel reads the file as UTF-8 only with a mark in front"
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def exported(batch, form):
    return b"".join(export.chunks(batch, form, by="Jonas"))


@pytest.fixture
def batch(owner, region, people):
    """Three items: one settled 5 against 1, one with a single answer, one nobody has seen."""
    made = open_batch(owner, region, tasks=3, least=6, most=6, adaptive=False, may_choose=True)
    for n, by in enumerate(people):
        send(by, take(by, made, number=1), "b" if n == 5 else "a")
    send(people[0], take(people[0], made, number=2), "c")
    return made


def test_only_an_owner_takes_a_copy_and_it_is_on_record(batch, owner, people, region):
    coordinator = subject("Lotta", region, Role.COORDINATOR)
    stranger = subject("Mei", organisation("Elsewhere"), Role.TASK_OWNER)
    batch.audience.add(region)
    for who, status in ((people[0], 403), (coordinator, 403), (stranger, 404)):
        assert client_of(who).get(f"/batches/{batch.code}/export/csv/").status_code == status
        with pytest.raises(Denied):
            record_export(by=who, batch=batch, form="csv")
    assert not Event.objects.filter(action="microtasks.batch.exported").exists()
    assert client_of(owner).head(f"/batches/{batch.code}/export/csv/").status_code == 200
    assert not Event.objects.filter(action="microtasks.batch.exported").exists()
    answer = client_of(owner).get(f"/batches/{batch.code}/export/csv/")
    assert answer.status_code == 200
    assert f"talkoo-{batch.code}-" in answer["Content-Disposition"]
    assert len(rows_of(b"".join(answer.streaming_content))) == 3
    event = Event.objects.get(action="microtasks.batch.exported")
    assert (event.actor_id, event.code, event.facts["form"]) == (owner.person_id, batch.code, "csv")


def test_an_unknown_format_is_missing_and_not_on_record(batch, owner):
    assert client_of(owner).get(f"/batches/{batch.code}/export/xml/").status_code == 404
    with pytest.raises(Missing):
        export.chunks(batch, "xml", by="Jonas")
    assert not Event.objects.filter(action="microtasks.batch.exported").exists()


def test_every_row_says_how_its_result_came_about(batch):
    first, second, third = rows_of(exported(batch, "csv"))
    assert (first["state"], first["value"], first["reason"], first["answers"], first["dissent"]) == (
        "closed",
        "a",
        "enough",
        "6",
        "1",
    )
    assert 0.5 < float(first["low"]) < float(first["probability"]) < float(first["high"]) <= 1
    assert len(first["answer_ids"].split("; ")) == 6
    assert all(first[name] for name in ("closed_at", "method", "method_version"))
    assert (first["batch"], first["item: source"], first["reviewed"]) == (batch.code, "Text 1", "no")
    for row in (second, third):
        assert (row["state"], row["value"], row["probability"], row["answer_ids"]) == ("open", "", "", "")
    assert [row["answers"] for row in (second, third)] == ["1", "0"]


def test_an_organisation_of_fewer_than_five_is_counted_among_the_others(batch):
    first = rows_of(exported(batch, "csv"))[0]
    assert json.loads(first["by_organisation"]) == {"Other organisations": {"a": 5, "b": 1}}
    assert "Ekhamn" not in exported(batch, "jsonl").decode()


def test_both_formats_say_the_same(batch):
    head, *records = [json.loads(line) for line in exported(batch, "jsonl").splitlines()]
    assert (head["batch"], head["question"], head["counts"]["settled"], head["exported_by"]) == (
        batch.code,
        "Which?",
        1,
        "Jonas",
    )
    assert head["config"] == {"options": ["a", "b", "c"]}
    for record, row in zip(records, rows_of(exported(batch, "csv")), strict=True):
        assert str(record["number"]) == row["number"]
        assert (record["value"] or "") == row["value"]
        assert record["item"]["source"] == row["item: source"]
    assert records[0]["probability"] == float(rows_of(exported(batch, "csv"))[0]["probability"])
    assert records[1]["value"] is None


def test_what_a_spreadsheet_would_run_gets_an_apostrophe_in_csv_and_stays_as_it_is_in_jsonl(owner, region):
    nasty = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        'plain, "quoted"\nline',
        "<script>alert(1)</script>",
        "ünïcode 🌲",
    ]
    batch = open_batch(owner, region, tasks=len(nasty), title="=HYPERLINK(1)")
    for task, text in zip(Task.objects.order_by("number"), nasty, strict=True):
        task.payload, task.name = {"source": text, "=cmd": "x"}, text[:20]
        task.save()
    rows = rows_of(exported(batch, "csv"))
    for row, text in zip(rows, nasty, strict=True):
        assert row["item: source"] == (f"'{text}" if text[0] in "=+-@\t\r" else text)
        assert row["batch_title"] == "'=HYPERLINK(1)"
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in [*row, *row.values()])
    records = [json.loads(line) for line in exported(batch, "jsonl").splitlines()][1:]
    assert [record["item"]["source"] for record in records] == nasty


def test_the_data_package_holds_the_table_its_schema_and_where_it_comes_from(batch):
    with zipfile.ZipFile(io.BytesIO(exported(batch, "zip"))) as archive:
        assert archive.namelist() == ["results.csv", "datapackage.json"]
        table, said = archive.read("results.csv"), json.loads(archive.read("datapackage.json"))
    resource = said["resources"][0]
    assert (resource["bytes"], resource["hash"]) == (len(table), f"sha256:{hashlib.sha256(table).hexdigest()}")
    rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
    assert rows == rows_of(exported(batch, "csv"))
    assert [field["name"] for field in resource["schema"]["fields"]] == list(rows[0])
    kinds = {field["name"]: field["type"] for field in resource["schema"]["fields"]}
    assert (kinds["number"], kinds["probability"], kinds["reviewed"]) == ("integer", "number", "boolean")
    assert said["licenses"] == [{"name": "other-closed", "title": said["licenses"][0]["title"]}]
    assert (said["talkoo"]["question"], said["talkoo"]["exported_by"]) == ("Which?", "Jonas")


def test_a_data_package_that_was_exported_is_read_back(batch, owner, region, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    again = draft(owner, region.pk, "Again")
    kept = upload(owner, again, exported(batch, "zip"), name="results.zip")
    assert (kept.kind, kept.sheet) == ("datapackage", "results")
    assert read(owner, again, {"name": "name", "item: source": "source"}).rows_read == 3
    assert [task.payload["source"] for task in again.tasks.order_by("number")] == ["Text 1", "Text 2", "Text 3"]


def test_a_multiple_choice_says_of_each_label_whether_it_holds_and_how_probable_that_is(owner, region, people):
    config = {"options": ["a", "b"], "several": True}
    batch = open_batch(owner, region, tasks=1, config=config, least=3, most=3, adaptive=False)
    for by, value in zip(people, [["a"], ["a", "b"], ["a"]], strict=False):
        send(by, take(by, batch), value)
    row = rows_of(exported(batch, "csv"))[0]
    assert (row["value"], row["is: a"], row["is: b"]) == ("a", "yes", "no")
    assert float(row["probability: a"]) > float(row["probability: b"]) > 0.5
    record = json.loads(exported(batch, "jsonl").splitlines()[1])
    assert record["units"]["b"]["value"] is False
    assert record["dissent"] == 1


def test_a_refit_does_not_hide_why_and_when_an_item_closed(batch):
    before = Result.objects.get()
    renewed = Result.objects.create(
        task=before.task, version=2, value="a", probability=0.99, low=0.5, high=1, method="dawid-skene", method_version="1",
        reason="refit", answer_ids=before.answer_ids,
    )  # fmt: skip
    Task.objects.filter(number=1).update(result=renewed)
    row = rows_of(exported(batch, "csv"))[0]
    assert (row["reason"], row["version"], row["method"], row["probability"]) == ("enough", "2", "dawid-skene", "0.99")
    assert row["closed_at"] < row["combined_at"]


def test_a_decision_by_a_reviewer_is_marked_and_carries_no_probability(batch, owner, people):
    Task.objects.filter(number=2).update(state="review", closed=True)
    review_task(by=owner, batch=batch, number=2, value="c", note="-as the letter says")
    row = rows_of(exported(batch, "csv"))[1]
    assert (row["value"], row["reviewed"], row["method"], row["probability"]) == ("c", "yes", "reviewer", "")
    assert row["review_note"] == "'-as the letter says"


def test_memory_stays_that_of_a_slice_whatever_the_size(owner, region):
    text = "x" * 2000

    def peak(tasks):
        batch = open_batch(owner, region, tasks=tasks)
        Task.objects.filter(batch=batch).update(payload={"source": text})
        tracemalloc.start()
        size = sum(len(chunk) for chunk in export.chunks(batch, "jsonl", by="Jonas"))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert size > tasks * len(text)
        return most

    small, large = peak(1000), peak(5000)
    assert large < 1.3 * small


def test_an_export_of_a_slice_more_or_less_holds_every_item_once(owner, region, monkeypatch):
    monkeypatch.setattr(export_rows, "SLICE", 2)
    batch = open_batch(owner, region, tasks=5)
    assert [row["number"] for row in rows_of(exported(batch, "csv"))] == ["1", "2", "3", "4", "5"]
    assert rows_of(exported(open_batch(owner, region, tasks=0), "csv")) == []


def test_the_command_writes_the_same_file_and_leaves_nothing_half_done(batch, tmp_path, capsys, monkeypatch):
    wanted = tmp_path / "results.csv"
    assert export_cli.run(SimpleNamespace(batch=batch.code, format="csv", output=str(wanted))) == 0
    assert wanted.read_bytes() == exported(batch, "csv")
    assert "3 of 3 rows" in capsys.readouterr().err
    assert Event.objects.get(action="microtasks.batch.exported").actor_id is None

    def stopped(*_args, **_more):
        yield b"half"
        raise KeyboardInterrupt

    monkeypatch.setattr(export, "chunks", stopped)
    with pytest.raises(KeyboardInterrupt):
        export_cli.run(SimpleNamespace(batch=batch.code, format="csv", output=str(wanted)))
    assert wanted.read_bytes() != b"half"
    assert [path.name for path in tmp_path.iterdir()] == ["results.csv"]
    with pytest.raises(Missing):
        export_cli.run(SimpleNamespace(batch="nothing", format="csv", output="-"))


def test_a_reviewer_may_not_take_a_copy(batch, region):
    carla = subject("Carla", region)
    BatchPerson.objects.create(batch=batch, person_id=carla.person_id, relation=Relation.REVIEWER)
    assert client_of(carla).get(f"/batches/{batch.code}/export/csv/").status_code == 403
