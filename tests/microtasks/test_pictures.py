"""Pictures and texts as items: from a ZIP to the page, and to nobody else."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from talkoo.access.permissions import Relation, Role
from talkoo.lib.errors import Invalid
from talkoo.microtasks import export
from talkoo.microtasks.actions.batch_states import discard_draft, move_batch
from talkoo.microtasks.actions.batches import edit_question
from talkoo.microtasks.models import BatchPerson, Picture, Task, UploadState
from talkoo.microtasks.queries.uploads import guessed_mapping
from talkoo.people.models import Person
from tests.microtasks.drafts import draft, picture, read, upload, zipped
from tests.microtasks.made import take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db
MAPPING = {"file": "name", "folder": "group", "content": "source"}


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
    return draft(owner, town.pk, "Pictures")


def client_of(who):
    client = Client()
    client.force_login(Person.objects.get(pk=who.person_id))
    return client


def opened(owner, batch, files):
    upload(owner, batch, zipped(files), name="pictures.zip")
    assert read(owner, batch, MAPPING).state == UploadState.READY
    edit_question(
        by=owner, code=batch.code, kind="yes_no", question="Is it a barn?", help="", config={}, ask_sure=False
    )  # fmt: skip
    batch = move_batch(by=owner, code=batch.code, verb="open")
    batch.may_choose = True
    batch.save()
    return batch


def looked_at(who, batch, number=1, part="source"):
    return client_of(who).get(reverse("picture", args=[batch.code, number, part]))


def test_pictures_and_texts_of_a_zip_become_items_and_what_is_neither_is_listed(batch, owner):
    files = {
        "harbour/b.jpg": picture("JPEG"), "harbour/a.txt": "Käyttö, a note".encode(), "c.PNG": picture(),
        "broken.jpg": b"\xff\xd8\xffnonsense", "report.pdf": b"%PDF-1.7", "latin.txt": "Käyttö".encode("latin-1"),
        "empty.txt": b"", "__MACOSX/._b.jpg": b"clutter", ".DS_Store": b"clutter",
    }  # fmt: skip
    kept = upload(owner, batch, zipped(files), name="pictures.zip")
    assert (kept.kind, guessed_mapping(kept)) == ("files", MAPPING)
    done = read(owner, batch, MAPPING)
    assert (done.rows_read, done.rows_rejected, done.state) == (3, 4, UploadState.READY)
    assert [(row.excerpt, row.reason) for row in done.rejected.all()] == [
        ("broken.jpg", "the picture is damaged and cannot be shown"),
        ("empty.txt", "“content” is empty"),
        ("latin.txt", "is no text in UTF-8"),
        ("report.pdf", "is neither a picture (JPEG, PNG, WebP) nor a plain text (.txt)"),
    ]
    found = list(Task.objects.order_by("number"))
    assert [(task.name, task.group) for task in found] == [("c.PNG", ""), ("a.txt", "harbour"), ("b.jpg", "harbour")]
    assert found[1].payload == {"source": "Käyttö, a note"}
    assert [row.name for row in Picture.objects.order_by("line")] == ["c.PNG", "b.jpg"]


def test_one_picture_by_itself_is_a_file_of_one_item(batch, owner):
    upload(owner, batch, picture("JPEG"), name="barn.jpg")
    assert read(owner, batch, MAPPING).rows_read == 1
    assert Task.objects.get().name == "barn.jpg"


def test_several_files_are_sent_at_once(batch, owner):
    files = [("a.png", picture()), ("b.jpg", picture("JPEG")), ("a.png", picture())]
    sent = [SimpleUploadedFile(name, content) for name, content in files]
    about = {"title": "Pictures", "item_word": "picture", "summary": "", "file": sent}
    answer = client_of(owner).post(reverse("batch_edit", args=[batch.code, "upload"]), about)
    assert answer.status_code == 302
    kept = batch.uploads.get()
    assert (kept.filename, kept.kind) == ("3 files", "files")
    assert read(owner, batch, MAPPING).rows_read == 3


def test_files_of_which_none_can_be_an_item_are_refused(batch, owner):
    with pytest.raises(Invalid, match="neither pictures"):
        upload(owner, batch, zipped({"a.csv": b"text\nx\n", "b.pdf": b"%PDF"}), name="several.zip")


def test_what_an_earlier_file_brought_goes_when_another_is_read_or_the_draft_is_discarded(batch, owner):
    upload(owner, batch, zipped({"a.png": picture()}))
    read(owner, batch, MAPPING)
    upload(owner, batch, zipped({"b.png": picture(), "c.png": picture()}))
    assert Picture.objects.get().name == "a.png"
    read(owner, batch, MAPPING)
    read(owner, batch, MAPPING)
    assert sorted(Picture.objects.values_list("name", flat=True)) == ["b.png", "c.png"]
    discard_draft(by=owner, code=batch.code)
    assert not Picture.objects.exists()


def test_a_reading_that_fails_keeps_no_pictures(batch, owner):
    upload(owner, batch, zipped({"a.png": b"\x89PNG\r\n\x1a\nnonsense", "b.txt": b" "}))
    assert read(owner, batch, MAPPING).state == UploadState.FAILED
    assert not Picture.objects.exists()


def test_who_has_the_item_sees_its_picture_and_nobody_else_learns_of_it(batch, owner, town):
    batch = opened(owner, batch, {"a.png": picture(), "b.png": picture(colour="maroon"), "c.txt": b"words"})
    amina, stranger = subject("Amina", town), subject("Mei", organisation("Ekhamn"), Role.TASK_OWNER)
    reviewer = subject("Rita", town)
    BatchPerson.objects.create(batch=batch, person_id=reviewer.person_id, relation=Relation.REVIEWER)
    take(amina, batch, 1)
    for who, number, status in (
        (amina, 1, 200), (amina, 2, 404), (amina, 3, 404), (amina, 99, 404), (stranger, 1, 404), (owner, 2, 200),
        (owner, 3, 404), (reviewer, 2, 200),
    ):  # fmt: skip
        assert looked_at(who, batch, number).status_code == status, (who.name, number)
    assert looked_at(owner, batch, 1, "left").status_code == 404
    assert Client().get(reverse("picture", args=[batch.code, 1, "source"])).status_code == 302


def test_a_picture_is_never_kept_by_the_browser_or_on_the_way(batch, owner):
    batch = opened(owner, batch, {"a.jpg": picture("JPEG", (80, 50))})
    answer = looked_at(owner, batch)
    assert answer["Cache-Control"] == "private, no-store"
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert Image.open(io.BytesIO(answer.content)).size == (80, 50)


def test_a_picture_of_another_batch_cannot_be_named_in_a_table(batch, owner, town):
    opened(owner, batch, {"a.png": picture()})
    other = draft(owner, town.pk, "Forged")
    upload(owner, other, f"text\n\N{OBJECT REPLACEMENT CHARACTER}{Picture.objects.get().pk} 60x40 a.png\n")
    read(owner, other, {"text": "source"})
    assert looked_at(owner, other).status_code == 404


def test_the_contribute_page_shows_the_picture_with_words_for_it(batch, owner, town):
    batch = opened(owner, batch, {"barn & byre.png": picture()})
    amina = subject("Amina", town)
    page = client_of(amina).get(reverse("assignment", args=[take(amina, batch, 1).code])).content.decode()
    address = reverse("picture", args=[batch.code, 1, "source"])
    assert f'<img src="{address}" alt="Picture “barn &amp; byre.png”" width="60" height="40"' in page
    assert f'href="{address}" target="_blank"' in page


def test_the_export_names_the_picture(batch, owner):
    batch = opened(owner, batch, {"a.png": picture()})
    assert b'"source": "a.png"' in b"".join(export.chunks(batch, "jsonl", by="Jonas"))
