"""The task board shows what is open to a person, says why, and is silent about everything else."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from talkoo.desk.queries.board import Asked, board
from talkoo.microtasks.models import BatchState, Sensitivity, Tally, Task
from talkoo.people.models import Person, PersonSkill, Skill
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, subject, surely

pytestmark = pytest.mark.django_db


def skill(name):
    return Skill.objects.create(code=name.lower(), name=name, category="Reading")


def states(by, known, level=2, *, grow=False):
    """The person states a skill; the subject as it is from then on."""
    PersonSkill.objects.create(person_id=by.person_id, skill=known, level=level, grow=grow)
    return subject_of(Person.objects.get(pk=by.person_id))


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def codes(by, **asked):
    return {row.code for row in board(by, Asked(**asked)).rows}


def test_a_batch_for_another_organisation_never_appears_in_list_search_counts_or_note(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn, title="Secret herring census", minutes=1)
    batch.audience.add(ekhamn)
    batch.skills.add(skill("Herring"))
    seen = board(amina, Asked())
    assert (seen.rows, seen.offered, seen.note) == ([], 0, "")
    assert sum(choice.count for group in seen.groups for choice in group.choices) == 0
    assert codes(amina, words="herring") == set()
    for query in ("", "?q=herring", "?time=2", "?level=1", "?skill=herring", "?sort=shortest"):
        assert "census" not in client_of(amina).get(f"/tasks/{query}").content.decode()


def test_confidential_work_of_others_and_restricted_work_never_appear(amina, owner, norrby, ekhamn):
    open_batch(owner, ekhamn, sensitivity=Sensitivity.CONFIDENTIAL)
    open_batch(owner, norrby, sensitivity=Sensitivity.RESTRICTED)
    mine = open_batch(owner, norrby, sensitivity=Sensitivity.CONFIDENTIAL)
    assert codes(amina) == set()
    assert codes(surely(amina)) == {mine.code}


@pytest.mark.parametrize("state", [BatchState.DRAFT, BatchState.PAUSED, BatchState.CLOSED])
def test_a_batch_that_is_not_open_is_not_offered(amina, owner, ekhamn, state):
    open_batch(owner, ekhamn, state=state)
    assert codes(amina) == set()


def test_a_batch_past_its_day_is_not_offered(amina, owner, ekhamn):
    open_batch(owner, ekhamn, deadline=timezone.localdate() - timedelta(days=1))
    last = open_batch(owner, ekhamn, deadline=timezone.localdate())
    assert codes(amina) == {last.code}


def test_visitors_are_asked_to_sign_in():
    answer = Client().get("/tasks/")
    assert answer.status_code == 302
    assert "/accounts/login/" in answer["Location"]


def test_a_missing_skill_keeps_a_batch_out_and_the_note_names_it(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn)
    batch.skills.add(skill("Swedish"))
    seen = board(amina, Asked())
    assert seen.rows == []
    assert "Swedish" in seen.note


def test_reasons_name_the_stated_skill_and_the_skill_to_grow(amina, owner, ekhamn):
    known, wanted = skill("Swedish"), skill("Maps")
    amina = states(states(amina, known), wanted, 1, grow=True)
    for asked in (known, wanted):
        open_batch(owner, ekhamn, title=asked.name).skills.add(asked)
    why = {row.title: row.why for row in board(amina, Asked()).rows}
    assert "you stated Swedish" in why["Swedish"]
    assert "Maps, which you want to grow" in why["Maps"]


def test_reasons_tell_of_few_people_a_near_day_and_ones_own_organisation(amina, owner, norrby, ekhamn):
    soon = open_batch(owner, ekhamn, title="Soon", deadline=timezone.localdate() + timedelta(days=2))
    own = open_batch(owner, norrby, title="Own")
    for batch in (soon, own):
        for n in range(3):
            take(subject(f"Other {n}", norrby), batch)
    open_batch(owner, ekhamn, title="New")
    why = {row.title: row.why for row in board(amina, Asked()).rows}
    assert "needed in 2 days" in why["Soon"]
    assert "your own organisation" in why["Own"]
    assert "nobody has begun" in why["New"]


def test_what_is_in_hand_comes_first_and_leads_back_to_it(amina, owner, ekhamn):
    open_batch(owner, ekhamn, title="A")
    begun = open_batch(owner, ekhamn, title="Z")
    held = take(amina, begun)
    first = board(amina, Asked()).rows[0]
    assert (first.code, first.verb, first.href) == (begun.code, "Continue", f"/assignments/{held.code}/")


def test_a_batch_one_has_answered_in_goes_on_and_another_starts(amina, owner, ekhamn):
    begun = open_batch(owner, ekhamn, tasks=3, title="A")
    open_batch(owner, ekhamn, title="Z")
    send(amina, take(amina, begun))
    assert [row.verb for row in board(amina, Asked()).rows] == ["Continue", "Start"]


def test_a_batch_one_has_been_through_says_so_and_comes_last(amina, owner, ekhamn):
    through = open_batch(owner, ekhamn, tasks=1, title="A", least=2)
    send(amina, take(amina, through))
    open_batch(owner, ekhamn, title="Z")
    last = board(amina, Asked()).rows[-1]
    assert last.code == through.code
    assert "you have been through all of it" in last.why
    assert last.post == ""


def test_filters_narrow_by_time_skill_and_sensitivity_and_join_their_groups(amina, owner, ekhamn):
    known = skill("Swedish")
    amina = states(amina, known)
    short = open_batch(owner, ekhamn, minutes=1, sensitivity=Sensitivity.OPEN)
    long = open_batch(owner, ekhamn, minutes=20)
    asked = open_batch(owner, ekhamn, minutes=1)
    asked.skills.add(known)
    assert codes(amina, time=("2",)) == {short.code, asked.code}
    assert codes(amina, time=("2", "long")) == {short.code, asked.code, long.code}
    assert codes(amina, time=("2",), skill=("swedish",)) == {asked.code}
    assert codes(amina, level=("0",)) == {short.code}
    counts = {choice.label: choice.count for group in board(amina, Asked()).groups for choice in group.choices}
    assert (counts["Swedish"], counts["Open"], counts["Internal"]) == (1, 1, 2)


def test_search_knows_word_forms_and_names_of_organisations(amina, owner, ekhamn):
    letters = open_batch(owner, ekhamn, title="Classify planning objections")
    open_batch(owner, organisation("Roads"), title="Rate reports")
    assert codes(amina, words="plan objection") == {letters.code}
    assert codes(amina, words="ekham") == {letters.code}
    assert codes(amina, words="zebra") == set()


def test_sorting_by_day_and_by_length(amina, owner, ekhamn):
    open_batch(owner, ekhamn, title="late", minutes=1, deadline=timezone.localdate() + timedelta(days=9))
    open_batch(owner, ekhamn, title="soon", minutes=9, deadline=timezone.localdate() + timedelta(days=1))
    assert [row.title for row in board(amina, Asked(sort="deadline")).rows] == ["soon", "late"]
    assert [row.title for row in board(amina, Asked(sort="shortest")).rows] == ["late", "soon"]


def test_progress_counts_what_is_settled(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn, tasks=5)
    Tally.objects.create(batch=batch, shard=1, closed=2)
    Tally.objects.create(batch=batch, shard=2, closed=1)
    row = board(amina, Asked()).rows[0]
    assert (row.done, row.total) == (3, 5)


@pytest.mark.parametrize(
    "query",
    [
        "page=999",
        "page=x",
        "sort=zzz",
        "time=9&time=2",
        "level=7",
        "skill=%00",
        "q=%00%27%22%3C",
        "q=" + "a" * 5000,
        "q=-&q=%22",
    ],
)
def test_odd_addresses_show_a_board_all_the_same(amina, owner, ekhamn, query):
    open_batch(owner, ekhamn)
    assert client_of(amina).get(f"/tasks/?{query}").status_code == 200


def test_other_methods_are_refused(amina):
    assert client_of(amina).post("/tasks/").status_code == 405


def test_two_hundred_batches_cost_twelve_queries_and_come_in_pages(amina, owner, ekhamn):
    known = skill("Swedish")
    amina = states(amina, known)
    for n in range(200):
        batch = open_batch(owner, ekhamn, tasks=1, title=f"Batch {n}", minutes=1 + n % 20)
        if n % 3 == 0:
            batch.skills.add(known)
    client = client_of(amina)
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/tasks/?q=batch&time=2&time=5&skill=swedish&page=2")
    assert page.status_code == 200
    assert 0 < len(queries) <= 12, "\n".join(query["sql"][:200] for query in queries)
    assert Task.objects.count() == 200
    assert len(board(amina, Asked()).rows) == 10


def test_an_empty_board_says_what_to_do(amina):
    page = client_of(amina).get("/tasks/").content.decode()
    assert "Nothing is open to you just now" in page
    assert "Nothing found for “zebra”" in client_of(amina).get("/tasks/?q=zebra").content.decode()
    assert "No batch fits all of these" in client_of(amina).get("/tasks/?time=2").content.decode()


def test_start_on_the_board_posts_with_a_token_and_hands_out_a_task(amina, owner, ekhamn):
    batch = open_batch(owner, ekhamn)
    client = Client(enforce_csrf_checks=True)
    client.force_login(Person.objects.get(pk=amina.person_id))
    page = client.get("/tasks/").content.decode()
    assert f'action="/work/{batch.code}/"' in page
    assert client.post(f"/work/{batch.code}/").status_code == 403
    token = page.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    started = client.post(f"/work/{batch.code}/", {"csrfmiddlewaretoken": token})
    assert started["Location"].startswith("/assignments/")
