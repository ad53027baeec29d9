"""What a sensitive item shows besides itself: whose eyes it is for, and a note that is for auditors alone."""

import io
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image, ImageChops

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.config import middleware
from talkoo.lib.errors import Denied, Invalid, StepUp, TooMany
from talkoo.microtasks.actions.viewings import KEPT, ask_viewings, forget_viewings, note_viewing
from talkoo.microtasks.models import Answer, Batch, Picture, Piece, Sensitivity, Task, Upload, Viewing
from talkoo.microtasks.queries.pictures import refer
from talkoo.people.models import Person
from tests.architecture.sources import ROOT
from tests.microtasks.drafts import picture
from tests.microtasks.made import open_batch, take
from tests.people import by_password, enters, organisation, subject, surely

pytestmark = pytest.mark.django_db
REASON = "Case 2026/17: a letter was in the paper"


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def owner(town):
    return surely(subject("Jonas", town, Role.TASK_OWNER))


@pytest.fixture
def amina(town):
    return surely(subject("Amina", town))


@pytest.fixture
def batch(owner, town):
    return open_batch(owner, town, sensitivity=Sensitivity.CONFIDENTIAL, may_choose=True)


@pytest.fixture
def surely_in(monkeypatch):
    """A browser of somebody who asks as surely as can be."""

    def client_of(by):
        monkeypatch.setattr(middleware, "who_asks", lambda _request: by)
        client = Client()
        client.force_login(Person.objects.get(pk=by.person_id))
        return client

    return client_of


def seen():
    return list(Viewing.objects.order_by("pk").values_list("person__name", "task__number", "times"))


def show(by, batch, *numbers):
    for number in numbers:
        note_viewing(by=by, batch=batch, tasks=[Task.objects.get(batch=batch, number=number).pk])


# Notes and their limit


def test_a_confidential_item_is_noted_once_a_minute_at_most_and_an_internal_one_never(amina, batch, owner, town):
    show(amina, batch, 1, 1, 2)
    assert seen() == [("Amina", 1, 1), ("Amina", 2, 1)]
    Viewing.objects.update(first=timezone.now() - timedelta(days=2), last=timezone.now() - timedelta(minutes=5))
    show(amina, batch, 1)
    assert seen() == [("Amina", 1, 2), ("Amina", 2, 1)]
    show(amina, open_batch(owner, town, title="Internal"), 1)
    assert len(seen()) == 2


def test_to_note_takes_one_statement(amina, batch, django_assert_num_queries):
    tasks = list(Task.objects.filter(batch=batch).values_list("pk", flat=True))
    with django_assert_num_queries(1):
        note_viewing(by=amina, batch=batch, tasks=tasks)
    assert len(seen()) == 5


def test_who_leafs_through_everything_is_stopped_and_who_comes_back_to_the_same_is_not(amina, batch, settings):
    settings.ITEMS_SHOWN_PER_HOUR = 3
    show(amina, batch, 1, 2, 3, 3, 2, 1)
    with pytest.raises(TooMany, match="3 confidential items within an hour"):
        show(amina, batch, 4)
    assert [number for _name, number, _times in seen()] == [1, 2, 3]
    Viewing.objects.filter(task__number=1).update(
        first=timezone.now() - timedelta(hours=2), last=timezone.now() - timedelta(minutes=61)
    )
    show(amina, batch, 4)


def test_the_limit_is_told_in_words_logged_and_takes_no_answer(amina, batch, settings, surely_in):
    settings.ITEMS_SHOWN_PER_HOUR = 1
    client, held = surely_in(amina), take(amina, batch)
    assert client.get(reverse("assignment", args=[held.code])).status_code == 200
    sent = client.post(reverse("assignment", args=[held.code]), {"key": uuid4(), "choice": "1"}, follow=True)
    assert (sent.status_code, Answer.objects.count()) == (429, 1)
    assert "What you sent is kept" in sent.content.decode()
    assert Event.objects.filter(action="access.refused", actor_id=amina.person_id).exists()


# What stands over it


def test_name_and_time_stand_over_a_confidential_item_without_inline_style(amina, batch, surely_in):
    client, held = surely_in(amina), take(amina, batch)
    page = client.get(reverse("assignment", args=[held.code]))
    words = page.content.decode()
    assert words.count("Amina · ") == 3  # once for the eye of each line of the pattern
    assert "A photo of the screen cannot be prevented" in words
    assert "style=" not in words[words.index('class="marked"') : words.index("marked-words")]
    assert page["Cache-Control"] == "private, no-store"
    Batch.objects.update(sensitivity=Sensitivity.INTERNAL)
    assert "watermark" not in client.get(reverse("assignment", args=[held.code])).content.decode()


def test_a_confidential_picture_has_the_name_drawn_into_it_and_an_internal_one_is_as_it_was(amina, batch, surely_in):
    upload = Upload.objects.create(batch=batch, filename="p.zip", stored_as="p", sha256="0", size=1)
    plain = picture("PNG", (400, 300), "white")
    kept = Picture.objects.create(
        upload=upload, line=1, name="p.png", media="image/png", width=400, height=300, content=plain
    )
    held = take(amina, batch, 1)
    Task.objects.filter(pk=held.task_id).update(payload={"source": refer(kept)})
    client, where = surely_in(amina), reverse("picture", args=[batch.code, 1, "source"])
    answer = client.get(where)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-store")
    drawn = Image.open(io.BytesIO(answer.content)).convert("L")
    spread = ImageChops.difference(drawn, Image.new("L", drawn.size, 255)).getbbox()
    assert spread is not None
    assert (spread[2] - spread[0], spread[3] - spread[1]) > (300, 200)  # all over it
    assert seen() == [("Amina", 1, 1)]
    Batch.objects.update(sensitivity=Sensitivity.INTERNAL)
    assert client.get(where).content == plain


def test_pieces_of_records_are_noted_and_marked_where_they_stand_together(owner, batch, surely_in):
    Batch.objects.update(records=1)
    tasks = Task.objects.filter(batch=batch).order_by("number")[:2]
    Piece.objects.bulk_create(
        Piece(task=task, batch=batch, record=1, part=n, label="a") for n, task in enumerate(tasks, 1)
    )
    page = surely_in(owner).get(reverse("batch_records", args=[batch.code])).content.decode()
    assert "Jonas · " in page
    assert seen() == [("Jonas", 1, 1), ("Jonas", 2, 1)]


def test_an_item_is_drawn_in_one_place_only():
    views = {
        path.name for path in (ROOT / "src/talkoo/microtasks/views").rglob("*.py") if "parts_of(" in path.read_text()
    }
    assert views == {"question.py", "showing.py", "shown.py"}  # where it is made; where it is noted; a sample of nobody


# Who may ask


def test_an_auditor_asks_with_a_reason_that_stands_in_the_log(amina, batch, town):
    show(amina, batch, 2)
    auditor = subject("Ada", town, Role.AUDITOR)
    rows = ask_viewings(by=auditor, code=batch.code, number=2, email="", reason=REASON)
    assert [(row.name, row.number, row.times) for row in rows] == [("Amina", 2, 1)]
    address = Person.objects.get(pk=amina.person_id).email
    rows = ask_viewings(by=auditor, code="", number=None, email=address, reason=REASON)
    assert [(row.batch, row.number) for row in rows] == [(batch.code, 2)]
    asked = Event.objects.filter(action="microtasks.viewings.asked").order_by("id")
    assert [(event.kind, event.facts["reason"], event.facts["rows"]) for event in asked] == [
        ("batch", REASON, 1), ("person", REASON, 1),
    ]  # fmt: skip


@pytest.mark.parametrize("role", [role for role in Role if role != Role.AUDITOR])
def test_nobody_else_may_ask_least_of_all_who_leads(batch, town, role):
    with pytest.raises(Denied):
        ask_viewings(by=surely(subject("Petra", town, role)), code=batch.code, number=1, email="", reason=REASON)


def test_who_was_shown_what_takes_a_second_factor_asked_by_item_or_by_person(amina, batch, town):
    show(amina, batch, 1)
    auditor = by_password(subject("Ada", town, Role.AUDITOR))
    address = Person.objects.get(pk=amina.person_id).email
    for said in ({"code": batch.code, "number": 1, "email": ""}, {"code": "", "number": None, "email": address}):
        with pytest.raises(StepUp):
            ask_viewings(by=auditor, reason=REASON, **said)
    assert not Event.objects.filter(action="microtasks.viewings.asked").exists()


def test_an_auditor_of_another_town_learns_nothing(amina, batch):
    show(amina, batch, 1)
    eva = subject("Eva", organisation("Ekhamn"), Role.AUDITOR)
    with pytest.raises(Invalid, match="no such batch"):
        ask_viewings(by=eva, code=batch.code, number=1, email="", reason=REASON)
    address = Person.objects.get(pk=amina.person_id).email
    assert ask_viewings(by=eva, code="", number=None, email=address, reason=REASON) == []


def test_without_a_reason_or_a_subject_nothing_is_answered(batch, town):
    auditor = subject("Ada", town, Role.AUDITOR)
    for said, field in (
        ({"code": batch.code, "number": 1, "email": "", "reason": "because"}, "reason"),
        ({"code": "", "number": None, "email": "", "reason": REASON}, "email"),
        ({"code": batch.code, "number": 1, "email": "a@b.example", "reason": REASON}, "email"),
        ({"code": batch.code, "number": None, "email": "", "reason": REASON}, "number"),
    ):
        with pytest.raises(Invalid) as refused:
            ask_viewings(by=auditor, **said)
        assert set(refused.value.fields) == {field}
    assert not Event.objects.filter(action="microtasks.viewings.asked").exists()


def test_the_page_has_its_look_before_with_and_without_an_answer(amina, batch, town):
    show(amina, batch, 1)
    client = enters(Client(), Person.objects.get(pk=subject("Ada", town, Role.AUDITOR).person_id))
    where = reverse("viewings")
    assert "Not for judging" in client.get(where).content.decode()
    assert "Amina" in client.post(where, {"code": batch.code, "number": 1, "reason": REASON}).content.decode()
    assert (
        "Nobody was shown that"
        in client.post(where, {"code": batch.code, "number": 2, "reason": REASON}).content.decode()
    )
    assert client.post(where, {"reason": REASON}).status_code == 422


# How long


def test_notes_go_after_ninety_days_and_with_their_batch(amina, batch):
    show(amina, batch, 1, 2)
    old = timezone.now() - KEPT - timedelta(minutes=1)
    Viewing.objects.filter(task__number=1).update(first=old, last=old)
    assert forget_viewings() == 1
    assert [number for _name, number, _times in seen()] == [2]
    Batch.objects.filter(pk=batch.pk).delete()
    assert seen() == []
