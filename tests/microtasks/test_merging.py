"""One human, one account; one skill, one name. Nothing that was given is lost, and nothing counts twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.models import Identity
from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, DomainError, Invalid, Missing
from talkoo.microtasks.actions.assignments import skip_task
from talkoo.microtasks.actions.known import mark_known
from talkoo.microtasks.actions.merging import merge_people, merge_skills
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, BatchPerson, Reliability, Tally, Task
from talkoo.people.actions.invitations import hashed, join_organisation
from talkoo.people.actions.retention import forget_left
from talkoo.people.models import Arrangement, Clearance, Invitation, Membership, Person, PersonSkill, Skill
from talkoo.people.queries import subject_of
from talkoo.people.queries.persons import access_person
from talkoo.people.queries.skills import found_skills
from tests.microtasks.made import open_batch, send, take
from tests.people import enters, organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def norrby(region):
    return organisation("Norrby", region)


@pytest.fixture
def ekhamn(region):
    return organisation("Ekhamn", region)


@pytest.fixture
def aino(region, norrby, ekhamn):
    return subject("Aino", region, Role.ADMINISTRATOR)


@pytest.fixture
def two(norrby, ekhamn):
    return person("Eva Lund", norrby), person("Eva M Lund", ekhamn, Role.TASK_OWNER)


def client_of(by):
    client = Client()
    enters(client, Person.objects.get(pk=by.person_id))
    return client


# People


@pytest.mark.parametrize(
    "dated",
    [
        ((1, None), (0, 1), (0, None)),
        ((0, 1), (1, None), (0, None)),
        ((0, 1), (1, 3), (0, 3)),
        ((3, 5), (0, 1), (0, 1)),
    ],
)
def test_a_merge_clears_nobody_for_more_neither_now_nor_later(aino, norrby, two, dated):
    """Levels, and after how many days they end: of who stays, of who goes, and of the one."""
    now, (stays, goes), (mine, other, (level, days)) = timezone.now(), two, dated
    for who, (stated, end) in ((stays, mine), (goes, other)):
        until = end and now + timedelta(days=end)
        Clearance.objects.create(person=who, organisation=norrby, level=stated, ground="A vetting", until=until)
    merge_people(by=aino, stays=stays, goes=goes)
    (held,) = Clearance.objects.filter(person=stays, ended=None)
    assert (held.level, held.until) == (level, days and now + timedelta(days=days))


def test_an_arrangement_opens_no_door_for_another_account(aino, norrby, two):
    stays, goes = two
    today = timezone.localdate()
    made = Arrangement.objects.create(
        person=goes, organisation=norrby, lines=[], starts=today, ends=today + timedelta(days=9), state="agreed"
    )
    merge_people(by=aino, stays=stays, goes=goes)
    assert Arrangement.objects.get(person=goes) == made


def test_how_a_merged_account_signed_in_is_forgotten_after_ninety_days(aino, two):
    stays, goes = two
    for each in two:
        Identity.objects.create(person=each, issuer="i", subject=each.code, at=timezone.now())
    merge_people(by=aino, stays=stays, goes=goes)
    now = timezone.now()
    assert (forget_left(now=now + timedelta(days=89)), forget_left(now=now + timedelta(days=91))) == (0, 1)
    assert Identity.objects.get().person == stays


def test_only_who_administers_both_merges_them(norrby, ekhamn, two):
    stays, goes = two
    for by in (subject("Samuel", norrby, Role.COORDINATOR), subject("Half", norrby, Role.ADMINISTRATOR)):
        with pytest.raises((Denied, Missing)):
            merge_people(by=by, stays=stays, goes=goes)
    assert Person.objects.get(pk=goes.pk).is_active


def test_nobody_is_merged_with_themselves_nor_with_who_is_gone(aino, two):
    stays, goes = two
    with pytest.raises(Invalid):
        merge_people(by=aino, stays=stays, goes=stays)
    with pytest.raises(Invalid):
        merge_people(by=aino, stays=stays, goes=Person.objects.get(pk=aino.person_id))
    merge_people(by=aino, stays=stays, goes=goes)
    with pytest.raises(Conflict):
        merge_people(by=aino, stays=stays, goes=goes)


def test_roles_skills_work_and_answers_are_carried_over(norrby, ekhamn, aino, two):
    stays, goes = two
    early = timezone.localdate() - timedelta(days=400)
    Membership.objects.create(person=goes, organisation=norrby, role=Role.CONTRIBUTOR, starts=early)
    skill, other = (Skill.objects.create(code=code, name=code, category="c") for code in ("one", "two"))
    PersonSkill.objects.create(person=stays, skill=skill, level=1)
    PersonSkill.objects.create(person=goes, skill=skill, level=3, grow=True)
    PersonSkill.objects.create(person=goes, skill=other, level=2)
    batch = open_batch(subject_of(goes), ekhamn, adaptive=False, least=2, most=2)
    sent = send(subject_of(goes), take(subject_of(goes), batch))
    held = take(subject_of(goes), batch)
    merge_people(by=aino, stays=stays, goes=goes)
    assert set(stays.memberships.values_list("organisation__name", "role", "starts")) == {
        ("Norrby", "contributor", early), ("Ekhamn", "contributor", timezone.localdate()),
        ("Ekhamn", "task_owner", timezone.localdate()),
    }  # fmt: skip
    assert set(stays.skills.values_list("skill__code", "level", "grow")) == {("one", 3, True), ("two", 2, False)}
    assert BatchPerson.objects.get(batch=batch).person == stays
    sent.assignment.refresh_from_db()
    held.refresh_from_db()
    assert (sent.assignment.person, sent.assignment.organisation) == (stays, norrby)
    assert (held.person, held.state) == (stays, AssignmentState.LAPSED)
    assert Event.objects.get(action="people.person.merged").facts["gone"] == goes.code


def test_two_answers_of_one_human_to_one_item_count_once(norrby, ekhamn, aino, two):
    stays, goes = two
    batch = open_batch(aino, norrby, tasks=2, adaptive=False, least=3, most=3, may_choose=True)
    for by, value in ((stays, "a"), (goes, "b")):
        send(subject_of(by), take(subject_of(by), batch, 1), value)
    merge_people(by=aino, stays=stays, goes=goes)
    task = Task.objects.get(batch=batch, number=1)
    assert (task.done, task.surplus, task.is_open, task.differ) == (1, 1, True, False)
    counted = Assignment.objects.get(task=task, state=AssignmentState.ANSWERED)
    assert (counted.person, counted.answer.value) == (stays, "a")
    aside = Assignment.objects.get(task=task, state=AssignmentState.SURPLUS)
    assert [(each.value, each.surplus) for each in aside.answers.order_by("version")] == [("b", False), ("b", True)]
    assert Tally.total(batch)["surplus"] == 1


def test_two_answers_of_one_human_to_an_item_with_a_known_answer_measure_once(norrby, ekhamn, aino, two):
    stays, goes = two
    batch = open_batch(aino, norrby, tasks=3, may_choose=True)
    for number, by, value in ((1, stays, "a"), (1, goes, "b"), (2, goes, "a")):
        send(subject_of(by), take(subject_of(by), batch, number), value)
    for number in (1, 2):
        mark_known(by=aino, code=batch.code, number=number, value="a")
    counts = Reliability.objects.filter(batch=batch).order_by("person")
    assert list(counts.values_list("person", "agreed", "controls")) == [(stays.pk, 1, 1), (goes.pk, 1, 2)]
    merge_people(by=aino, stays=stays, goes=goes)
    assert list(counts.values_list("person", "agreed", "controls")) == [(stays.pk, 2, 2), (goes.pk, 0, 0)]
    aside = Assignment.objects.get(state=AssignmentState.SURPLUS)
    assert (aside.task.number, aside.answer.value, aside.task.done, aside.task.surplus) == (1, "b", 0, 0)
    assert Tally.total(batch) == {"answers": 0, "surplus": 0, "closed": 0, "review": 0}


def test_a_result_that_stands_stays(norrby, aino, two):
    stays, goes = two
    batch = open_batch(aino, norrby, tasks=1, adaptive=False, least=2, most=2)
    for by in (stays, goes):
        send(subject_of(by), take(subject_of(by), batch))
    result = Task.objects.get().result
    merge_people(by=aino, stays=stays, goes=goes)
    task = Task.objects.get()
    assert (task.result, task.closed, task.done, task.surplus) == (result, True, 1, 1)
    assert Answer.objects.count() == 3


def test_what_one_gave_back_gives_way_to_what_the_other_answered(norrby, aino, two):
    stays, goes = two
    batch = open_batch(aino, norrby, tasks=1)
    skip_task(by=subject_of(stays), code=str(take(subject_of(stays), batch).code))
    send(subject_of(goes), take(subject_of(goes), batch))
    merge_people(by=aino, stays=stays, goes=goes)
    assert Assignment.objects.get().person == stays
    assert Assignment.objects.get().state == AssignmentState.ANSWERED


def test_the_merged_account_opens_no_door_and_leads_to_the_other(norrby, ekhamn, aino, two):
    stays, goes = two
    session = client_of(subject_of(goes))
    merge_people(by=aino, stays=stays, goes=goes)
    assert session.get(reverse("record")).status_code == 302
    gone = Person.objects.get(pk=goes.pk)
    assert (gone.is_active, gone.has_usable_password(), gone.merged_into) == (False, False, stays)
    assert access_person(aino, goes.code) == stays
    Invitation.objects.create(
        token_hash=hashed("t"), email=goes.email, organisation=norrby, role=Role.AUDITOR, expires="2100-01-01T00:00Z"
    )
    assert join_organisation(token="t") == stays
    assert not Person.objects.get(pk=goes.pk).is_active


def test_the_last_administrator_is_still_there_afterwards(region, two):
    by = subject("Root", region, Role.ADMINISTRATOR)
    twin = person("Root again", region, Role.ADMINISTRATOR)
    merge_people(by=by, stays=Person.objects.get(pk=by.person_id), goes=twin)
    assert Membership.objects.filter(role=Role.ADMINISTRATOR, ends__isnull=True).count() == 1


def test_what_is_carried_over_is_counted_before_the_button(norrby, aino, two):
    stays, goes = two
    client, where = client_of(aino), reverse("person_merge", args=[stays.code])
    page = client.post(where, {"email": goes.email, "stays": "this"}).content.decode()
    assert "Make one account of two for Eva Lund?" in page
    assert Person.objects.get(pk=goes.pk).is_active
    assert client.post(where, {"email": "nobody@x.example", "stays": "this"}).status_code == 422
    reply = client.post(where, {"email": goes.email, "stays": "other", "sure": "1"})
    assert reply.headers["Location"] == reverse("person", args=[goes.code])
    assert not Person.objects.get(pk=stays.pk).is_active


# Skills


@pytest.fixture
def skills():
    return [
        Skill.objects.create(code=code, name=name, category="Law")
        for code, name in (("a", "Zoning"), ("b", "Land use"))
    ]


def test_only_who_administers_the_top_merges_skills(norrby, skills):
    for by in (subject("Samuel", norrby, Role.COORDINATOR), subject("Half", norrby, Role.ADMINISTRATOR)):
        with pytest.raises(Denied):
            merge_skills(by=by, skill=skills[0], into=skills[1])
        assert client_of(by).get(reverse("skill_merge", args=["a"])).status_code == 403


def test_people_and_batches_go_over_and_the_old_name_still_finds_it(norrby, aino, two, skills):
    old, new = skills
    both, one = two
    PersonSkill.objects.create(person=both, skill=old, level=3)
    PersonSkill.objects.create(person=both, skill=new, level=1, grow=True)
    PersonSkill.objects.create(person=one, skill=old, level=2)
    batch = open_batch(aino, norrby)
    batch.skills.add(old)
    assert merge_skills(by=aino, skill=old, into=new) == {"people": 2, "batches": 1}
    assert set(PersonSkill.objects.values_list("person__name", "skill__code", "level", "grow")) == {
        ("Eva Lund", "b", 3, True), ("Eva M Lund", "b", 2, False),
    }  # fmt: skip
    assert list(batch.skills.all()) == [new]
    assert [each.code for each in found_skills("zoning")] == ["b"]
    assert Skill.objects.get(code="a").merged_into == new
    with pytest.raises(Conflict):
        merge_skills(by=aino, skill=old, into=new)


def test_the_page_counts_before_it_merges_skills(aino, two, skills):
    PersonSkill.objects.create(person=two[0], skill=skills[0], level=3)
    client, where = client_of(aino), reverse("skill_merge", args=["a"])
    assert "1 person who states it" in client.post(where, {"into": "b"}).content.decode()
    assert Skill.objects.get(code="a").merged_into is None
    assert client.post(where, {"into": "b", "sure": "1"}).status_code == 302
    assert "also found as Zoning" in client.get(reverse("skills_all"), {"q": "zoning"}).content.decode()


# At once


@pytest.mark.django_db(transaction=True)
def test_two_administrators_who_merge_crosswise_at_once_leave_one_account():
    region = organisation("Region")
    both = [subject(name, region, Role.ADMINISTRATOR) for name in ("Aino", "Sami")]
    one, other = person("Eva", region), person("Eva again", region)
    batch = open_batch(both[0], region, tasks=1, adaptive=False, least=3, most=3)
    BatchPerson.objects.create(batch=batch, person=other, relation=Relation.REVIEWER)

    def merge(by, stays, goes):
        try:
            merge_people(by=by, stays=stays, goes=goes)
        except DomainError:
            return 0
        else:
            return 1
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(merge, both[0], one, other), pool.submit(merge, both[1], other, one)]
        assert sum(each.result() for each in done) == 1
    assert Person.objects.filter(pk__in=[one.pk, other.pk], is_active=True).count() == 1
