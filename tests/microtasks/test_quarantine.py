"""Nothing opens a file before it was scanned, where a scanner is connected; without one, sensitive files are refused."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.config import condition
from talkoo.lib.errors import Conflict, Invalid
from talkoo.lib.quarantine import Harmful
from talkoo.lib.scanning import eicar
from talkoo.microtasks.actions import quarantine, uploads
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.batches import edit_audience
from talkoo.microtasks.actions.data_check import start_check
from talkoo.microtasks.models import Batch, Sensitivity, Task, Upload, UploadState
from talkoo.microtasks.queries.uploads import access_upload, first_rows
from talkoo.people.actions.files import read_people_file
from talkoo.people.models import PeopleFile, Person
from tests.callers import Caller, token_of
from tests.microtasks.drafts import LETTERS, draft, read, ready_draft, stored, upload, zipped
from tests.people import organisation, subject, surely
from tests.scanners import scanning

pytestmark = pytest.mark.django_db
NOWHERE = ("127.0.0.1", 1)
BAD = f"letter_no,text\nL1,{eicar().decode()}\n"


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def scanner(settings):
    with scanning() as found:
        settings.CLAMD = found.place
        yield found


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def owner(town):
    return surely(subject("Jonas", town, Role.TASK_OWNER))


@pytest.fixture
def batch(owner, town):
    return draft(owner, town.pk)


def waiting(owner, batch, settings, content=LETTERS):
    """A file that came while the scanner did not answer."""
    there, settings.CLAMD = settings.CLAMD, NOWHERE
    sent = upload(owner, batch, content)
    settings.CLAMD = there
    Upload.objects.update(at=timezone.now() - timedelta(minutes=5))
    return sent


def send(owner, batch, content):
    """As a program does."""
    caller, file = Caller(token_of(owner)), SimpleUploadedFile("letters.csv", content.encode())
    headers = {"Authorization": f"Bearer {caller.secret}"}
    return caller.client.post(f"/api/v1/batches/{batch.code}/file", {"file": file}, headers=headers)


def actions(batch):
    found = Event.objects.filter(code=batch.code).order_by("id").values_list("action", flat=True)
    return [action.rsplit(".", 1)[1] for action in found]


def raise_level(owner, batch, level=Sensitivity.CONFIDENTIAL):
    edit_audience(
        by=owner, code=batch.code, sensitivity=level, organisations=[batch.organisation_id], skills=[], deadline=None,
        may_choose=False,
    )  # fmt: skip


# With a scanner


def test_a_clean_file_is_scanned_whole_before_it_is_opened(scanner, owner, batch, monkeypatch):
    inspect = uploads.inspect

    def opening(*words):
        assert scanner.seen, "opened before it was scanned"
        return inspect(*words)

    monkeypatch.setattr(uploads, "inspect", opening)
    sent = upload(owner, batch)
    assert (sent.state, sent.scanned is not None) == (UploadState.RECEIVED, True)
    assert scanner.seen == [LETTERS.encode()]


@pytest.mark.parametrize("content", [BAD, zipped({"a.txt": b"fine", "b.txt": eicar()})])
def test_a_finding_refuses_the_file_in_words_deletes_it_and_stands_in_the_log(scanner, owner, batch, content):
    with pytest.raises(Harmful) as refused:
        upload(owner, batch, content)
    assert "“Eicar-Test-Signature”" in refused.value.message
    assert not batch.uploads.exists()
    assert not list(uploads.folder().glob("*"))
    assert actions(batch) == ["created", "file-harmful"]
    assert Event.objects.get(action="microtasks.batch.file-harmful").facts["found"] == "Eicar-Test-Signature"


def test_the_page_names_the_finding_and_keeps_what_was_typed(scanner, owner, batch):
    client = Client()
    client.force_login(Person.objects.get(pk=owner.person_id))
    posted = {"title": "Letters", "item_word": "letter", "file": SimpleUploadedFile("letters.csv", BAD.encode())}
    page = client.post(reverse("batch_edit", args=[batch.code, "upload"]), posted)
    assert page.status_code == 422
    assert "The scanner found “Eicar-Test-Signature” in this file" in page.content.decode()


def test_a_program_is_told_and_the_log_knows_although_its_request_is_undone(scanner, owner, batch):
    answer = send(owner, batch, BAD)
    assert (answer.status_code, "Eicar" in answer.json()["detail"]) == (422, True)
    assert actions(batch)[-1] == "file-harmful"
    assert not batch.uploads.exists()


def test_a_file_past_what_the_scanner_takes_is_refused_and_not_left_waiting(scanner, owner, batch):
    scanner.most = 10
    with pytest.raises(Invalid, match="larger than the scanner takes"):
        upload(owner, batch)
    assert not stored(batch)


def test_people_from_a_file_are_scanned_as_well(scanner, settings, town, tmp_path):
    coordinator = subject("Kaisa", town, Role.COORDINATOR)
    path = tmp_path / "people.csv"
    path.write_text(f"name,email\n{eicar().decode()},a@b.example\n")
    with pytest.raises(Harmful):
        read_people_file(by=coordinator, organisation=town, path=path, filename="people.csv")
    settings.CLAMD = NOWHERE
    with pytest.raises(Conflict, match="does not answer"):
        read_people_file(by=coordinator, organisation=town, path=path, filename="people.csv")
    assert not PeopleFile.objects.exists()
    assert Event.objects.get(action="people.file.harmful").facts == {"found": "Eicar-Test-Signature"}


# A scanner that does not answer


def test_while_the_scanner_is_away_a_file_waits_unopened_and_the_page_says_so(scanner, owner, batch, settings):
    sent = waiting(owner, batch, settings)
    assert (sent.state, sent.columns, first_rows(sent), sent.scanned) == (UploadState.QUARANTINE, [], [], None)
    assert ProcrastinateJob.objects.filter(task_name=uploads.SCAN, args={"upload": sent.pk}).count() == 1
    client = Client()
    client.force_login(Person.objects.get(pk=owner.person_id))
    page = client.get(reverse("batch_edit", args=[batch.code, "columns"]), follow=True).content.decode()
    assert "is in quarantine" in page
    assert "Being read" not in page
    with pytest.raises(Conflict, match="waits to be scanned"):
        read(owner, batch)
    with pytest.raises(Invalid, match="waits to be scanned"):
        move_batch(by=owner, code=batch.code, verb="open")


def test_once_it_answers_the_file_is_let_out_and_goes_on_as_if_nothing_had_been(scanner, owner, batch, settings):
    sent = waiting(owner, batch, settings)
    assert quarantine.scan_waiting() == 1
    sent.refresh_from_db()
    assert (sent.state, sent.columns) == (UploadState.RECEIVED, ["letter_no", "text", "area"])
    assert sent.scanned is not None
    assert quarantine.scan_waiting() == 0
    assert read(owner, batch).state == UploadState.READY


def test_what_a_program_sent_is_read_by_itself_once_it_is_let_out(scanner, owner, batch, settings):
    there, settings.CLAMD = settings.CLAMD, NOWHERE
    answer = send(owner, batch, LETTERS)
    assert (answer.status_code, answer.json()["state"]) == (202, "quarantine")
    settings.CLAMD = there
    assert quarantine.scan_upload(upload=access_upload(batch).pk)
    assert access_upload(batch).state == UploadState.READING
    assert access_upload(batch).mapping == {"letter_no": "name", "text": "source", "area": "group"}
    assert ProcrastinateJob.objects.filter(task_name=uploads.READ).exists()


@pytest.mark.parametrize(("content", "verb"), [(BAD, "file-harmful"), ("text\n", "file-refused")])
@pytest.mark.usefixtures("scanner")
def test_what_turns_out_bad_in_quarantine_is_deleted_and_says_why(owner, batch, settings, content, verb):
    sent = waiting(owner, batch, settings, content)
    with TestCase.captureOnCommitCallbacks(execute=True):
        quarantine.scan_waiting()
    sent.refresh_from_db()
    assert sent.state == UploadState.FAILED
    assert sent.message
    assert not stored(batch)
    assert verb in actions(batch)


def test_a_scanner_that_stays_away_leaves_all_of_them_waiting(owner, batch, settings):
    settings.CLAMD = NOWHERE
    sent = waiting(owner, batch, settings)
    assert quarantine.scan_waiting() == 0
    settings.CLAMD = None
    assert not quarantine.scan_upload(upload=sent.pk)
    assert "1 files wait in quarantine" not in " ".join(condition.scanner_findings())
    Upload.objects.update(at=timezone.now() - timedelta(minutes=30))
    assert "1 files wait in quarantine, the oldest for 30 minutes" in " ".join(condition.scanner_findings())


def test_a_file_on_which_the_scanner_dies_holds_up_no_other_and_comes_last_from_then_on(
    scanner, owner, town, batch, settings
):
    scanner.dies_of, other = b"deadly", draft(owner, town.pk)
    deadly = waiting(owner, batch, settings, LETTERS + "L9,deadly,Hill\n")
    fine = waiting(owner, other, settings)
    assert quarantine.scan_upload(upload=deadly.pk)
    assert [each.pk for each in quarantine.unscanned()] == [fine.pk, deadly.pk]
    Upload.objects.update(moved=None)
    quarantine.scan_waiting()
    for sent, state in ((deadly, UploadState.QUARANTINE), (fine, UploadState.RECEIVED)):
        sent.refresh_from_db()
        assert sent.state == state


def test_what_was_said_of_a_file_while_it_was_scanned_stays_said(scanner, owner, batch, settings, monkeypatch):
    sent, describe = waiting(owner, batch, settings), quarantine.describe
    Upload.objects.update(accepted=False)

    def meanwhile(*words):
        Upload.objects.update(accepted=True)
        return describe(*words)

    monkeypatch.setattr(quarantine, "describe", meanwhile)
    quarantine.scan_upload(upload=sent.pk)
    sent.refresh_from_db()
    assert (sent.state, sent.accepted) == (UploadState.RECEIVED, True)


def test_the_same_file_is_not_read_twice_because_the_scanner_is_away(scanner, owner, town, batch, settings):
    assert send(owner, batch, LETTERS).status_code == 202
    settings.CLAMD, other = NOWHERE, draft(owner, town.pk)
    answer = send(owner, other, LETTERS)
    assert (answer.status_code, "uploaded before" in answer.json()["detail"]) == (409, True)
    assert not other.uploads.exists()


# Without a scanner


def test_a_scanned_file_that_was_not_read_does_not_stand_for_the_items_of_another(owner, town, settings):
    batch = ready_draft(owner, town.pk)
    with scanning() as scanner:
        settings.CLAMD = scanner.place
        upload(owner, batch, LETTERS + "L9,more,Hill\n")
        with pytest.raises(Invalid):
            raise_level(owner, batch)
        read(owner, batch)
        raise_level(owner, batch)


def test_without_a_scanner_internal_files_come_in_and_stay_internal(owner, town):
    batch = ready_draft(owner, town.pk)
    with pytest.raises(Invalid) as refused:
        raise_level(owner, batch)
    assert "connect a scanner (TALKOO_CLAMD)" in refused.value.fields["sensitivity"]
    batch.refresh_from_db()
    assert batch.sensitivity == Sensitivity.INTERNAL


def test_without_a_scanner_a_confidential_batch_takes_no_file_and_opens_with_none_of_before(owner, town):
    batch = ready_draft(owner, town.pk)
    Batch.objects.update(sensitivity=Sensitivity.CONFIDENTIAL)
    with pytest.raises(Invalid, match="no scanner is connected here"):
        upload(owner, batch, LETTERS + "L9,more,Hill\n")
    assert len(stored(batch)) == 1
    with pytest.raises(Invalid, match="not scanned for harmful software"):
        move_batch(by=owner, code=batch.code, verb="open")


def test_files_of_before_are_scanned_once_there_is_a_scanner(owner, town, settings):
    batch = ready_draft(owner, town.pk)
    Upload.objects.update(at=timezone.now() - timedelta(minutes=5))
    with scanning() as scanner:
        settings.CLAMD = scanner.place
        assert quarantine.scan_waiting() == 1
        raise_level(owner, batch)
    start_check(by=owner, code=batch.code)
    assert move_batch(by=owner, code=batch.code, verb="open").sensitivity == Sensitivity.CONFIDENTIAL


def test_what_was_read_of_a_harmful_file_goes_with_it(owner, town, settings):
    batch = ready_draft(owner, town.pk)
    Upload.objects.update(at=timezone.now() - timedelta(minutes=5))
    with scanning() as scanner, TestCase.captureOnCommitCallbacks(execute=True):
        settings.CLAMD, scanner.says = scanner.place, b"stream: Late FOUND\0"
        quarantine.scan_waiting()
    batch.refresh_from_db()
    assert (batch.tasks_total, Task.objects.filter(batch=batch).exists(), stored(batch)) == (0, False, [])


# What an operator is told


def test_check_says_whether_the_scanner_answers_and_finds(scanner, settings):
    assert list(condition.scanner_findings()) == []
    assert condition.scanner_words().startswith("ClamAV 1.4.6")
    scanner.says = b"stream: OK\0"
    assert "finds nothing in the file that every scanner must find" in next(condition.scanner_findings())
    settings.CLAMD = NOWHERE
    assert "127.0.0.1:1 does not answer" in next(condition.scanner_findings())
    settings.CLAMD = None
    assert (list(condition.scanner_findings()), condition.scanner_words()[:4]) == ([], "none")
