"""Mail, read from a real SMTP server: in working hours, bundled, capped, left by one click, and never sent twice."""

import re
from datetime import UTC, datetime, time, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client, override_settings
from hypothesis import given
from hypothesis import strategies as st

from talkoo.access.permissions import Role
from talkoo.microtasks.models import Batch, Sensitivity
from talkoo.notify.actions.choosing import choose
from talkoo.notify.actions.forgetting import forget_old
from talkoo.notify.actions.gathering import gather
from talkoo.notify.actions.posting import GIVE_UP, LEASE, post
from talkoo.notify.actions.reading import mark_read
from talkoo.notify.actions.telling import tell
from talkoo.notify.hours import Hours, next_moment, next_summary
from talkoo.notify.kinds import KINDS
from talkoo.notify.models import Mail, Notice
from talkoo.people.actions.invitations import invite_person, mail_invitation
from talkoo.people.models import Person
from tests.microtasks.made import open_batch
from tests.microtasks.storms import storm
from tests.notify.sinks import page, smtp, text, title
from tests.people import organisation, subject

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 11, 27, 19, tzinfo=UTC)
OFFICE = Hours((1, 2, 3, 4, 5), time(8), time(16), "UTC")


@pytest.fixture
def town(db):
    return organisation("Town")


@pytest.fixture
def eva(town):
    return subject("Eva", town)


@pytest.fixture
def batch(town):
    return open_batch(subject("Olga", town, Role.TASK_OWNER), town, title="Harbour letters")


@pytest.fixture
def sink():
    with smtp() as sink:
        yield sink


def address(by):
    return Person.objects.get(pk=by.person_id).email


def told(by, batch, kind="batch.due", once="", **facts):
    facts = {"day": "2026-11-27"} | facts
    tell(to=[by.person_id], kind=kind, about=("batch", batch.code), link="/", once=once or kind, sensitivity=batch.sensitivity, **facts)  # fmt: skip


def carry(now):
    gather(now=now)
    return post(now=now)


def wants(by, **more):
    channels = {code: kind.channel.value for code, kind in KINDS.items()} | more.pop("channels", {})
    pace = {
        "rhythm": "daily",
        "days": [1, 2, 3, 4, 5],
        "starts": time(8),
        "ends": time(16),
        "zone": "UTC",
        "no_mail": False,
    }
    choose(by=by, channels=channels, **pace | more)


# Hours


def test_at_once_is_now_in_working_hours_and_the_next_beginning_otherwise():
    assert next_moment(MONDAY, OFFICE) == MONDAY
    assert next_moment(FRIDAY_EVENING, OFFICE) == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_the_summary_comes_as_a_working_day_or_the_first_of_a_week_begins():
    assert next_summary(MONDAY, OFFICE) == datetime(2026, 11, 24, 8, tzinfo=UTC)
    weekly = Hours((2, 4), time(9), time(12), "Europe/Helsinki", weekly=True)
    assert next_summary(MONDAY, weekly) == datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Helsinki"))


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
weeks = st.builds(
    Hours, st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
    st.just(time(2, 30)), st.sampled_from([time(3), time(23)]),
    st.sampled_from(["Europe/Helsinki", "America/St_Johns", "Pacific/Apia", "UTC"]), st.booleans(),
)  # fmt: skip


@given(moments, weeks)
def test_no_mail_is_due_in_the_past_on_a_free_day_or_more_than_a_week_ahead(now, hours):
    for found in (next_moment(now, hours), next_summary(now, hours)):
        assert now <= found <= now + timedelta(days=8)
        assert found.astimezone(ZoneInfo(hours.zone)).isoweekday() in hours.days


# What is sent


@pytest.mark.django_db
def test_a_mail_at_once_says_what_and_where_in_words_and_as_a_page(sink, eva, batch):
    told(eva, batch)
    assert carry(MONDAY) == {"sent": 1}
    (mail,) = sink.to(address(eva))
    assert title(mail) == "“Harbour letters” is needed by 27 November. You began it."
    for body in (text(mail), page(mail)):
        assert "“Harbour letters” is needed by 27 November." in body
        assert f"https://talkoo.example.org/notices/{Notice.objects.get().pk}/" in body
        assert "No more mail at all" in body
    assert '<html lang="en" dir="ltr">' in page(mail)
    assert "<img" not in page(mail)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert carry(MONDAY + timedelta(hours=1)) == {}, "nothing is sent twice"


@pytest.mark.django_db
def test_what_is_told_in_the_evening_waits_for_the_morning_and_goes_together(sink, eva, batch):
    told(eva, batch)
    told(eva, batch, "problem.answered")
    assert carry(FRIDAY_EVENING) == {}
    assert carry(FRIDAY_EVENING + timedelta(days=1)) == {}
    assert carry(datetime(2026, 11, 30, 8, 0, tzinfo=UTC)) == {"sent": 1}
    assert title(sink.to(address(eva))[0]) == "Talkoo: 2 notices"


@pytest.mark.django_db
def test_what_is_urgent_waits_for_no_hours_and_counts_no_mails(sink, eva, batch):
    for number in range(5):
        told(eva, batch, "emergency.begun", once=f"e{number}")
        told(eva, batch, once=f"n{number}")
        assert carry(FRIDAY_EVENING + timedelta(minutes=number)) == {"sent": 1}
    assert "in an emergency" in title(sink.mails[-1])


@pytest.mark.django_db
def test_the_summary_bundles_a_day_and_says_once_what_came_often(sink, eva, batch):
    for number in range(3):
        told(eva, batch, "problem.reported", once=f"p{number}")
    told(eva, batch, "batch.offered")
    assert carry(MONDAY) == {}
    assert carry(MONDAY + timedelta(hours=22)) == {"sent": 1}
    (mail,) = sink.mails
    assert title(mail) == "Your summary: 2 notices"
    assert "Somebody reported a problem in “Harbour letters”. (3 times)" in " ".join(text(mail).split())


@pytest.mark.django_db
def test_at_most_three_a_day_and_the_rest_waits_for_the_summary(sink, eva, batch):
    for number in range(5):
        told(eva, batch, once=f"n{number}", day=f"2026-12-0{number + 1}")
        carry(MONDAY + timedelta(minutes=10 * number))
    assert len(sink.mails) == 3
    assert carry(datetime(2026, 11, 24, 8, 1, tzinfo=UTC)) == {"sent": 1}
    assert title(sink.mails[-1]) == "Your summary: 2 notices"


@pytest.mark.django_db
def test_hours_rhythm_and_ways_are_the_readers_own(sink, eva, batch):
    wants(
        eva, zone="Asia/Tokyo", days=[7], rhythm="weekly", channels={"batch.due": "digest", "batch.offered": "in_app"}
    )
    told(eva, batch)
    told(eva, batch, "batch.offered")
    assert carry(MONDAY) == {}
    assert carry(datetime(2026, 11, 28, 23, 1, tzinfo=UTC)) == {"sent": 1}, "Sunday, eight in Tokyo"
    assert title(sink.mails[0]) == "“Harbour letters” is needed by 27 November. You began it."


@pytest.mark.django_db
def test_a_closed_account_what_was_read_and_what_is_not_open_any_more_is_not_mailed(sink, eva, batch, town):
    gone, moved = subject("Gone", town), subject("Moved", town)
    for by in (eva, gone, moved):
        told(by, batch)
    mark_read(by=eva, number=Notice.objects.get(person=eva.person_id).pk)
    Person.objects.filter(pk=gone.person_id).update(is_active=False)
    Person.objects.get(pk=moved.person_id).memberships.all().delete()
    assert carry(MONDAY) == {"dropped": 2}
    assert not sink.mails


# What never leaves


@pytest.mark.django_db
def test_the_name_of_confidential_work_is_in_no_part_of_any_mail(sink, eva, batch):
    Batch.objects.filter(pk=batch.pk).update(sensitivity=Sensitivity.CONFIDENTIAL)
    batch.refresh_from_db()
    for code in KINDS:
        told(eva, batch, code, role="auditor")
    carry(MONDAY)
    carry(MONDAY + timedelta(days=1))
    assert len(sink.mails) == 2
    for mail in sink.mails:
        assert "Harbour" not in mail.as_string() + text(mail) + page(mail)
        assert "A confidential batch" in text(mail)


@pytest.mark.django_db
def test_work_that_became_confidential_after_it_was_told_is_not_named_either(sink, eva, batch):
    told(eva, batch)
    Batch.objects.filter(pk=batch.pk).update(sensitivity=Sensitivity.CONFIDENTIAL)
    carry(MONDAY)
    assert title(sink.mails[0]) == "A confidential batch is needed by 27 November. You began it."


# Leaving


def one_click(mail):
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return urlsplit(mail["List-Unsubscribe"].strip(" <>")).path


@pytest.mark.django_db
def test_one_click_of_a_mail_program_stops_the_kind_and_a_look_does_not(sink, eva, batch):
    told(eva, batch)
    carry(MONDAY)
    where, client = one_click(sink.mails[0]), Client(enforce_csrf_checks=True)
    assert client.get(where).status_code == 200
    told(eva, batch, once="again")
    assert Notice.objects.get(once="again").channel == "at_once"
    assert client.post(where, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Notice.objects.get(once="again").channel == "in_app"
    assert carry(MONDAY + timedelta(hours=1)) == {}
    told(eva, batch, "problem.answered")
    assert carry(MONDAY + timedelta(hours=1)) == {"sent": 1}, "the other kinds still come"


@pytest.mark.django_db
def test_all_mail_is_stopped_by_the_page_except_what_one_answers_for(sink, eva, batch):
    told(eva, batch)
    carry(MONDAY)
    link = re.search(r"No more mail at all: (\S+)", text(sink.mails[0]))[1]
    page_of_link = Client().get(urlsplit(link).path).content.decode()
    assert "Stop all mail?" in page_of_link
    assert "This mail has stopped" in Client().post(urlsplit(link).path).content.decode()
    told(eva, batch, "problem.answered")
    told(eva, batch, "tie.owner")
    assert carry(MONDAY + timedelta(hours=1)) == {"sent": 1}
    assert title(sink.mails[-1]) == "You are an owner of “Harbour letters” now."
    assert sink.mails[-1]["List-Unsubscribe"] is None


@pytest.mark.django_db
def test_a_link_that_was_not_made_here_stops_nothing(eva):
    assert Client().post("/notices/stop/made-up/").status_code == 404


# A server that is away


@pytest.mark.django_db
def test_a_server_that_is_away_for_hours_loses_nothing(sink, eva, batch, town):
    others = [subject(f"Person {number}", town) for number in range(3)]
    for by in (eva, *others):
        told(by, batch)
    with override_settings(EMAIL_PORT=1):
        assert carry(MONDAY) == {"server": 1}, "one try tells enough"
        assert carry(MONDAY + timedelta(minutes=1)) == {"server": 1}
    waiting = Mail.objects.exclude(reason="").first()
    assert waiting.state == "queued"
    assert "refused" in waiting.reason
    assert carry(MONDAY + timedelta(hours=5)) == {"sent": 4}
    assert len(sink.mails) == 4


@pytest.mark.django_db
def test_a_refusal_for_now_is_tried_again_one_for_good_is_given_up_and_so_is_one_of_days(sink, eva, batch):
    told(eva, batch)
    sink.answer = "450 later"
    assert carry(MONDAY) == {"later": 1}
    assert carry(MONDAY + timedelta(seconds=30)) == {}, "not before its time"
    assert carry(MONDAY + GIVE_UP + timedelta(hours=1)) == {"later": 1}
    assert Mail.objects.get().state == "given_up"
    told(eva, batch, once="again")
    sink.answer = "550 nobody here"
    assert carry(MONDAY) == {"refused": 1}
    last = Mail.objects.latest("pk")
    assert (last.state, last.reason) == ("given_up", "550 nobody here")


@pytest.mark.django_db
def test_a_worker_killed_between_sending_and_marking_leaves_a_mail_that_is_known_again(sink, eva, batch):
    """SMTP cannot do better: it goes again after the lease, and its Message-ID says that it is the same."""
    told(eva, batch)
    carry(MONDAY)
    Mail.objects.update(state="sending", next_try=MONDAY + LEASE)  # as the kill leaves it
    assert carry(MONDAY + LEASE / 2) == {}
    assert carry(MONDAY + LEASE) == {"sent": 1}
    first, second = sink.mails
    assert first["Message-ID"] == second["Message-ID"] == f"<{Mail.objects.get().code}@talkoo.example.org>"


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_moment_send_each_mail_once():
    town = organisation("Town")
    batch = open_batch(subject("Olga", town, Role.TASK_OWNER), town)
    people = [subject(f"Person {number}", town) for number in range(25)]
    for by in people:
        told(by, batch)
    with smtp() as sink:
        storm([lambda: carry(MONDAY)] * 4)
        carry(MONDAY)
        assert len(sink.mails) == len(people)
        assert len({mail["To"] for mail in sink.mails}) == len(people)
    assert set(Mail.objects.values_list("state", "attempts")) == {("sent", 1)}


# The rest


@pytest.mark.django_db
def test_an_invitation_comes_in_words_and_as_a_page(sink, town):
    kaisa = subject("Kaisa", town, Role.COORDINATOR)
    made = invite_person(by=kaisa, email="new@test.example", organisation=town, site="https://talkoo.example.org")
    mail_invitation(number=made.pk, site="https://talkoo.example.org")
    (mail,) = sink.to("new@test.example")
    link = re.search(r"https://talkoo\.example\.org/invitations/\S+", text(mail))[0]
    assert f'href="{link}"' in page(mail)


@pytest.mark.django_db
def test_after_half_a_year_what_was_told_is_forgotten(sink, eva, batch):
    told(eva, batch)
    carry(MONDAY)
    Notice.objects.update(at=MONDAY)
    Mail.objects.update(made=MONDAY)
    assert forget_old(now=MONDAY + timedelta(days=179)) == 0
    assert forget_old(now=MONDAY + timedelta(days=181)) == 1
    assert not Notice.objects.exists()
    assert not Mail.objects.exists()


def test_mail_has_a_time_limit():
    assert LEASE.total_seconds() > settings.EMAIL_TIMEOUT


def test_what_was_told_while_the_clock_was_a_year_ahead_goes_out_when_it_is_right_again(eva, batch, sink):
    told(eva, batch)
    gather(now=MONDAY.replace(year=2027, hour=18))
    assert Notice.objects.get().due.year == 2027
    assert carry(MONDAY)
    told(eva, batch, once="another")
    gather(now=MONDAY + timedelta(hours=1))
    assert post(now=MONDAY)
    assert len(sink.to(address(eva))) == 2
