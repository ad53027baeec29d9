"""A file becomes the tasks of a draft, wholly or not at all, and whatever is wrong with it is said in words."""

import io
import json
import os
from uuid import uuid4

import openpyxl
import pytest
from django.db import IntegrityError
from procrastinate.contrib.django.models import ProcrastinateJob

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.lib.tables import WrongEncoding
from talkoo.microtasks.actions import items, reading, uploads
from talkoo.microtasks.actions.batch_states import discard_draft, move_batch
from talkoo.microtasks.models import BatchPerson, Task, Upload, UploadState
from talkoo.microtasks.queries.uploads import first_rows, guessed_mapping, path_of, same_file
from tests.microtasks.drafts import LETTERS, MAPPING, draft, read, ready_draft, stored, upload
from tests.microtasks.made import open_batch
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def owner(town):
    return subject("Jonas", town, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, town):
    return draft(owner, town.pk)


def names(batch):
    return list(Task.objects.filter(batch=batch).order_by("number").values_list("name", flat=True))


# Who may not


def test_a_contributor_may_not_upload_to_a_batch_that_is_only_seen(town, owner):
    shown = open_batch(owner, town)
    with pytest.raises(Denied):
        upload(subject("Amina", town), shown)


def test_the_owner_of_another_organisation_learns_nothing_of_a_draft(batch):
    with pytest.raises(Missing):
        upload(subject("Eva", organisation("Ekhamn"), Role.TASK_OWNER), batch)


def test_a_batch_that_is_open_takes_no_other_file(owner, town):
    batch = open_batch(owner, town)
    with pytest.raises(Conflict):
        upload(owner, batch)


# What is refused leaves nothing behind


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "0 bytes"),
        (b"text\n", "no row below it"),
        (b"text,text\na,b\n", "two columns"),
        (b"\x00\x01\x02\x03" * 500, "not a text file"),
        (b"PK\x03\x04...", "damaged or was cut off"),
        (b"h" * 5_000_000 + b"\n1\n", "header cannot be read"),
        (b'text\n"never closed\n', "never closed"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_and_not_kept(batch, owner, settings, content, words):
    with pytest.raises(Invalid, match=words):
        upload(owner, batch, content)
    assert list(settings.MEDIA_ROOT.iterdir()) == []
    assert not Upload.objects.exists()


def test_a_file_larger_than_allowed_is_refused_before_it_is_stored_whole(batch, owner, settings):
    settings.UPLOAD_MAX_BYTES = 1_000_000
    with pytest.raises(Invalid, match="larger than 1 MB"):
        upload(owner, batch, b"text\n" + b"words\n" * 200_000)
    assert list(settings.MEDIA_ROOT.iterdir()) == []


def test_another_encoding_is_used_only_when_it_is_chosen(batch, owner):
    content = "text\nKäyttö\n".encode("latin-1")
    with pytest.raises(WrongEncoding, match="Line 2"):
        upload(owner, batch, content)
    upload(owner, batch, content, encoding="cp1252")
    read(owner, batch, {"text": "source"})
    assert Task.objects.get().payload == {"source": "Käyttö"}


def test_a_name_with_a_path_or_signs_nobody_sees_is_cut_down(batch, owner):
    assert upload(owner, batch, name="..\\..\\etc/pass\x00wd\n.csv").filename == "passwd.csv"


# What columns are used as


@pytest.mark.parametrize(
    ("mapping", "column"),
    [
        ({"letter_no": "name"}, "letter_no"),
        ({"text": "source", "area": "nonsense"}, "area"),
        ({"text": "source", "letter_no": "name", "area": "name"}, "area"),
        ({"text": "left"}, "letter_no"),
    ],
)
def test_a_mapping_that_does_not_work_is_refused_at_its_column(batch, owner, mapping, column):
    upload(owner, batch)
    with pytest.raises(Invalid) as refused:
        read(owner, batch, mapping)
    assert list(refused.value.fields) == [column]
    assert Upload.objects.get().state == UploadState.RECEIVED


def test_a_new_file_comes_with_a_proposal(batch, owner):
    assert guessed_mapping(upload(owner, batch)) == MAPPING


def test_the_same_columns_are_used_as_the_last_time(batch, owner):
    upload(owner, batch)
    read(owner, batch, {"letter_no": "source", "text": "name", "area": "leave"})
    assert guessed_mapping(upload(owner, batch, LETTERS + "L9,More,Hill\n"))["letter_no"] == "source"


# What becomes of the rows


def test_every_row_becomes_a_task_with_its_text_name_and_group(batch, owner):
    upload(owner, batch)
    done = read(owner, batch)
    batch.refresh_from_db()
    assert (done.state, done.rows_read, done.rows_rejected, done.bytes_read) == (UploadState.READY, 3, 0, done.size)
    assert batch.tasks_total == 3
    first = Task.objects.get(batch=batch, number=1)
    assert (first.name, first.group, first.payload, first.needed) == ("L1", "Harbour", {"source": "The bus is late"}, 2)
    places = list(Task.objects.filter(batch=batch).order_by("number").values_list("pos", flat=True))
    assert places == sorted(set(places))


def test_without_a_column_of_names_items_are_numbered(batch, owner):
    upload(owner, batch)
    read(owner, batch, {"text": "source"})
    assert names(batch) == ["Letter 1", "Letter 2", "Letter 3"]


def test_several_columns_that_people_read_stand_under_their_names(batch, owner):
    upload(owner, batch, "original,translation\nYes,Ja\n")
    read(owner, batch, {"original": "source", "translation": "source"})
    assert Task.objects.get().payload["source"] == "original:\nYes\n\ntranslation:\nJa"


def test_html_scripts_and_formulas_stay_text(batch, owner):
    upload(owner, batch, 'text\n<script>alert(1)</script>\n=1+1\n"{""a"": [1]}"\n')
    read(owner, batch, {"text": "source"})
    texts = [task.payload["source"] for task in Task.objects.order_by("number")]
    assert texts == ["<script>alert(1)</script>", "=1+1", '{"a": [1]}']


def test_rows_that_cannot_be_used_are_listed_with_line_and_reason_and_the_others_are_read(batch, owner):
    long = "n" * 121
    upload(owner, batch, f"letter_no,text,area\nL1,,Hill\nL2\n{long},words,Hill\nL4,fine,Hill\nL5,fine,{long}\n")
    done = read(owner, batch)
    assert (done.rows_read, done.rows_rejected) == (1, 4)
    assert [(row.line, row.reason) for row in done.rejected.all()] == [
        (2, "“text” is empty"),
        (3, "1 cells, but the header has 3 columns"),
        (4, "“letter_no” is longer than 120 characters"),
        (6, "“area” is longer than 120 characters"),
    ]
    assert names(batch) == ["L4"]


def test_a_file_of_which_no_row_can_be_used_says_so_and_makes_nothing(batch, owner):
    upload(owner, batch, "letter_no,text,area\nL1,,Hill\nL2,,Hill\n")
    done = read(owner, batch)
    assert done.state == UploadState.FAILED
    assert "each one was rejected" in done.message
    assert done.rejected.count() == 2
    assert names(batch) == []


def test_a_quotation_mark_left_open_far_down_stops_the_reading_with_its_line(batch, owner):
    upload(owner, batch, "letter_no,text,area\n" + "L,fine,Hill\n" * 5000 + 'L,"open,Hill\n')
    done = read(owner, batch)
    assert (done.state, names(batch)) == (UploadState.FAILED, [])
    assert "line 5002 is never closed" in done.message


def test_reading_again_puts_the_new_tasks_in_the_place_of_the_old(batch, owner):
    upload(owner, batch)
    read(owner, batch)
    upload(owner, batch, "letter_no,text,area\nN1,New,Hill\n")
    read(owner, batch)
    batch.refresh_from_db()
    assert (names(batch), batch.tasks_total) == (["N1"], 1)


def test_a_reading_that_fails_in_the_middle_leaves_the_tasks_of_before(batch, owner, monkeypatch):
    upload(owner, batch)
    read(owner, batch)
    upload(owner, batch, LETTERS.replace("L", "N"))
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    monkeypatch.setattr(items, "WORDS", 10_000)  # a name too long for its column now reaches the database
    path_of(begun).write_text(LETTERS.replace("L3", "L" * 500))
    with pytest.raises(Exception, match="too long"):
        reading.read_upload(upload=begun.pk, run=begun.run)
    begun.refresh_from_db()
    batch.refresh_from_db()
    assert (begun.state, names(batch), batch.tasks_total) == (UploadState.FAILED, ["L1", "L2", "L3"], 3)


def test_a_reading_that_was_stopped_is_run_again_from_the_start(batch, owner):
    upload(owner, batch, LETTERS + "L4,,Hill\n" * 3000)
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)

    def stop(at):
        if at.rows_rejected:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reading.read_upload(upload=begun.pk, run=begun.run, tell=stop)
    assert names(batch) == []
    reading.read_upload(upload=begun.pk, run=begun.run)
    reading.read_upload(upload=begun.pk, run=begun.run)
    begun.refresh_from_db()
    assert (begun.state, begun.rejected.count(), names(batch)) == (UploadState.READY, 3000, ["L1", "L2", "L3"])


def test_a_reading_that_was_superseded_stops_without_a_trace(batch, owner):
    upload(owner, batch)
    first = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    overtaken = []

    def overtake(_at):
        if not overtaken:
            overtaken.append(uploads.start_reading(by=owner, code=batch.code, mapping={"text": "source"}, defer=False))

    reading.read_upload(upload=first.pk, run=first.run, tell=overtake)
    assert names(batch) == []
    reading.read_upload(upload=first.pk, run=overtaken[0].run)
    assert names(batch) == ["Letter 1", "Letter 2", "Letter 3"]


def test_a_job_for_a_file_that_is_gone_or_unknown_does_nothing_bad(batch, owner):
    reading.read_upload(upload=0, run=uuid4())
    upload(owner, batch)
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    path_of(begun).unlink()
    reading.read_upload(upload=begun.pk, run=begun.run)
    begun.refresh_from_db()
    assert (begun.state, begun.message) == (UploadState.FAILED, "The file is no longer here. Upload it again.")


def test_the_job_is_queued_with_the_transaction(batch, owner):
    upload(owner, batch)
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING)
    job = ProcrastinateJob.objects.get(task_name=uploads.READ)
    assert job.args == {"upload": begun.pk, "run": str(begun.run)}


# Other kinds of files


def workbook(**sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, rows in sheets.items():
        sheet = made.create_sheet(name)
        for row in rows:
            sheet.append(row)
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def test_a_workbook_is_read_by_the_same_steps_and_rejected_rows_have_the_numbers_of_the_sheet(batch, owner):
    rows = [["letter_no", "text", "area"], ["L1", "The bus is late", "Harbour"], ["L2", None, "Hill"], [3, 4.5, None]]
    kept = upload(owner, batch, workbook(Letters=rows), name="letters.xlsx")
    assert (kept.kind, kept.sheet, kept.columns, guessed_mapping(kept)) == ("xlsx", "Letters", rows[0], MAPPING)
    done = read(owner, batch)
    assert (done.state, names(batch), done.bytes_read) == (UploadState.READY, ["L1", "3"], done.size)
    assert [(row.line, row.reason) for row in done.rejected.all()] == [(3, "“text” is empty")]


def test_another_sheet_can_be_taken_until_the_file_is_gone(batch, owner):
    content = workbook(Letters=[["text"], ["One"]], Reports=[["report", "place"], ["Two", "Hill"]])
    upload(owner, batch, content, name="letters.xlsx")
    with pytest.raises(Invalid, match="no such sheet"):
        uploads.choose_sheet(by=owner, code=batch.code, sheet="Nonsense")
    second = subject("Olga", batch.organisation, Role.TASK_OWNER)
    BatchPerson.objects.create(batch=batch, person_id=second.person_id, relation=Relation.OWNER)
    taken = uploads.choose_sheet(by=second, code=batch.code, sheet="Reports")
    assert taken.by_id == owner.person_id, "another sheet of what somebody sent"
    assert (taken.columns, first_rows(taken), taken.mapping) == (["report", "place"], [["Two", "Hill"]], {})
    assert read(owner, batch, {"report": "source"}).rows_read == 1
    assert Task.objects.get().payload == {"source": "Two"}
    path_of(taken).unlink()
    with pytest.raises(Conflict, match="no longer here"):
        uploads.choose_sheet(by=owner, code=batch.code, sheet="Letters")


def test_a_sheet_of_a_foreign_batch_cannot_be_chosen(batch, owner):
    upload(owner, batch, workbook(Letters=[["text"], ["One"]]))
    with pytest.raises(Missing):
        uploads.choose_sheet(by=subject("Eva", organisation("Ekhamn")), code=batch.code, sheet="Letters")


def test_json_lines_are_read_by_the_same_steps(batch, owner):
    lines = [
        {"letter_no": 1, "text": "A \\ backslash,\ta tab\nand a line"},
        ["no object"],
        {"text": "Two", "area": "Hill"},
    ]
    upload(owner, batch, "".join(json.dumps(line) + "\n" for line in lines), name="letters.jsonl")
    done = read(owner, batch)
    assert (done.rows_read, [row.line for row in done.rejected.all()]) == (2, [2])
    first, second = Task.objects.order_by("number")
    assert (first.name, first.payload) == ("1", {"source": lines[0]["text"]})
    assert (second.name, second.group) == ("Letter 2", "Hill")


def test_a_file_of_more_rows_than_a_batch_takes_is_refused_as_a_whole(batch, owner, settings):
    settings.BATCH_MOST_ROWS = 2
    upload(owner, batch)
    done = read(owner, batch)
    assert (done.state, names(batch)) == (UploadState.FAILED, [])
    assert (
        done.message == "The file has more than 2 rows, and a batch takes no more. Split it, and make several batches."
    )


def test_of_very_many_rejected_rows_the_first_are_listed_and_all_are_counted(batch, owner, monkeypatch):
    monkeypatch.setattr(reading, "REJECTED_KEPT", 3)
    upload(owner, batch, LETTERS + "L4,,Hill\n" * 5)
    done = read(owner, batch)
    assert (done.rows_rejected, done.rejected.count()) == (5, 3)


# The same file twice


def test_the_same_file_in_another_batch_of_mine_is_noticed_and_asks_for_a_word(batch, owner, town):
    upload(owner, batch)
    second = draft(owner, town.pk, "Letters again")
    again = upload(owner, second, name="other-name.csv")
    assert not again.accepted
    assert [found.batch for found in same_file(owner, again)] == [batch]
    with pytest.raises(Conflict, match="uploaded before"):
        read(owner, second)
    uploads.accept_upload(by=owner, code=second.code)
    assert read(owner, second).state == UploadState.READY


def test_the_same_file_in_a_batch_of_others_is_not_given_away(batch, owner):
    upload(owner, batch)
    ekhamn = organisation("Ekhamn")
    eva = subject("Eva", ekhamn, Role.TASK_OWNER)
    assert upload(eva, draft(eva, ekhamn.pk)).accepted


def test_the_same_file_again_in_the_same_draft_is_no_surprise(batch, owner):
    upload(owner, batch)
    assert upload(owner, batch).accepted


# What is kept


def test_files_lie_under_random_names_and_go_when_another_comes(batch, owner, django_capture_on_commit_callbacks):
    upload(owner, batch)
    first = stored(batch)[0]
    assert "letters" not in first.name
    with django_capture_on_commit_callbacks(execute=True):
        upload(owner, batch, LETTERS + "L4,More,Hill\n")
    assert len(stored(batch)) == 1
    assert not first.exists()


def test_the_file_is_deleted_when_the_batch_opens_or_is_discarded(owner, town, django_capture_on_commit_callbacks):
    batch, other = ready_draft(owner, town.pk), ready_draft(owner, town.pk, "Others")
    paths = [*stored(batch), *stored(other)]
    assert len(paths) == 2
    with django_capture_on_commit_callbacks(execute=True):
        move_batch(by=owner, code=batch.code, verb="open")
        discard_draft(by=owner, code=other.code)
    assert not any(path.exists() for path in paths)
    assert Task.objects.filter(batch=batch).count() == 4
    assert not Task.objects.filter(batch__title="Others").exists()


def test_a_file_that_nobody_names_is_swept_away_after_a_day(batch, owner, settings):
    upload(owner, batch)
    left, fresh = (settings.MEDIA_ROOT / name for name in ("left.csv", "fresh.csv"))
    for path in (left, fresh):
        path.write_text("text\n")
    for path in (left, *stored(batch)):
        os.utime(path, (0, 0))
    assert uploads.sweep_files() == 1
    assert (left.exists(), fresh.exists(), len(stored(batch))) == (False, True, 1)


def test_the_log_has_every_step_and_no_content(batch, owner):
    upload(owner, batch)
    read(owner, batch)
    events = Event.objects.filter(code=batch.code).order_by("id")
    assert [event.action.rsplit(".", 1)[1] for event in events] == [
        "created",
        "file-received",
        "reading-started",
        "read",
        "told",
    ]
    assert "late" not in str([event.facts for event in events])


@pytest.mark.full
def test_a_hundred_thousand_rows_are_read(batch, owner):
    content = "id,text\n" + "".join(f'{n},"Letter {n}, with ""quotes"" and words"\n' for n in range(100_000))
    upload(owner, batch, content)
    seen = []
    begun = uploads.start_reading(by=owner, code=batch.code, mapping={"id": "name", "text": "source"}, defer=False)
    reading.read_upload(upload=begun.pk, run=begun.run, tell=lambda at: seen.append(at.bytes_read))
    batch.refresh_from_db()
    assert batch.tasks_total == Task.objects.filter(batch=batch).count() == 100_000
    assert len(seen) > 50
    assert seen == sorted(seen)


def test_two_tasks_of_one_number_cannot_be(batch, owner):
    upload(owner, batch)
    read(owner, batch)
    with pytest.raises(IntegrityError):
        Task.objects.create(batch=batch, number=1, pos=1, name="again")
