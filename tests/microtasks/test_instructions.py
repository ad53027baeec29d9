"""The words of a question change while people work on it: everybody concerned sees how, and every answer knows its words."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.instructions import edit_instructions, put_change_aside
from talkoo.microtasks.actions.telling import tell_reworded
from talkoo.microtasks.export import chunks
from talkoo.microtasks.models import Answer, Instruction, Task
from talkoo.microtasks.queries.instructions import my_answers, unseen_change, versions
from talkoo.notify.models import Notice
from talkoo.people.models import Person
from tests.callers import Caller, token_of
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
def amina(region):
    return subject("Amina", region)


@pytest.fixture
def batch(owner, region):
    return open_batch(owner, region, tasks=6, question="Which topic?", help="Choose one.", least=2, most=2)


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def reword(owner, batch, question="Which topic?", help="Choose every topic.", version=None):  # noqa: A002 - the word on the page
    batch.refresh_from_db()
    given = version or batch.instruction
    changed = edit_instructions(by=owner, code=batch.code, question=question, help=help, version=given)
    batch.refresh_from_db()
    return changed


def said(pieces):
    return [(piece.kind, piece.text) for piece in pieces if piece.kind != "same"]


# Refused


def test_only_an_owner_changes_the_words_and_only_while_people_work(owner, amina, region, batch):
    with pytest.raises(Denied):
        reword(amina, batch)
    batch.audience.add(region)
    with pytest.raises(Missing):
        reword(subject("Otto", organisation("Elsewhere")), batch)
    move_batch(by=owner, code=batch.code, verb="close")
    with pytest.raises(Conflict, match="closed"):
        reword(owner, batch)
    assert not Instruction.objects.exists()


@pytest.mark.parametrize(
    ("words", "field"),
    [({"question": " "}, "question"), ({"question": "q" * 241}, "question"), ({"help": "h" * 481}, "help"), ({"help": "a\0"}, "help")],
)  # fmt: skip
def test_words_that_cannot_stand_are_refused_at_their_field(owner, batch, words, field):
    with pytest.raises(Invalid) as refused:
        reword(owner, batch, **words)
    assert list(refused.value.fields) == [field]
    assert not Instruction.objects.exists()


def test_two_owners_at_once_do_not_take_away_each_others_words(owner, batch):
    reword(owner, batch, help="Choose every topic.")
    page = client_of(owner).post(
        reverse("batch_instructions", args=[batch.code]), {"question": "Which?", "help": "My words", "version": "1"}
    )
    batch.refresh_from_db()
    assert page.status_code == 422
    assert "Somebody else changed the words" in page.content.decode()
    assert "My words" in page.content.decode()
    assert batch.help == "Choose every topic."


def test_a_change_is_put_aside_only_by_who_has_worked_there(amina, batch):
    with pytest.raises(Missing):
        put_change_aside(by=amina, batch=batch, version=2)


# Changed


def test_every_wording_is_kept_and_every_answer_knows_its_own(owner, amina, batch):
    send(amina, take(amina, batch))
    held = take(amina, batch)
    reword(owner, batch)
    send(amina, held, instruction=1)  # a page that was opened before the change
    send(amina, take(amina, batch))
    send(amina, take(amina, batch), instruction=9)  # words to come are nobody's
    assert list(Answer.objects.order_by("pk").values_list("instruction", flat=True)) == [1, 1, 2, 2]
    newest, oldest = versions(batch)
    assert (newest.answers, oldest.answers) == (2, 2)
    assert (newest.words.help, oldest.words.help) == ("Choose every topic.", "Choose one.")
    assert said(newest.change.help) == [("gone", "one"), ("new", "every topic")]
    assert (newest.words.by_id, oldest.words.by_id) == (owner.author_id, None)
    assert Event.objects.filter(action="microtasks.batch.instructions-changed").count() == 1


def test_the_same_words_again_change_nothing(owner, batch):
    reword(owner, batch, help=" Choose one. ")
    assert batch.instruction == 1
    assert not Instruction.objects.exists()


def test_who_answered_under_old_words_sees_the_change_until_it_is_put_aside(owner, amina, region, batch):
    bo = subject("Bo", region)
    send(amina, take(amina, batch))
    reword(owner, batch)
    send(bo, take(bo, batch))
    assert said(unseen_change(amina, batch).change.help) == [("gone", "one"), ("new", "every topic")]
    assert unseen_change(bo, batch) is None  # began after it
    send(amina, take(amina, batch))
    assert unseen_change(amina, batch) is not None  # working on does not take it away
    put_change_aside(by=amina, batch=batch, version=2)
    assert unseen_change(amina, batch) is None
    reword(owner, batch, help="Choose every topic. Skip signatures.")
    assert said(unseen_change(amina, batch).change.help) == [("new", " Skip signatures.")]
    assert said(unseen_change(bo, batch).change.help) == [("new", " Skip signatures.")]


def test_words_that_were_changed_back_are_no_change(owner, amina, batch):
    send(amina, take(amina, batch))
    reword(owner, batch)
    reword(owner, batch, help="Choose one.")
    assert batch.instruction == 3
    assert unseen_change(amina, batch) is None
    assert tell_reworded(batch.pk) == 0


def test_who_put_a_change_aside_is_told_that_it_was_taken_back(owner, amina, batch):
    send(amina, take(amina, batch))
    reword(owner, batch)
    put_change_aside(by=amina, batch=batch, version=2)
    reword(owner, batch, help="Choose one.")
    assert said(unseen_change(amina, batch).change.help) == [("gone", "every topic"), ("new", "one")]
    assert tell_reworded(batch.pk) == 1


def test_people_are_told_once_of_what_the_change_came_to(owner, amina, region, batch):
    bo, late = subject("Bo", region), subject("Late", region)
    send(amina, take(amina, batch))
    send(bo, take(bo, batch))
    reword(owner, batch)
    reword(owner, batch, help="Choose every topic you see.")
    send(late, take(late, batch))
    put_change_aside(by=bo, batch=batch, version=3)
    assert tell_reworded(batch.pk) == 1
    assert tell_reworded(batch.pk) == 0
    told = Notice.objects.get(kind="instructions.changed")
    assert (told.person_id, told.link) == (amina.person_id, reverse("work_answers", args=[batch.code]))


def test_a_program_says_under_which_words_it_answered(owner, amina, batch):
    program = Caller(token_of(amina))
    held = program.post(f"/offers/{batch.code}/next").json()["task"]
    assert held["question"]["instruction"] == 1
    reword(owner, batch)
    address = f"/assignments/{held['code']}"
    again = program.get(address).json()["question"]
    assert (again["instruction"], again["help"]) == (2, "Choose every topic.")
    for wrong in (0, 2**15, "b"):
        said = {"key": str(uuid4()), "value": "a", "instruction": wrong}
        assert program.post(f"{address}/answer", said).status_code == 422
    for told in ({"instruction": 1}, {"instruction": 2}, {}):
        assert program.post(f"{address}/answer", {"key": str(uuid4()), "value": "a", **told}).status_code == 200
    assert list(Answer.objects.order_by("pk").values_list("instruction", flat=True)) == [1, 2, 2]


# As pages


def test_the_page_of_a_task_shows_the_change_in_words_and_keeps_what_is_typed(owner, amina, batch):
    send(amina, take(amina, batch))
    client, held = client_of(amina), take(amina, batch)
    reword(owner, batch)
    address = reverse("assignment", args=[held.code])
    page = client.get(address).content.decode()
    assert "The instructions have changed" in page
    assert "1 of those from before can still be changed" in page
    assert '<del><span class="ds-sr-only"> [taken away: </span>one<' in page
    assert '<ins><span class="ds-sr-only"> [added: </span>every topic<' in page
    typed = {"choice": "2", "note": "half a thought", "version": "2", "instruction": "2"}
    aside = reverse("assignment_aside", args=[held.code])
    assert client.post(aside, typed)["Location"] == address
    again = client.get(address).content.decode()
    assert "The instructions have changed" not in again
    assert "half a thought" in again
    assert re.search(r'name="choice"[^>]* value="2"[^>]* checked', again)
    client.post(address, {"key": str(uuid4()), "choice": "2", "instruction": "2"})
    assert Answer.objects.get(assignment=held).instruction == 2


def test_with_scripts_the_same_item_comes_back_without_the_change(owner, amina, batch):
    send(amina, take(amina, batch))
    held = take(amina, batch)
    reword(owner, batch)
    page = client_of(amina).post(
        reverse("assignment_aside", args=[held.code]),
        {"version": "2", "note": "half a thought"},
        headers={"HX-Request": "true"},
    )
    assert page.status_code == 200
    assert "half a thought" in page.content.decode()
    assert "The instructions have changed" not in page.content.decode()


def test_all_answers_are_listed_and_those_that_can_still_be_changed_come_first_with_their_words(owner, amina, batch):
    first = take(amina, batch)
    send(amina, first, "a")
    second = take(amina, batch)
    send(amina, second, "b")
    reword(owner, batch)
    send(amina, take(amina, batch), "c")
    settled = Task.objects.get(pk=second.task_id)
    Task.objects.filter(pk=settled.pk).update(closed=True)
    assert my_answers(amina, batch)[0].code == first.code
    page = client_of(amina).get(reverse("work_answers", args=[batch.code])).content.decode()
    assert "The instructions have changed" in page
    assert page.count("under earlier words") == 2
    assert page.count("Can be changed") == 2
    assert "3 answers; 2 of them can still be changed" in page
    assert page.index("Letter 3") < page.index("Letter 2")
    move_batch(by=owner, code=batch.code, verb="pause")  # who is offered nothing now still finds what they gave
    assert client_of(amina).get(reverse("work_answers", args=[batch.code])).status_code == 200
    move_batch(by=owner, code=batch.code, verb="close")
    closed = client_of(amina).get(reverse("work_answers", args=[batch.code])).content.decode()
    assert "This batch is closed" in closed


def test_confidential_words_are_not_shown_to_who_left_the_organisation(owner, amina, region, batch):
    send(amina, take(amina, batch))
    reword(owner, batch)
    elsewhere = organisation("Elsewhere")
    type(batch).objects.filter(pk=batch.pk).update(sensitivity=2, organisation=elsewhere)
    assert client_of(amina).get(reverse("work_answers", args=[batch.code])).status_code == 404
    assert client_of(amina).post(reverse("work_aside", args=[batch.code]), {"version": "2"}).status_code == 404


def test_the_owner_finds_every_version_with_the_answers_under_it_and_the_export_tells_them(owner, amina, batch):
    send(amina, take(amina, batch))
    client, address = client_of(owner), reverse("batch_instructions", args=[batch.code])
    assert "One version" in client.get(address).content.decode()
    saved = client.post(address, {"question": "Which topic?", "help": "Choose\r\nevery topic.", "version": "1"})
    assert saved.status_code == 302
    page = client.get(address).content.decode()
    assert "2 versions" in page
    assert "1 answer stands under it" in page
    assert "0 answers stand under it" in page
    whole = b"".join(chunks(type(batch).objects.get(pk=batch.pk), "jsonl", by="Jonas")).decode()
    assert '"version": 2, "question": "Which topic?", "help": "Choose\\nevery topic."' in whole
    assert '"instructions": [1]' in whole
