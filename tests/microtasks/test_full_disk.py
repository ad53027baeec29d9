"""A disk that fills while a file comes in or is stored: said in words, nothing half-kept, and it goes on when there is room."""

import contextlib
import gc
import resource
import shutil
import warnings

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError, connection
from django.test import Client

from talkoo.access.permissions import Role
from talkoo.lib import room
from talkoo.lib.errors import NoRoom
from talkoo.microtasks.actions import reading, uploads
from talkoo.microtasks.models import Batch, Task, UploadState
from tests.callers import Caller, token_of
from tests.microtasks.drafts import LETTERS, MAPPING, draft, read, upload
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db
ROOM = 100_000
LARGE, LARGER = "text\n" + "word\n" * 30_000, "text\n" + "word\n" * 600_000  # Django lays the second aside in a file
DISK_FULL = "DO $$ BEGIN RAISE EXCEPTION 'could not extend file (%s)' USING ERRCODE = 'disk_full'; END $$"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path, caplog):
    settings.MEDIA_ROOT = tmp_path / "uploads"
    settings.MEDIA_ROOT.mkdir()
    yield settings.MEDIA_ROOT
    caplog.get_records("call").clear()  # its lines hold on to what Django laid aside, which could only be deleted
    with warnings.catch_warnings(action="ignore"):
        gc.collect()


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def owner(town):
    return person("Jonas", town, Role.TASK_OWNER)


@contextlib.contextmanager
def little_room():
    """No file of this process may grow past ROOM: the operating system refuses the write, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_file_for_which_there_is_no_room_leaves_neither_a_part_nor_a_draft(owner, town, folder):
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    about = {"title": "Letters", "item_word": "letter", "organisation": town.pk}
    with little_room():
        small = client.post("/batches/new/", about | {"file": SimpleUploadedFile("letters.csv", LARGE.encode())})
        large = client.post("/batches/new/", about | {"file": SimpleUploadedFile("letters.csv", LARGER.encode())})
    assert (small.status_code, large.status_code) == (422, 507)
    assert "There is no room for this file on the server" in small.text
    assert "A disk of this Talkoo is full" in large.text
    assert all("when there is room" in answer.text for answer in (small, large))
    assert (list(folder.iterdir()), Batch.objects.count()) == ([], 0)
    assert (
        client.post("/batches/new/", about | {"file": SimpleUploadedFile("a.csv", LARGE.encode())}).status_code == 302
    )


def test_the_file_of_before_stays_when_there_is_no_room_for_another(town, folder):
    owner = subject("Jonas", town, Role.TASK_OWNER)
    batch = draft(owner, town.pk)
    before = upload(owner, batch)
    with little_room(), pytest.raises(NoRoom):
        upload(owner, batch, LARGE)
    assert [path.name for path in folder.iterdir()] == [before.stored_as]
    assert batch.uploads.get().filename == "letters.csv"


def test_a_call_that_finds_no_room_is_told_so_and_may_be_sent_again(town):
    owner = subject("Jonas", town, Role.TASK_OWNER)
    batch = draft(owner, town.pk)
    caller = Caller(token_of(owner))

    def send(content):
        return caller.upload(f"/batches/{batch.code}/file", SimpleUploadedFile("letters.csv", content.encode()))

    for content in (LARGE, LARGER):
        with little_room():
            answer = send(content)
        assert (answer.status_code, answer["Content-Type"]) == (507, "application/problem+json")
        assert "when there is room" in answer.json()["remedy"]
    assert send(LARGE).status_code == 202


def test_items_that_find_no_room_in_the_database_leave_none_and_the_file_is_read_when_there_is(town, monkeypatch):
    owner = subject("Jonas", town, Role.TASK_OWNER)
    batch = draft(owner, town.pk)
    upload(owner, batch, LETTERS)
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    with monkeypatch.context() as patch:
        patch.setattr(reading, "LAST_PLACE", DISK_FULL)
        with pytest.raises(OperationalError):
            reading.read_upload(upload=begun.pk, run=begun.run)
    begun.refresh_from_db()
    assert begun.state == UploadState.FAILED
    assert begun.message.startswith("The server has no room left for these items. Your file is kept")
    assert not Task.objects.exists()
    again = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    reading.read_upload(upload=again.pk, run=again.run)
    assert Task.objects.count() == 3


def test_no_file_takes_the_room_that_the_database_needs_to_go_on(town, settings, monkeypatch):
    owner = subject("Jonas", town, Role.TASK_OWNER)
    batch, settings.EMBEDDED = draft(owner, town.pk), True
    upload(owner, batch)
    free = shutil.disk_usage(settings.MEDIA_ROOT).free
    with monkeypatch.context() as patch:
        patch.setattr(room, "RESERVE", 2 * free)
        assert read(owner, batch).message.startswith("The server has no room left for these items. Your file is kept")
        assert not Task.objects.exists()
        with pytest.raises(NoRoom):
            upload(owner, batch)
    assert read(owner, batch).rows_read == 3


def test_a_page_that_the_database_has_no_room_for_says_so(owner, town, monkeypatch):
    def full(**_words):
        with connection.cursor() as cursor:
            cursor.execute(DISK_FULL, [1])

    monkeypatch.setattr("talkoo.microtasks.actions.batches.create_draft", full)
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    about = {"title": "Letters", "item_word": "letter", "organisation": town.pk}
    answer = client.post("/batches/new/", about | {"file": SimpleUploadedFile("a.csv", b"text\none\n")})
    assert answer.status_code == 507
    assert "Nothing was changed" in answer.text
