"""Somebody asks about an item; the reply is given once and reaches everybody who gets it, and nobody learns who asked."""

import re
from functools import partial
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Denied, Invalid, Missing
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.merging import merge_people
from talkoo.microtasks.actions.questions import ask_question, reply_to_questions
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, BatchPerson, Question, Reply
from talkoo.microtasks.queries.questions import edition, said_to
from talkoo.notify.models import Notice
from talkoo.people.models import Person
from tests.microtasks.made import open_batch, send, take
from tests.microtasks.storms import pile_up
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
def bo(region):
    return subject("Bo", region)


@pytest.fixture
def batch(owner, region):
    made = open_batch(owner, region, tasks=4, adaptive=False, least=3, most=3, may_choose=True)
    made.audience.add(region)
    return made


@pytest.fixture
def rita(region, batch):
    found = subject("Rita", region)
    BatchPerson.objects.create(batch=batch, person_id=found.person_id, relation=Relation.REVIEWER)
    return found


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def ask(by, batch, number, text="Does a lamp count?"):
    held = take(by, batch, number)
    asked = ask_question(by=by, code=str(held.code), text=text)
    send(by, held)
    batch.refresh_from_db()
    return asked


def reply(by, question, text="Yes, it does.", shown="Does a lamp count?", everywhere=False, **more):
    return reply_to_questions(
        by=by, batch=question.batch, question=question.pk, text=text, shown=shown, everywhere=everywhere, **more
    )


def told(by, kind):
    return list(Notice.objects.filter(person=by.person_id, kind=kind).order_by("pk"))


def read(by, batch, number=None):
    task = batch.tasks.get(number=number) if number else None
    said = said_to(by, batch, task)
    return [each.text for each in said.here], [each.text for each in said.everywhere], list(said.waiting)


# Refused


def test_nobody_asks_in_anothers_name_and_nobody_asks_nothing(amina, bo, batch):
    held = take(amina, batch)
    with pytest.raises(Missing):
        ask_question(by=bo, code=str(held.code), text="Whose?")
    for text in ("", "  ", "x" * 1001, "a\0b", "\u200b\u200b", "?!"):
        with pytest.raises(Invalid):
            ask_question(by=amina, code=str(held.code), text=text)
    assert not Question.objects.exists()


def test_only_owners_and_reviewers_reply_and_only_in_their_own_batch(owner, amina, region, batch):
    asked = ask(amina, batch, 1)
    kaisa = subject("Kaisa", region, Role.COORDINATOR)
    for stranger in (amina, kaisa, subject("Otto", organisation("Elsewhere"))):
        with pytest.raises(Denied):
            reply(stranger, asked)
    other = open_batch(owner, region)
    with pytest.raises(Missing):
        reply_to_questions(by=owner, batch=other, question=asked.pk, text="Yes", shown="?", everywhere=False)
    assert client_of(kaisa).get(reverse("batch_questions", args=[batch.code])).status_code == 403
    assert not Reply.objects.exists()


def test_a_reply_needs_words_for_both_sides(owner, amina, batch):
    asked = ask(amina, batch, 1)
    for words, field in (({"text": " "}, "text"), ({"text": "x" * 1001}, "text"), ({"shown": ""}, "shown")):
        with pytest.raises(Invalid) as refused:
            reply(owner, asked, **words)
        assert list(refused.value.fields) == [field]


def test_two_who_reply_at_once_do_not_take_away_each_others_words(owner, rita, amina, batch):
    asked = ask(amina, batch, 1)
    address = reverse("batch_question", args=[batch.code, asked.pk])
    reply(rita, asked, text="No, only the sun.")
    late = {"text": "Yes, it does.", "shown": "Does a lamp count?", "seen": ""}
    page = client_of(owner).post(address, late)
    words = page.content.decode()
    assert page.status_code == 422
    assert "Somebody else replied a moment ago" in words
    assert "No, only the sun." in words
    assert "Yes, it does." in words
    seen = re.search(r'name="seen" value="([^"]+)"', words)[1]
    assert client_of(owner).post(address, late | {"seen": seen}).status_code == 302
    assert Reply.objects.get().text == "Yes, it does."


def refused(by, question, text, **more):
    """The fields at which a reply is refused, written by somebody who read what stands now."""
    question = Question.objects.get(pk=question.pk)
    try:
        reply(by, question, text=text, seen=edition(question), **more)
    except Invalid as error:
        return list(error.fields)
    return []


@pytest.mark.django_db(transaction=True)
def test_of_two_who_reply_at_the_same_moment_the_second_is_shown_what_the_first_said(owner, rita, amina, bo, batch):
    one, two = ask(amina, batch, 1), ask(bo, batch, 2, "And a candle?")
    stands, also = Reply.objects.all(), {"also": [two.pk]}
    for turn, (behind, asked, more) in enumerate(
        [
            (Question.objects.filter(pk=one.pk), (one, one), also),  # two first replies
            (stands, (one, one), {}),  # two corrections
            (stands, (one, two), {}),  # two corrections of one reply, from two of its questions
        ]
    ):
        texts = [f"Turn {turn}: {by.person_id}" for by in (owner, rita)]
        writers = zip((owner, rita), asked, texts, strict=True)
        told = pile_up([partial(refused, *each, **more) for each in writers], behind)
        assert sorted(told) == [[], ["text"]]
        assert Reply.objects.get().text in texts
        assert not Question.objects.filter(reply=None).exists()


# Asked and replied


def test_a_question_lands_with_owners_and_reviewers_and_the_log_names_the_task_alone(owner, rita, amina, batch):
    asked = ask(amina, batch, 1)
    link = reverse("batch_question", args=[batch.code, asked.pk])
    assert [notice.link for by in (owner, rita) for notice in told(by, "question.asked")] == [link, link]
    assert not told(amina, "question.asked")
    event = Event.objects.get(action="microtasks.question.asked")
    assert "lamp" not in str(event.__dict__)


def test_the_same_words_twice_are_one_question_until_there_is_a_reply(owner, amina, batch):
    held = take(amina, batch)
    first = ask_question(by=amina, code=str(held.code), text="Does a lamp count?")
    assert ask_question(by=amina, code=str(held.code), text=" Does a lamp count? ") == first
    reply(owner, first)
    assert ask_question(by=amina, code=str(held.code), text="Does a lamp count?") != first


def test_a_reply_reaches_everybody_who_gets_the_item_and_only_on_it(owner, amina, bo, batch):
    asked = ask(amina, batch, 1)
    assert read(amina, batch, 1) == ([], [], ["Does a lamp count?"])
    assert read(bo, batch, 1) == ([], [], [])
    reply(owner, asked)
    assert read(bo, batch, 1) == (["Yes, it does."], [], [])
    assert read(bo, batch, 2) == ([], [], [])
    assert read(bo, batch) == ([], [], [])
    assert told(amina, "question.replied")[0].link == reverse(
        "assignment", args=[Assignment.objects.get(person=amina.person_id).code]
    )
    assert not told(bo, "question.replied")


def test_where_the_owner_says_so_it_reaches_everybody_in_the_batch(owner, amina, bo, batch):
    reply(owner, ask(amina, batch, 1), everywhere=True)
    assert read(bo, batch, 1) == (["Yes, it does."], [], [])
    assert read(bo, batch, 2) == ([], ["Yes, it does."], [])
    assert read(bo, batch) == ([], ["Yes, it does."], [])


def test_what_a_reader_is_told_is_found_by_index_however_many_replies_there_are(owner, amina, bo, batch):
    reply(owner, ask(amina, batch, 1), everywhere=True)
    task, said = batch.tasks.get(number=2), {"batch": batch, "text": "Yes."}
    replies = Reply.objects.bulk_create(
        Reply(task=task, question=f"Does {n} count?", everywhere=n % 2 == 0, **said) for n in range(2000)
    )
    Question.objects.bulk_create(Question(task=task, reply=each, person_id=bo.person_id, **said) for each in replies)
    with connection.cursor() as cursor, CaptureQueriesContext(connection) as asked:
        cursor.execute("ANALYZE microtasks_reply, microtasks_question")
        told = said_to(amina, batch, batch.tasks.get(number=1))
        assert (len(told.here), len(told.everywhere)) == (1, 19)
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + asked[-1]["sql"])
        plan = cursor.fetchone()[0][0]["Plan"]
    assert "reply_everywhere" in str(plan)
    assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 120


def test_one_reply_answers_several_and_tells_each_once(owner, rita, amina, bo, batch):
    first, second = ask(amina, batch, 1), ask(bo, batch, 2, "And a candle?")
    third = ask(amina, batch, 3, "A torch?")
    reply(rita, first, also=[second.pk, third.pk, 10**9])
    assert read(bo, batch, 2) == (["Yes, it does."], [], [])
    assert not Question.objects.filter(reply=None).exists()
    assert Reply.objects.count() == 1
    assert (len(told(amina, "question.replied")), len(told(bo, "question.replied"))) == (1, 1)


def test_a_reply_may_be_changed_and_is_told_anew_and_takes_in_what_waits(owner, amina, bo, batch):
    first = ask(amina, batch, 1)
    reply(owner, first)
    later = ask(bo, batch, 2, "And a candle?")
    first.refresh_from_db()
    reply(owner, first, seen=edition(first), also=[later.pk])
    assert (len(told(amina, "question.replied")), len(told(bo, "question.replied"))) == (1, 1)  # the words are the same
    first.refresh_from_db()
    reply(owner, first, text="Only lit ones.", seen=edition(first))
    assert (len(told(amina, "question.replied")), len(told(bo, "question.replied"))) == (2, 2)
    assert read(bo, batch, 1) == (["Only lit ones."], [], [])


def test_a_question_that_has_another_reply_keeps_it(owner, amina, bo, batch):
    first, second = ask(amina, batch, 1), ask(bo, batch, 2)
    reply(owner, second, text="No.")
    reply(owner, first, also=[second.pk])
    assert read(bo, batch, 2) == (["No."], [], [])


def test_merging_two_accounts_carries_questions_over(region, owner, amina, bo, batch):
    ask(bo, batch, 1)
    aino = subject("Aino", region, Role.ADMINISTRATOR)
    stays, goes = (Person.objects.get(pk=by.person_id) for by in (amina, bo))
    merge_people(by=aino, stays=stays, goes=goes)
    assert Question.objects.get().person_id == amina.person_id
    assert read(amina, batch, 1) == ([], [], ["Does a lamp count?"])


# As pages


@pytest.mark.parametrize("scripts", [False, True])
def test_asking_keeps_the_answer_begun_with_and_without_scripts(amina, batch, scripts):
    held = take(amina, batch)
    client, address = client_of(amina), reverse("assignment", args=[held.code])
    typed = {"choice": "2", "note": "half a thought", "ask": "Does a lamp count?"}
    headers = {"HX-Request": "true"} if scripts else {}
    page = client.post(reverse("assignment_question", args=[held.code]), typed, headers=headers, follow=True)
    for words in (page.content.decode(), client.get(address).content.decode()):
        assert "half a thought" in words
        assert re.search(r'name="choice"[^>]* value="2"[^>]* checked', words)
        assert "No reply yet" in words
        assert not re.search(r'<textarea[^>]*name="ask"[^>]*>[^<]', words)
    assert "Your question is sent" in page.content.decode()
    held.refresh_from_db()
    assert held.state == AssignmentState.LEASED


def test_an_empty_question_comes_back_with_the_answer_begun(amina, batch):
    held = take(amina, batch)
    page = client_of(amina).post(reverse("assignment_question", args=[held.code]), {"choice": "2", "note": "half"})
    assert page.status_code == 422
    assert "Write your question" in page.content.decode()
    assert "half</textarea>" in page.content.decode()


def test_a_question_in_its_field_goes_along_when_the_answer_is_sent_or_the_item_skipped(amina, batch):
    client = client_of(amina)
    held = take(amina, batch, 1)
    address = reverse("assignment", args=[held.code])
    refused = client.post(address, {"key": str(uuid4()), "ask": "Does a lamp count?"})
    assert refused.status_code == 422
    assert "Does a lamp count?</textarea>" in refused.content.decode()
    assert not Question.objects.exists()
    client.post(address, {"key": str(uuid4()), "choice": "1", "ask": "Does a lamp count?", "stop": "1"})
    assert Answer.objects.count() == 1
    second = take(amina, batch, 2)
    client.post(reverse("assignment", args=[second.code]), {"skip": "1", "ask": "Is this one ours?"})
    second.refresh_from_db()
    assert second.state == AssignmentState.SKIPPED
    assert list(Question.objects.order_by("pk").values_list("text", flat=True)) == [
        "Does a lamp count?", "Is this one ours?",
    ]  # fmt: skip
    words = client.get(reverse("assignment", args=[second.code])).content.decode()
    assert "Is this one ours?" in words  # the asker who skipped finds it again


def test_who_asked_is_shown_to_owners_alone(owner, rita, amina, bo, batch):
    asked = ask(amina, batch, 1)
    pages = [reverse("batch_questions", args=[batch.code]), reverse("batch_question", args=[batch.code, asked.pk])]
    for address in pages:
        assert "Amina" in client_of(owner).get(address).content.decode()
        assert "Amina" not in client_of(rita).get(address).content.decode()
    reply(owner, asked, everywhere=True)
    held = take(bo, batch, 1)
    for address in (reverse("assignment", args=[held.code]), reverse("work", args=[batch.code])):
        words = client_of(bo).get(address).content.decode()
        assert "Yes, it does." in words
        assert "Amina" not in words
        assert "Jonas" not in words


def test_the_page_of_replies_sends_one_to_several_and_the_start_pages_say_so(owner, rita, amina, bo, batch):
    first, second = ask(amina, batch, 1), ask(bo, batch, 2, "And a candle?")
    assert "2 questions wait for a reply" in client_of(owner).get(reverse("home")).content.decode()
    assert "2 questions wait for a reply" in client_of(rita).get(reverse("home")).content.decode()
    assert "2 questions about items wait" in client_of(owner).get(reverse("batch", args=[batch.code])).content.decode()
    address = reverse("batch_question", args=[batch.code, first.pk])
    assert "Letter 2: And a candle?" in client_of(rita).get(address).content.decode()
    sent = {"text": "Yes, it does.", "shown": "Does a light count?", "everywhere": "on", "also": [second.pk]}
    page = client_of(rita).post(address, sent, follow=True).content.decode()
    assert "to one other question as well" in page
    assert "Every question has its reply" in page
    assert "What you asked has a reply" in client_of(bo).get(reverse("home")).content.decode()
    listed = client_of(owner).get(reverse("batch_questions", args=[batch.code]) + "?show=replied").content.decode()
    assert listed.count("Yes, it does.") == 2


def test_a_question_is_not_sent_with_a_refused_skip(amina, batch):
    held = take(amina, batch, 1)
    send(amina, held)
    refused = client_of(amina).post(
        reverse("assignment", args=[held.code]), {"skip": "1", "ask": "Or a candle?", "key": str(held.code)}
    )
    assert refused.status_code == 409
    assert not Question.objects.exists()


def test_confidential_replies_are_not_read_by_who_left_the_organisation(owner, amina, bo, batch):
    reply(owner, ask(amina, batch, 1), everywhere=True)
    held = take(bo, batch, 1)
    elsewhere = organisation("Elsewhere")
    batch.audience.set([elsewhere])
    type(batch).objects.filter(pk=batch.pk).update(sensitivity=2, organisation=elsewhere)
    assert client_of(bo).get(reverse("assignment", args=[held.code])).status_code == 404
    assert client_of(bo).get(reverse("work", args=[batch.code])).status_code == 404


def test_who_asked_hears_of_a_reply_that_comes_after_the_batch_closed(owner, amina, batch):
    asked = ask(amina, batch, 1)
    move_batch(by=owner, code=batch.code, verb="close")
    reply(owner, asked)
    assert len(told(amina, "question.replied")) == 1
    held = Assignment.objects.get(person=amina.person_id)
    assert "Yes, it does." in client_of(amina).get(reverse("assignment", args=[held.code])).content.decode()
