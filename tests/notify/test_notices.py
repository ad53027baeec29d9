"""What people are told in Talkoo: once, in their language, about what they may see, and by nobody's leave but theirs."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.lib.errors import Missing
from talkoo.microtasks.actions import batch_people, holds, results, telling
from talkoo.microtasks.actions.assignments import report_problem
from talkoo.microtasks.actions.batch_states import move_batch
from talkoo.microtasks.actions.due import close_due_batches
from talkoo.microtasks.models import Batch, BatchPerson, Problem, Protection, Sensitivity
from talkoo.notify.actions.choosing import choose
from talkoo.notify.actions.reading import mark_all_read, mark_read
from talkoo.notify.actions.telling import tell
from talkoo.notify.kinds import KINDS, Channel
from talkoo.notify.models import Notice
from talkoo.notify.queries.choices import wishes
from talkoo.notify.queries.notices import days, my_notices
from talkoo.people.actions.memberships import end_role, grant_role
from talkoo.people.models import Person, PersonSkill, Skill
from tests.microtasks.made import open_batch, send, take
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def town(region):
    return organisation("Town", region)


@pytest.fixture
def owner(town):
    return subject("Olga", town, Role.TASK_OWNER)


@pytest.fixture
def eva(town):
    return subject("Eva", town)


@pytest.fixture
def batch(owner, town):
    made = open_batch(owner, town, title="Harbour letters", adaptive=False, least=1, most=1)
    made.audience.set([town])
    return made


def told(by, *kinds):
    found = my_notices(by).order_by("id")
    return list((found.filter(kind__in=kinds) if kinds else found).values_list("kind", flat=True))


def words(by):
    return [line.words for day in days(by, my_notices(by)) for line in day.lines]


def visit(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def offer(to, batch, **more):
    said = {"kind": "batch.offered", "about": ("batch", batch.code), "link": f"/work/{batch.code}/", "once": "offer"}
    return tell(to=[by.person_id for by in to], **said | more)


# Denied first


def test_a_notice_of_somebody_else_is_not_there(eva, owner, batch):
    offer([eva], batch)
    number = Notice.objects.get().pk
    with pytest.raises(Missing):
        mark_read(by=owner, number=number)
    assert visit(owner).get(reverse("notice", args=[number])).status_code == 404
    assert Notice.objects.get().read is None


def test_what_is_not_open_to_the_reader_any_more_is_not_named(eva, owner, batch, region):
    offer([eva], batch)
    assert words(eva) == ["“Harbour letters” is open and fits you."]
    batch.audience.set([organisation("Elsewhere", region)])
    page = visit(eva).get(reverse("notices")).content.decode()
    assert "Harbour letters" not in page
    assert "This is not open to you any more." in page
    led = visit(eva).get(reverse("notice", args=[Notice.objects.get().pk]), follow=True)
    assert led.status_code == 404


def test_a_closed_account_and_a_wish_are_respected_and_nobody_is_told_twice(eva, owner, batch, town):
    gone = subject("Gone", town)
    Person.objects.filter(pk=gone.person_id).update(is_active=False)
    hours = wishes(owner).pace
    choose(
        by=owner, channels={"batch.offered": "off"}, rhythm="daily", days=[1], starts=hours.starts, ends=hours.ends,
        zone="UTC", no_mail=False,
    )  # fmt: skip
    assert offer([eva, owner, gone, eva], batch) == 1
    assert offer([eva, owner, gone], batch) == 0
    assert Notice.objects.get().person_id == eva.person_id


def test_what_is_rolled_back_was_never_told(eva, batch):
    with transaction.atomic():
        assert offer([eva], batch) == 1
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_many_are_told_in_one_statement(django_assert_num_queries, batch, town):
    people = Person.objects.bulk_create(Person(email=f"p{n}@test.example", name=f"P {n}") for n in range(500))
    with django_assert_num_queries(1):
        done = tell(
            to=[each.pk for each in people], kind="batch.closed", about=("batch", batch.code), once="closed",
            link={each.pk: f"/assignments/{each.pk}/" for each in people},
        )  # fmt: skip
    assert done == 500
    assert Notice.objects.get(person=people[7]).link == f"/assignments/{people[7].pk}/"


# Reading


def test_the_list_is_read_by_day_marked_and_filtered(eva, owner, batch):
    offer([eva], batch)
    tell(to=[eva.person_id], kind="batch.closed", about=("batch", batch.code), link="/", once="c")
    Notice.objects.filter(kind="batch.closed").update(at=timezone.now() - timedelta(days=1))
    client = visit(eva)
    page = client.get(reverse("notices")).content.decode()
    listed = page[page.index("notice-day") :]
    places = [listed.index(words) for words in ("Today", "fits you.", "Yesterday", "has closed")]
    assert places == sorted(places)
    assert "Notices (2 new)" in page
    only = client.get(reverse("notices"), {"kind": "batch.closed"}).content.decode()
    assert "is open and fits you." not in only
    answer = client.get(reverse("notice", args=[Notice.objects.get(kind="batch.offered").pk]))
    assert answer.headers["Location"] == f"/work/{batch.code}/"
    assert "Notices (1 new)" in client.get(reverse("notices")).content.decode()
    assert mark_all_read(by=eva) == 1
    assert "Notices (" not in client.get(reverse("notices")).content.decode()


def test_who_was_told_nothing_learns_what_comes_here(eva):
    page = visit(eva).get(reverse("notices")).content.decode()
    assert "Nothing yet" in page
    assert "Mark all read" not in page


def test_every_kind_says_something_with_the_facts_it_is_given(eva, batch):
    facts = {"day": "2026-11-27", "role": "auditor"}
    for code in KINDS:
        tell(to=[eva.person_id], kind=code, about=("batch", batch.code), link="/", once=code, **facts)
    said = words(eva)
    assert len(said) == len(KINDS)
    assert not [each for each in said if "%" in each or "Harbour letters" not in each]
    assert any("Auditor" in each for each in said)
    assert any("27 November" in each for each in said)


def test_choices_are_kept_shown_again_and_wrong_ones_refused(eva, batch):
    offer([eva], batch)
    client, where = visit(eva), reverse("notice_choices")
    fields = {code: kind.channel.value for code, kind in KINDS.items()}
    pace = {"rhythm": "weekly", "days": ["1", "3"], "starts": "09:30", "ends": "15:00", "zone": "Europe/Helsinki"}
    assert client.post(where, fields | pace | {"ends": "09:00"}).status_code == 422
    assert client.post(where, fields | pace | {"role.granted": "off"}).status_code == 422
    saved = client.post(where, fields | pace | {"batch.offered": "in_app"}, follow=True)
    assert saved.status_code == 200
    kept = wishes(eva)
    assert kept.channels["batch.offered"] == Channel.IN_APP
    assert (kept.pace.rhythm, kept.pace.days, kept.pace.zone) == ("weekly", [1, 3], "Europe/Helsinki")
    assert Notice.objects.get().channel == "in_app", "what waits to be mailed follows the choice"


# Occasions


def test_a_batch_that_opens_is_told_to_those_it_fits_and_to_nobody_else(owner, eva, batch, region):
    skill = Skill.objects.create(code="letters", name="Letters", category="Language")
    batch.skills.add(skill)
    PersonSkill.objects.create(person_id=eva.person_id, skill=skill, level=1)
    below = subject("Bo", organisation("Desk", batch.organisation))
    PersonSkill.objects.create(person_id=below.person_id, skill=skill, level=3)
    unskilled, stranger = subject("Uma", batch.organisation), subject("Stan", region)
    PersonSkill.objects.create(person_id=stranger.person_id, skill=skill, level=3)
    assert telling.tell_offered(batch.pk) == 2
    assert telling.tell_offered(batch.pk) == 0
    assert told(eva) == told(below) == ["batch.offered"]
    assert not told(unskilled) + told(stranger) + told(owner)


def test_confidential_work_is_told_inside_its_organisation_only(owner, eva, batch, region):
    batch.audience.set([])
    Batch.objects.filter(pk=batch.pk).update(sensitivity=Sensitivity.CONFIDENTIAL)
    outside = subject("Otto", region)
    telling.tell_offered(batch.pk)
    assert told(eva) == ["batch.offered"]
    assert not told(outside)
    assert Notice.objects.get().sensitivity == Sensitivity.CONFIDENTIAL


def test_who_worked_on_it_is_told_when_it_closes_and_the_owner_when_its_day_has_passed(owner, eva, batch):
    held = take(eva, batch)
    send(eva, held)
    Batch.objects.filter(pk=batch.pk).update(deadline=timezone.localdate() - timedelta(days=1))
    assert close_due_batches() == 1
    telling.tell_closed(batch.pk, by_deadline=True)
    telling.tell_closed(batch.pk, by_deadline=True)
    assert told(eva) == ["batch.closed"]
    assert told(owner) == ["batch.ended"]
    assert my_notices(eva).get().link == reverse("assignment", args=[held.code])
    assert words(eva) == ["“Harbour letters” has closed. Thank you for your part in it."]


def test_time_and_answers_are_told_once_a_deadline_a_last_result_something_to_decide(owner, eva, batch, town):
    rita = subject("Rita", town)
    BatchPerson.objects.create(batch=batch, person_id=rita.person_id, relation=Relation.REVIEWER)
    Batch.objects.filter(pk=batch.pk).update(deadline=timezone.localdate() + timedelta(days=1))
    send(eva, take(eva, batch))
    results.send_to_review(by=owner, batch=batch, number=1)
    for _again in range(2):
        telling.tell_progress()
    assert told(eva) == ["batch.due"]
    assert told(owner) == ["batch.ending"]
    assert told(rita) == ["review.waiting"]
    results.review_task(by=rita, batch=batch, number=1, value="a")
    for _each in range(4):
        send(eva, take(eva, batch))
    telling.tell_progress()
    assert told(eva) == ["batch.due", "batch.settled"]
    assert told(owner) == ["batch.ending", "batch.complete"]


def test_owners_hear_a_week_ahead_that_items_go_once_a_day_unless_they_are_held(owner, eva, batch, town):
    send(eva, take(eva, batch))
    stated = Protection.objects.create(batch=batch, keep_days=30, afterwards="delete")
    move_batch(by=owner, code=batch.code, verb="close")
    telling.tell_erasing()
    assert told(owner) == []
    Batch.objects.filter(pk=batch.pk).update(closed=timezone.now() - timedelta(days=25))
    officer = subject("Ingrid", town, Role.SECURITY_OFFICER)
    hold = holds.place_hold(by=officer, code=batch.code, reason="court", until=timezone.localdate() + timedelta(days=9))
    telling.tell_erasing()
    assert told(owner) == []
    type(hold).objects.filter(pk=hold.pk).update(lifted=timezone.now())
    for _again in range(2):
        telling.tell_erasing()
    assert told(owner) == ["batch.erasing"]
    Protection.objects.filter(pk=stated.pk).update(keep_days=28)
    telling.tell_erasing()
    assert told(owner) == ["batch.erasing"] * 2
    assert told(eva) == []


def test_a_report_reaches_the_owner_and_the_reply_whoever_reported(owner, eva, batch):
    held = take(eva, batch)
    problem = report_problem(by=eva, code=str(held.code), text="Upside down")
    assert told(owner) == ["problem.reported"]
    assert "Upside down" not in str(Notice.objects.values_list("facts", flat=True))
    results.reply_to_problem(by=owner, batch=batch, problem=problem.pk, reply="Turned round")
    assert told(eva) == ["problem.answered"]
    assert Problem.objects.get().reply == "Turned round"


def test_whoever_is_made_owner_or_given_a_role_is_told_unless_they_did_it(owner, eva, batch, town):
    address = Person.objects.get(pk=eva.person_id).email
    for _again in range(2):
        batch_people.add_person(by=owner, code=batch.code, email=address, relation=Relation.REVIEWER)
    assert told(eva) == ["tie.reviewer"]
    kaisa = subject("Kaisa", town, Role.ADMINISTRATOR)
    role = grant_role(by=kaisa, person=Person.objects.get(pk=eva.person_id), organisation=town, role="auditor")
    end_role(by=kaisa, membership=role)
    assert told(eva) == ["tie.reviewer", "role.granted", "role.ended"]
    batch_people.add_person(
        by=owner, code=batch.code, email=Person.objects.get(pk=owner.person_id).email, relation=Relation.REVIEWER
    )
    assert not told(owner)
    assert words(eva)[0] == "Your role in Town has ended: Auditor."


def test_opening_and_closing_leave_the_telling_of_many_to_a_job(owner, eva, batch, django_assert_max_num_queries):
    move_batch(by=owner, code=batch.code, verb="close")
    assert not told(eva)
    person("Late", batch.organisation)
    telling.tell_closed(batch.pk, by_deadline=False)
    assert not told(eva), "she did not answer"
