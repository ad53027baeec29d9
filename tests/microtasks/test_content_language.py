"""The language of a batch: said once by its owner, and then by every page, the API and the export."""

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.lib import wall
from talkoo.microtasks.actions.batches import copy_batch, create_draft
from talkoo.microtasks.export import Exported, about
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, take
from tests.people import organisation, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def town():
    return organisation("Northtown")


@pytest.fixture
def owner(town):
    return subject("Olga", town, Role.TASK_OWNER)


def browser(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def page(by, name, *args):
    return browser(by).get(reverse(name, args=args)).content.decode()


@pytest.mark.parametrize(
    ("language", "said"), [("ar", ' lang="ar" dir="rtl"'), ("sv", ' lang="sv" dir="ltr"'), ("", ' dir="auto"')]
)
def test_titles_questions_and_items_say_their_language(owner, town, language, said):
    batch = open_batch(owner, town, language=language, title="Arabiska brev", question="Vad?", help="Ja")
    amina = subject("Amina", town)
    held = take(amina, batch)
    contribute = page(amina, "assignment", held.code)
    assert f"<p{said}>" in contribute
    assert f'class="legend-big"{said}>Vad?' in contribute
    assert f'tabindex="-1"{said}>Arabiska brev' in contribute
    assert f"<span{said}>" in contribute
    assert f"<h1{said}>Arabiska brev" in page(amina, "work", batch.code)
    assert f"{said}><a href" in page(amina, "board")
    assert f"<h1{said}>Arabiska brev" in page(owner, "batch", batch.code)


def test_the_builder_proposes_the_language_of_its_owner_and_keeps_what_is_chosen(owner, town):
    assert '<option value="en" selected' in page(owner, "batch_new")
    batch = create_draft(by=owner, organisation_id=town.pk, title="T")
    where, told = reverse("batch_edit", args=[batch.code, "upload"]), {"title": "T", "summary": "", "item_word": ""}
    for language, kept in (("klingon", ""), ("sr-Latn", "sr-Latn")):
        browser(owner).post(where, told | {"language": language, "then": "stay"})
        batch.refresh_from_db()
        assert batch.language == kept
    assert copy_batch(by=owner, code=batch.code).language == "sr-Latn"


def test_the_export_says_the_language(owner, town):
    batch = open_batch(owner, town, language="fi")
    with wall.opened(batch.pk):
        assert about(Exported(batch, "Olga"))["language"] == "fi"
