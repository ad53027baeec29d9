"""The builder over HTTP: who may enter, every step with what is right and what is wrong, and the way to an open batch."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.microtasks.actions import batch_people, uploads
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.reading import read_upload
from talkoo.microtasks.models import Answer, Assignment, Batch, BatchState, Task, UploadState
from talkoo.people.models import Person
from tests.microtasks.drafts import LETTERS, MAPPING, draft, read, ready_draft, upload
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db
STEPS = ("upload", "columns", "question", "quality", "audience", "check")


@pytest.fixture(autouse=True)
def own_folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "uploads"


@pytest.fixture
def region():
    return organisation("Harbour Region")


@pytest.fixture
def town(region):
    return organisation("Norrby", region)


@pytest.fixture
def owner(town):
    return subject("Jonas", town, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, town):
    return ready_draft(owner, town.pk)


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


@pytest.fixture
def client(owner):
    return client_of(owner)


def step(batch, name):
    return reverse("batch_edit", args=[batch.code, name])


def csv_file(content=LETTERS, name="letters.csv"):
    return SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content, "text/csv")


def question(**said):
    return {"kind": "choice", "question": "What is it about?", "choice-options": ["Traffic", "Light", ""], **said}


# Who may not


def test_a_visitor_is_sent_to_sign_in(batch):
    for address in (reverse("batches"), reverse("batch_new"), step(batch, "upload")):
        assert Client().get(address).status_code == 302


def test_a_contributor_may_not_create_and_is_told_whom_to_ask(town):
    client = client_of(subject("Amina", town))
    for answer in (
        client.get(reverse("batch_new")),
        client.post(reverse("batch_new"), {"title": "Mine", "file": csv_file()}),
    ):
        assert answer.status_code == 403
        assert "coordinator" in answer.content.decode()
    assert not Batch.objects.exists()


def test_somebody_of_another_organisation_finds_no_page_of_the_batch(batch, region):
    client = client_of(subject("Eva", organisation("Ekhamn", region), Role.TASK_OWNER))
    addresses = [step(batch, name) for name in STEPS]
    addresses += [reverse(name, args=[batch.code]) for name in ("batch_reading", "batch_rejected", "batch_discard")]
    addresses += [reverse("batch_try", args=[batch.code, 1]), reverse("batch_move", args=[batch.code, "open"])]
    assert {client.get(address).status_code for address in addresses} == {404}
    posts = [
        reverse(name, args=[batch.code])
        for name in ("batch_copy", "batch_people", "batch_preview", "batch_estimate", "batch_discard")
    ]
    posts += [
        step(batch, "question"),
        reverse("batch_autosave", args=[batch.code, "question"]),
        reverse("batch_move", args=[batch.code, "open"]),
    ]
    assert {client.post(address, question()).status_code for address in posts} == {404}
    assert Batch.objects.get().state == BatchState.DRAFT


def test_a_reviewer_sees_no_step_of_the_builder(batch, owner, town):
    reviewer = subject("Carla", town)
    email = Person.objects.get(pk=reviewer.person_id).email
    batch_people.add_person(by=owner, code=batch.code, email=email, relation=Relation.REVIEWER)
    assert client_of(reviewer).get(step(batch, "question")).status_code == 403


def test_a_batch_for_an_organisation_where_one_may_not_create_is_refused(client, region):
    answer = client.post(reverse("batch_new"), {"title": "Ours", "organisation": region.pk, "file": csv_file()})
    assert answer.status_code == 422
    assert not Batch.objects.exists()


def test_an_open_batch_keeps_its_question_and_its_file(client, batch, owner):
    move_batch(by=owner, code=batch.code, verb="open")
    for name in ("upload", "columns", "question", "quality", "check"):
        assert client.post(step(batch, name), question(question="Another?")).status_code == 409
    batch.refresh_from_db()
    assert batch.question == "What is it about?"


# Beginning


def test_a_title_and_a_file_make_a_draft(client, town):
    answer = client.post(reverse("batch_new"), {"title": "Letters", "organisation": town.pk, "file": csv_file()})
    batch = Batch.objects.get()
    assert answer.url == step(batch, "columns")
    assert (batch.state, batch.uploads.get().filename) == (BatchState.DRAFT, "letters.csv")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty"),
        (b"text,text\na,b\n", "two columns"),
        (b"PK\x03\x04", "damaged or was cut off"),
        (b"text\n\xe4\n", "not written in UTF-8"),
        (b"<html>\n\x00</html>", "not a text file"),
        (b"<script>alert(1)</script>,<script>alert(1)</script>\na,b\n", "&lt;script&gt;"),
    ],
)
def test_a_file_that_cannot_be_read_makes_no_draft_and_says_why(client, town, content, words):
    answer = client.post(reverse("batch_new"), {"title": "Letters", "organisation": town.pk, "file": csv_file(content)})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'id="id_file-error"' in page
    assert "<script>alert" not in page
    assert not Batch.objects.exists()


def test_a_forgotten_title_and_a_forgotten_file_are_named(client, town):
    page = client.post(reverse("batch_new"), {"organisation": town.pk}).content.decode()
    assert '<a class="ds-link" data-color="neutral" href="#id_title">' in page
    assert '<a class="ds-link" data-color="neutral" href="#id_file">' in page


def test_the_same_file_twice_is_noticed_and_used_only_after_a_word(client, owner, town):
    client.post(reverse("batch_new"), {"title": "First", "organisation": town.pk, "file": csv_file()})
    client.post(reverse("batch_new"), {"title": "Second", "organisation": town.pk, "file": csv_file()})
    second = Batch.objects.get(title="Second")
    assert client.get(step(second, "columns")).url == step(second, "upload")
    page = client.get(step(second, "upload")).content.decode()
    assert "uploaded before" in page
    assert "First" in page
    assert client.post(step(second, "upload"), {"accept": "1"}).url == step(second, "columns")
    assert client.get(step(second, "columns")).status_code == 200


# Columns and reading


def test_columns_come_with_a_proposal_and_reading_is_begun(client, owner, town):
    batch = draft(owner, town.pk)
    upload(owner, batch)
    page = client.get(step(batch, "columns")).content.decode()
    assert '<option value="source" selected>' in page
    answer = client.post(step(batch, "columns"), {"use-0": "name", "use-1": "source", "use-2": "group"})
    assert answer.url == reverse("batch_reading", args=[batch.code])
    assert batch.uploads.get().mapping == MAPPING


def test_a_mapping_without_a_text_is_refused_at_its_column(client, owner, town):
    batch = draft(owner, town.pk)
    upload(owner, batch)
    answer = client.post(step(batch, "columns"), {"use-0": "name", "use-1": "leave", "use-2": "leave"})
    assert answer.status_code == 422
    assert 'href="#use-0"' in answer.content.decode()


def test_the_progress_page_asks_again_until_the_file_is_read(client, owner, town):
    batch = draft(owner, town.pk)
    upload(owner, batch, LETTERS + "L4,,Hill\n")
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    address = reverse("batch_reading", args=[batch.code])
    page = client.get(address).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" in part
    assert "<html" not in part
    read_upload(upload=begun.pk, run=begun.run)
    assert client.get(address, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    page = client.get(address).content.decode()
    assert "every 1s" not in page
    assert "3 items are in the batch" in page
    assert "“text” is empty" in page


def test_a_reading_that_stands_still_can_be_begun_again(client, owner, town):
    batch = draft(owner, town.pk)
    upload(owner, batch)
    begun = uploads.start_reading(by=owner, code=batch.code, mapping=MAPPING, defer=False)
    batch.uploads.update(moved=None)
    address = reverse("batch_reading", args=[batch.code])
    assert "Begin again" in client.get(address).content.decode()
    client.post(address)
    begun.refresh_from_db()
    assert begun.state == UploadState.READING
    assert batch.uploads.get().moved is not None


def test_rejected_rows_are_paged_and_downloaded_without_formulas(client, owner, town):
    batch = draft(owner, town.pk)
    upload(owner, batch, LETTERS + "=1+1\n" * 60)
    read(owner, batch)
    address = reverse("batch_reading", args=[batch.code])
    assert 'href="?page=2"' in client.get(address).content.decode()
    lines = b"".join(client.get(reverse("batch_rejected", args=[batch.code]))).decode().splitlines()
    assert len(lines) == 61
    assert lines[1].startswith("5,")
    assert lines[1].endswith(",'=1+1")


def test_html_in_items_is_shown_as_the_text_it_is(client, owner, town):
    batch = draft(owner, town.pk)
    nasty = '"<script>alert(1)</script><img src=x onerror=alert(1)>"'
    upload(owner, batch, f"<b>no</b>,text\n{nasty},{nasty}\n")
    read(owner, batch, {"<b>no</b>": "name", "text": "source"})
    pages = [client.get(step(batch, name)).content.decode() for name in ("columns", "question", "check")]
    pages.append(client.get(reverse("batch_try", args=[batch.code, 1])).content.decode())
    for page in pages:
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>no" not in page
    assert "&lt;script&gt;alert(1)" in pages[3]


# Question, quality, audience


def test_the_question_is_saved_with_its_answers_and_leads_on(client, batch):
    answer = client.post(step(batch, "question"), question(question="Which topic?", **{"choice-several": "1"}))
    batch.refresh_from_db()
    assert answer.url == step(batch, "quality")
    assert (batch.question, batch.config) == ("Which topic?", {"options": ["Traffic", "Light"], "several": True})


@pytest.mark.parametrize(
    ("said", "place", "words"),
    [
        ({"choice-options": ["Only one"]}, "#choice-options", "at least 2"),
        ({"choice-options": ["Same", "Same"]}, "#choice-options", "each one once"),
        ({"choice-options": ["a", "x" * 121]}, "#choice-options", "120 characters"),
        ({"kind": "scale", "scale-low": "one", "scale-high": "5"}, "#scale-low", "whole number"),
        ({"kind": "scale", "scale-low": "1", "scale-high": "50"}, "#scale-high", "10 or less"),
        ({"kind": "nonsense"}, "#id_kind", "valid choice"),
        ({"question": "q" * 241}, "#id_question", "240 characters"),
    ],
)
def test_what_is_wrong_with_a_question_is_said_at_its_field_and_nothing_is_saved(client, batch, said, place, words):
    answer = client.post(step(batch, "question"), question(**said))
    page = answer.content.decode()
    batch.refresh_from_db()
    assert answer.status_code == 422
    assert f'href="{place}' in page
    assert words in page
    assert batch.config == {"options": ["Traffic", "Light", "Trees"]}


@pytest.mark.parametrize(
    ("said", "config"),
    [
        ({"kind": "yes_no"}, {}),
        (
            {"kind": "scale", "scale-low": "0", "scale-high": "4", "scale-low_word": "calm"},
            {"low": 0, "high": 4, "low_word": "calm", "high_word": ""},
        ),
        ({"kind": "compare", "compare-same": "1"}, {"same": True}),
    ],
)
def test_every_kind_of_task_can_be_set_up(client, batch, said, config):
    assert client.post(step(batch, "question"), question(**said)).status_code == 302
    batch.refresh_from_db()
    assert (batch.task_type, batch.config) == (said["kind"], config)


def test_a_draft_saves_as_it_goes_even_without_a_question(client, batch):
    address = reverse("batch_autosave", args=[batch.code, "question"])
    assert client.post(address, question(question="")).content.decode().startswith("Draft saved")
    assert client.post(address, question(**{"choice-options": ["One"]})).content.decode().startswith("Not saved yet")
    batch.refresh_from_db()
    assert (batch.question, batch.config["options"]) == ("", ["Traffic", "Light"])


def test_the_preview_is_drawn_by_the_contributors_own_templates(client, batch, owner, town):
    said = question(
        question="Which <topic>?", help="Choose.", ask_sure="on", **{"choice-options": ["Traffic", "Light", "Trees"]}
    )
    part = client.post(reverse("batch_preview", args=[batch.code]), said).content.decode()
    client.post(step(batch, "question"), said)
    move_batch(by=owner, code=batch.code, verb="open")
    contributor = client_of(subject("Amina", town))
    seen = contributor.get(contributor.post(reverse("work", args=[batch.code])).url).content.decode()
    squeezed = "".join(seen.split())
    letter, rest = part.split("<fieldset", 1)
    pieces = [letter, *("<fieldset" + piece for piece in rest.split("<fieldset"))]
    assert len(pieces) == 3
    for piece in pieces:
        assert "".join(piece.split()) in squeezed
    assert "Which &lt;topic&gt;?" in part


def test_the_preview_stores_nothing_and_bears_anything(client, batch):
    before = Batch.objects.values().get()
    address = reverse("batch_preview", args=[batch.code])
    for said in ({}, {"kind": "scale", "scale-low": "x"}, {"kind": "none"}, question(question="\0")):
        assert client.post(address, said).status_code == 200
    assert Batch.objects.values().get() == before


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"least": 5, "most": 3}, "most"),
        ({"most": 100}, "most"),
        ({"minutes": 0}, "minutes"),
        ({"sure": 101}, "sure"),
        ({"least": ""}, "least"),
    ],
)
def test_what_is_wrong_with_the_quality_is_said_at_its_field(client, batch, said, field):
    answer = client.post(
        step(batch, "quality"), {"sure": 90, "adaptive": "yes", "least": 2, "most": 7, "minutes": 2, **said}
    )
    assert answer.status_code == 422
    assert f'href="#id_{field}"' in answer.content.decode()


def test_the_estimate_follows_the_form_and_stores_nothing(client, batch):
    said = {"sure": 90, "adaptive": "no", "least": 1, "most": 3, "minutes": 60}
    part = client.post(reverse("batch_estimate", args=[batch.code]), said).content.decode()
    assert '<span data-shows="hours">12</span>' in part
    assert '<dd class="number" data-shows="people">4</dd>' in part
    assert Batch.objects.get().most == 7


def test_more_certainty_costs_more_hours(client, batch):
    said = {"adaptive": "yes", "least": 2, "most": 9, "minutes": 60}
    address = reverse("batch_estimate", args=[batch.code])
    hours = [
        int(client.post(address, {**said, "sure": sure}).content.decode().split('data-shows="hours">')[1].split("<")[0])
        for sure in (80, 90, 99)
    ]
    assert hours == sorted(hours)
    assert hours[0] < hours[-1]


def test_the_circle_is_saved(client, batch, region, town):
    in_a_year = timezone.localdate() + timedelta(days=365)
    said = {
        "sensitivity": 1,
        "reach": "some",
        "organisations": [town.pk],
        "deadline": f"{in_a_year}",
        "may_choose": "on",
    }
    assert client.post(step(batch, "audience"), said).url == step(batch, "data")
    batch.refresh_from_db()
    assert (list(batch.audience.all()), batch.deadline, batch.may_choose) == ([town], in_a_year, True)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"sensitivity": 3}, "was not scanned for harmful software"),
        ({"deadline": "2001-01-01"}, "This day has passed"),
        ({"deadline": "9999-12-31"}, "more than ten years away"),
        ({"deadline": "tomorrow"}, "valid date"),
        ({"reach": "some"}, "Choose at least one organisation"),
        ({"reach": "some", "organisations": [0]}, "Choose at least one organisation"),
        ({"skills": ["x"]}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_with_the_circle_is_said(client, batch, said, words):
    answer = client.post(step(batch, "audience"), {"sensitivity": 1, "reach": "all", **said})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_people_are_added_by_address_and_taken_away(client, batch, town):
    carla = Person.objects.get(pk=subject("Carla", town).person_id)
    address = reverse("batch_people", args=[batch.code])
    client.post(address, {"relation": "reviewer", "email": carla.email.upper()})
    assert batch.ties.filter(person=carla, relation=Relation.REVIEWER).exists()
    page = client.post(address, {"relation": "owner", "email": "nobody@test.example"}, follow=True).content.decode()
    assert "Nobody here has this address" in page
    client.post(address, {"relation": "reviewer", "remove": carla.code})
    assert not batch.ties.filter(person=carla).exists()


# Opening


def test_the_check_page_says_what_is_missing_and_offers_no_opening(client, owner, town):
    batch = draft(owner, town.pk)
    page = client.get(step(batch, "check")).content.decode()
    assert "no items yet" in page
    assert "no question yet" in page
    assert "Open the batch" not in page
    assert client.post(reverse("batch_move", args=[batch.code, "open"])).status_code == 400


def test_a_ready_batch_is_opened_and_found_by_contributors(client, batch, town):
    assert "Open the batch" in client.get(step(batch, "check")).content.decode()
    client.post(reverse("batch_move", args=[batch.code, "open"]))
    batch.refresh_from_db()
    assert batch.state == BatchState.OPEN
    assert batch.title in client_of(subject("Amina", town)).get(reverse("work", args=[batch.code])).content.decode()


def test_trying_items_stores_nothing(client, batch):
    for number in (1, 2, 3):
        page = client.get(reverse("batch_try", args=[batch.code, number])).content.decode()
        assert Task.objects.get(number=number).payload["source"] in page
    assert client.get(reverse("batch_try", args=[batch.code, 6])).status_code == 404
    assert not Assignment.objects.exists()
    assert not Answer.objects.exists()


def test_every_move_is_asked_before_and_a_stale_button_is_told(client, batch, owner):
    move_batch(by=owner, code=batch.code, verb="open")
    assert (
        "Nobody is handed another item"
        in client.get(reverse("batch_move", args=[batch.code, "pause"])).content.decode()
    )
    client.post(reverse("batch_move", args=[batch.code, "pause"]))
    again = client.post(reverse("batch_move", args=[batch.code, "pause"]))
    assert again.status_code == 409
    assert "paused by now" in again.content.decode()
    assert client.get(reverse("batch_move", args=[batch.code, "fly"])).status_code == 404


def test_a_copy_leads_to_its_own_file(client, batch):
    answer = client.post(reverse("batch_copy", args=[batch.code]))
    copy = Batch.objects.get(copy_of=batch)
    assert answer.url == step(copy, "upload")
    assert client.get(answer.url).status_code == 200


def test_a_draft_is_deleted_after_a_question(client, batch):
    address = reverse("batch_discard", args=[batch.code])
    assert client.get(address).status_code == 200
    assert Batch.objects.exists()
    assert client.post(address).url == reverse("batches")
    assert not Batch.objects.exists()


def test_the_list_shows_every_batch_of_mine_and_none_of_others(client, batch, owner, town):
    other = subject("Eva", organisation("Ekhamn"), Role.TASK_OWNER)
    ready_draft(other, other.organisation_id, "Not mine")
    move_batch(by=owner, code=ready_draft(owner, town.pk, "Open one").code, verb="open")
    page = client.get(reverse("batches")).content.decode()
    assert page.index("Open one") < page.index("Letters")
    assert "Not mine" not in page
    assert "Letters" not in client.get(reverse("batches") + "?state=open").content.decode()


@pytest.mark.parametrize("name", ["batch_copy", "batch_people", "batch_preview", "batch_estimate"])
def test_what_changes_something_is_not_done_by_a_get(client, batch, name):
    assert client.get(reverse(name, args=[batch.code])).status_code == 405


@pytest.mark.parametrize("name", STEPS)
def test_a_step_asks_the_database_no_more_than_a_page_may(client, batch, name, django_assert_max_num_queries):
    client.get(step(batch, name))
    with django_assert_max_num_queries(12):
        assert client.get(step(batch, name)).status_code == 200


def test_the_list_asks_no_more_for_many_batches(client, owner, town, django_assert_max_num_queries):
    for number in range(8):
        draft(owner, town.pk, f"Batch {number}")
    client.get(reverse("batches"))
    with django_assert_max_num_queries(12):
        client.get(reverse("batches"))


@pytest.mark.parametrize("low", ["--5", "9" * 5000, "²", "1.5", ""])
def test_a_step_of_the_scale_that_is_no_number_is_marked(client, batch, low):
    posted = question(kind="scale", **{"scale-low": low, "scale-high": "5"})
    answer = client.post(step(batch, "question"), posted)
    assert answer.status_code == 422
    assert "Write a whole number." in answer.text
    assert client.post(reverse("batch_preview", args=[batch.code]), posted).status_code == 200


def test_a_zero_byte_in_an_option_is_left_out(client, batch):
    posted = question(**{"choice-options": ["Traf\x00fic", "\x00", "Light"]})
    assert client.post(step(batch, "question"), posted).status_code == 302
    batch.refresh_from_db()
    assert batch.config["options"] == ["Traffic", "Light"]
