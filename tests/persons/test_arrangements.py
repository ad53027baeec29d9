"""Where and when people work outside of the office: proposed by them, agreed by who answers for them, in force at its hours."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from ipaddress import ip_address

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from talkoo.access.context import Assurance, Device, Zone
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import Resource, allows
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing, StepUp
from talkoo.microtasks.actions.merging import merge_people
from talkoo.notify.models import Notice, Pace
from talkoo.people.actions import arrangements as acts
from talkoo.people.actions.homes import declare_home, remove_home, reseal_homes
from talkoo.people.actions.networks import declare_network
from talkoo.people.forms.arrangements import ArrangementForm
from talkoo.people.models import Arrangement, HomeNetwork, Membership, Person
from talkoo.people.queries import subject_of
from talkoo.people.queries.arrangements import Line
from talkoo.people.states import ARRANGED
from tests import watching
from tests.people import enters, organisation, person, subject

pytestmark = pytest.mark.django_db
HOME, CAFE = ip_address("198.51.100.7"), ip_address("203.0.113.9")
WEEK = Line("At home", (0, 1, 2, 3, 4), time(8), time(16), 2)
MONDAY = datetime(2026, 11, 30, 9, tzinfo=UTC)
DAY = date(2026, 11, 30)


class Clock:
    """What Talkoo takes for the time."""

    now = MONDAY

    def move_to(self, moment):
        self.now = moment


@pytest.fixture(autouse=True)
def monday(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", lambda: clock.now)
    return clock


@pytest.fixture
def town():
    return organisation("Norrby")


@pytest.fixture
def amina(town):
    return person("Amina", town)


@pytest.fixture
def kaisa(town):
    return subject("Kaisa", town, Role.COORDINATOR)


def propose(who, *lines, starts=DAY, days=90, **more):
    by = subject_of(who)
    return acts.propose_arrangement(by=by, lines=lines or [WEEK], starts=starts, ends=starts + timedelta(days), **more)


def agreed(who, kaisa, *lines, **more):
    return acts.agree_arrangement(by=kaisa, code=propose(who, *lines, **more).code)


def at_home(who, place="At home", network="", **shown):
    by = subject_of(who, address=HOME)
    by = replace(by, context=replace(by.context, **(shown or {"key_used": timezone.now()})))
    return declare_home(by=by, place=place, network=network, address=HOME)


def there(who, address=HOME):
    found = subject_of(who, address=address)
    return found.context.zone, found.home_level


def client_of(who, address=HOME):
    client = Client(REMOTE_ADDR=str(address))
    enters(client, Person.objects.get(pk=getattr(who, "person_id", None) or who.pk))
    return client


# In force


def test_confidential_work_opens_at_home_as_agreed_and_nowhere_else(amina, kaisa, town, django_assert_num_queries):
    at_home(amina)
    assert there(amina) == (Zone.UNKNOWN, 1)
    propose(amina)
    assert there(amina) == (Zone.UNKNOWN, 1)
    acts.agree_arrangement(by=kaisa, code=Arrangement.objects.get().code)
    with django_assert_num_queries(1):
        assert there(amina) == (Zone.HOME, 2)
    assert there(amina, CAFE) == (Zone.UNKNOWN, 1)
    assert subject_of(amina).home_level == 1
    assert there(person("Mei", town)) == (Zone.UNKNOWN, 1)
    work = Resource("batch", "x", town.pk, frozenset({"participant"}), sensitivity=2)
    by = subject_of(amina, address=HOME)
    sure = replace(by, context=replace(by.context, assurance=Assurance.TWO, signed_in=timezone.now()))
    assert allows(sure, Permission.BATCH_SEE, work)
    assert not allows(replace(sure, home_level=1), Permission.BATCH_SEE, work)


@pytest.mark.parametrize(
    ("hours", "found"),
    [
        (-1, (Zone.HOME, 2)),  # eight o'clock, of the minute
        (-1.02, (Zone.HOME, 1)),  # at home before it begins
        (6.9, (Zone.HOME, 2)),
        (7, (Zone.HOME, 1)),
        (5 * 24, (Zone.HOME, 1)),  # on Saturday
        (7 * 24, (Zone.HOME, 2)),
        (-24, (Zone.UNKNOWN, 1)),  # before the first day
        (90 * 24, (Zone.UNKNOWN, 1)),  # on the day on which it does not hold any more
    ],
)
def test_days_and_hours_decide_and_outside_of_them_one_is_at_home_without_more(amina, kaisa, monday, hours, found):
    at_home(amina)
    agreed(amina, kaisa)
    monday.move_to(MONDAY + timedelta(hours=hours))
    assert there(amina) == found


def test_days_and_hours_are_those_of_the_clock_by_which_they_were_agreed(amina, kaisa, monday):
    at_home(amina)
    agreed(amina, kaisa)
    monday.move_to(datetime(2026, 12, 1, 15, tzinfo=UTC))
    assert there(amina) == (Zone.HOME, 2)
    Pace.objects.update_or_create(person_id=amina.pk, defaults={"zone": "Europe/Helsinki"})
    assert there(amina) == (Zone.HOME, 2), "nobody moves agreed hours alone"
    assert (
        "by the clock of Europe/Helsinki"
        in client_of(kaisa).get(f"/arrangements/{propose(amina, starts=DAY + timedelta(1)).code}/").text
    )
    acts.agree_arrangement(by=kaisa, code=Arrangement.objects.get(state="proposed").code)
    assert there(amina) == (Zone.HOME, 1)


@pytest.mark.parametrize(("moment", "level"), [((1, 23, 59), 2), ((2, 0, 0), 1), ((1, 21, 59), 1)])
def test_an_evening_lasts_until_midnight(amina, kaisa, monday, moment, level):
    at_home(amina)
    agreed(amina, kaisa, replace(WEEK, days=(1,), begins=time(22), ends=time(0)))
    monday.move_to(datetime(2026, 12, *moment, tzinfo=UTC))
    assert there(amina) == (Zone.HOME, level)


def test_each_place_has_its_own_level(amina, kaisa):
    at_home(amina, place="The cottage")
    agreed(amina, kaisa, WEEK, replace(WEEK, place="The cottage", level=1))
    assert there(amina) == (Zone.HOME, 1)
    at_home(amina)  # the same address, said to be another place
    assert there(amina) == (Zone.HOME, 2)
    assert HomeNetwork.objects.count() == 1


def test_what_an_organisation_says_of_a_network_stands_before_what_a_person_says(amina, kaisa, town):
    at_home(amina)
    agreed(amina, kaisa)
    ines = subject("Ines", town, Role.SECURITY_OFFICER)
    for zone in ("public", "office"):
        declare_network(by=ines, organisation=town, network="198.51.100.0/24", zone=zone)
        assert there(amina) == (Zone(zone), 1)
    with pytest.raises(Conflict, match="it is no home"):
        at_home(amina)


def test_an_arrangement_ends_with_belonging_to_the_organisation(amina, kaisa):
    at_home(amina)
    agreed(amina, kaisa)
    Membership.objects.filter(person=amina).update(organisation=organisation("Elsewhere"))
    assert there(amina) == (Zone.UNKNOWN, 1)
    assert b"where you do not belong any more" in client_of(amina).get("/me/arrangement/").content


# Versions


def test_a_new_version_leaves_the_agreed_one_in_force_and_then_takes_its_place(amina, kaisa, monday):
    at_home(amina)
    first = agreed(amina, kaisa)
    later = propose(amina, replace(WEEK, level=1), starts=DAY + timedelta(7))
    assert there(amina) == (Zone.HOME, 2)
    acts.agree_arrangement(by=kaisa, code=later.code)
    first.refresh_from_db()
    assert first.ends == later.starts
    assert there(amina) == (Zone.HOME, 2)
    monday.move_to(MONDAY + timedelta(7))
    assert there(amina) == (Zone.HOME, 1)


def test_what_is_agreed_late_begins_then_and_leaves_other_days_alone(amina, kaisa, monday):
    def days(version):
        version.refresh_from_db()
        return (version.starts - DAY).days, (version.ends - DAY).days

    first = agreed(amina, kaisa, days=10)
    later = agreed(amina, kaisa, starts=DAY + timedelta(30), days=30)
    late = propose(amina, days=20)
    monday.move_to(MONDAY + timedelta(3))
    acts.agree_arrangement(by=kaisa, code=late.code)
    assert [days(each) for each in (first, late, later)] == [(0, 3), (3, 20), (30, 60)]
    agreed(amina, kaisa, starts=DAY + timedelta(25), days=10)
    assert days(later) == (35, 60)


def test_one_proposal_waits_at_a_time_and_its_person_takes_it_back(amina, kaisa):
    code = propose(amina).code
    with pytest.raises(Conflict, match="waits already"):
        propose(amina)
    with pytest.raises(Conflict):
        acts.withdraw_arrangement(by=kaisa, code=code)
    acts.withdraw_arrangement(by=subject_of(amina), code=code)
    with pytest.raises(Conflict, match="does not wait"):
        acts.agree_arrangement(by=kaisa, code=code)
    assert propose(amina)


@pytest.mark.parametrize("side", ["person", "manager"])
def test_either_side_ends_it_at_once_and_says_why(amina, kaisa, side):
    at_home(amina)
    code = agreed(amina, kaisa).code
    by, other = (subject_of(amina), kaisa.person_id) if side == "person" else (kaisa, amina.pk)
    with pytest.raises(Invalid):
        acts.end_arrangement(by=by, code=code, reason=" ")
    acts.end_arrangement(by=by, code=code, reason="I moved")
    assert there(amina) == (Zone.UNKNOWN, 1)
    assert Notice.objects.filter(kind="arrangement.ended", person_id=other).count() == 1
    with pytest.raises(Conflict):
        acts.end_arrangement(by=by, code=code, reason="Again")


def test_a_merge_takes_no_address_along(amina, town):
    at_home(amina)
    other = person("Amina M", town)
    merge_people(by=subject("Aino", town, Role.ADMINISTRATOR), stays=other, goes=amina)
    assert not HomeNetwork.objects.filter(person=other).exists()


# Its life


@pytest.mark.django_db(transaction=True)
def test_states_change_in_the_declared_ways_and_each_of_them_is_gone(django_db_setup):
    town = organisation("Norrby")
    amina, kaisa = person("Amina", town), subject("Kaisa", town, Role.COORDINATOR)
    with watching.states_of("people", ARRANGED):
        acts.withdraw_arrangement(by=subject_of(amina), code=propose(amina).code)
        acts.decline_arrangement(by=kaisa, code=propose(amina).code, reason="So.")
        acts.end_arrangement(by=kaisa, code=agreed(amina, kaisa).code, reason="So.")
        assert watching.seen() == watching.declared("people", ARRANGED)
    (life,) = ARRANGED
    assert set(life.waits_for) == set(life.states.values)


# Who decides


def test_nobody_agrees_to_their_own(town):
    kaisa = person("Kaisa", town, Role.COORDINATOR)
    code = propose(kaisa).code
    for act in (acts.agree_arrangement, lambda **more: acts.decline_arrangement(reason="So.", **more)):
        with pytest.raises(Denied, match="for yourself"):
            act(by=subject_of(kaisa), code=code)
    assert acts.agree_arrangement(by=subject("Aino", town, Role.ADMINISTRATOR), code=code)


def test_who_does_not_answer_for_the_person_sees_nothing_of_it(amina, town):
    code = propose(amina).code
    for other in (
        subject("Mei", town),
        subject("Ines", town, Role.SECURITY_OFFICER),
        subject("Kai", organisation("Elsewhere"), Role.COORDINATOR),
    ):
        for act in (acts.agree_arrangement, acts.withdraw_arrangement):
            with pytest.raises(Missing):
                act(by=other, code=code)


def test_both_are_told_and_the_log_says_no_more_than_it_must(amina, kaisa):
    code = propose(amina, note="Because of the children").code
    assert Notice.objects.get(kind="arrangement.proposed").person_id == kaisa.person_id
    acts.decline_arrangement(by=kaisa, code=code, reason="Not in December")
    assert Notice.objects.get(kind="arrangement.declined").person_id == amina.pk
    said = list(Event.objects.filter(action__startswith="people.arrangement.").order_by("pk"))
    assert [event.action.rpartition(".")[2] for event in said] == ["proposed", "declined"]
    assert "children" not in str([vars(event) for event in said])
    page = client_of(kaisa).get("/notices/").content.decode()
    assert "The arrangement of Amina waits for your decision." in page
    assert "Your arrangement was declined." in client_of(amina).get("/notices/").content.decode()


def test_where_the_own_organisation_has_no_coordinator_those_above_are_told(town):
    below = organisation("Quay office", town)
    kaisa, aino = subject("Kaisa", town, Role.COORDINATOR), subject("Aino", town, Role.ADMINISTRATOR)
    propose(person("Amina", below))
    told = set(Notice.objects.filter(kind="arrangement.proposed").values_list("person_id", flat=True))
    assert told == {kaisa.person_id, aino.person_id}


@pytest.mark.parametrize(
    ("lines", "more", "field"),
    [
        ([], {}, "place_1"),
        ([WEEK] * 4, {}, "place_1"),
        ([replace(WEEK, place="")], {}, "place_1"),
        ([WEEK, replace(WEEK, days=())], {}, "days_2"),
        ([replace(WEEK, days=(7,))], {}, "days_1"),
        ([replace(WEEK, ends=time(8))], {}, "ends_1"),
        ([replace(WEEK, level=3)], {}, "level_1"),
        ([WEEK], {"starts": DAY - timedelta(1)}, "starts"),
        ([WEEK], {"days": 0}, "ends"),
        ([WEEK], {"days": 367}, "ends"),
    ],
)
def test_what_cannot_be_agreed_is_said_at_its_field(amina, lines, more, field):
    starts = more.get("starts", DAY)
    ends = starts + timedelta(more.get("days", 90))
    with pytest.raises(Invalid) as refused:
        acts.propose_arrangement(by=subject_of(amina), lines=lines, starts=starts, ends=ends)
    assert set(refused.value.fields) == {field}


# Addresses


@pytest.mark.parametrize(
    ("written", "kept"),
    [("", "198.51.100.7/32"), ("192.0.2.9", "192.0.2.9/32"), ("2001:db8:1:2::5", "2001:db8:1:2::/64"), ("2001:db8:1:2::/64", "2001:db8:1:2::/64")],
)  # fmt: skip
def test_a_home_is_one_address_and_only_its_person_reads_it(amina, town, written, kept):
    made = at_home(amina, network=written)
    assert kept.partition("/")[0] not in f"{made.sealed} {made.mark}"
    assert kept.removesuffix("/32") in client_of(amina).get("/me/arrangement/").content.decode()
    other = person("Mei", town)
    assert at_home(other, network=written).mark != made.mark
    assert kept.partition("/")[0] not in str([vars(event) for event in Event.objects.all()])


@pytest.mark.parametrize(
    ("written", "words"),
    [("198.51.100.0/24", "wider"), ("2001:db8::/48", "wider"), ("10.1.2.3", "inside"), ("127.0.0.1", "inside"), ("fd00::1", "inside"), ("x", "no network")],
)  # fmt: skip
def test_what_is_no_home_is_refused(amina, written, words):
    with pytest.raises(Invalid) as refused:
        at_home(amina, network=written)
    assert words in refused.value.fields["network"]


@pytest.mark.parametrize(
    ("shown", "enough"),
    [
        ({"assurance": Assurance.TWO, "signed_in": MONDAY}, False),  # a password and a code, caught by a false page
        ({"key_used": MONDAY - timedelta(minutes=16)}, False),
        ({"key_used": MONDAY - timedelta(minutes=15)}, True),
        ({"device": Device.KNOWN}, False),
        ({"device": Device.MANAGED}, True),
        ({"zone": Zone.HOME}, False),
        ({"zone": Zone.OFFICE}, True),
        ({"zone": Zone.VPN}, True),
    ],
)
def test_who_declares_a_home_shows_a_key_a_managed_device_or_the_office_and_is_told(amina, shown, enough):
    if enough:
        at_home(amina, network="192.0.2.9", **shown)
        assert Notice.objects.get(kind="home.declared").person_id == amina.pk
        return
    with pytest.raises(StepUp) as refused:
        at_home(amina, network="192.0.2.9", **shown)
    assert refused.value.obligation == "security-key"
    assert not HomeNetwork.objects.exists()


def test_a_key_that_was_just_added_declares_no_home(amina):
    """Whoever caught a password and a code may add a key of their own."""
    added = Authenticator.objects.create(user=amina, type=Authenticator.Type.WEBAUTHN, data={})
    Authenticator.objects.update(created_at=MONDAY - timedelta(hours=23))
    with pytest.raises(StepUp):
        at_home(amina)
    Authenticator.objects.filter(pk=added.pk).update(created_at=MONDAY - timedelta(days=1))
    assert at_home(amina)


def test_three_addresses_at_most_and_each_is_forgotten_by_its_person_alone(amina, town):
    made = [at_home(amina, network=f"192.0.2.{number}") for number in range(3)]
    with pytest.raises(Conflict, match="3 addresses"):
        at_home(amina, network="192.0.2.9")
    with pytest.raises(Missing):
        remove_home(by=subject("Mei", town), number=made[0].pk)
    remove_home(by=subject_of(amina), number=made[0].pk)
    assert at_home(amina, network="192.0.2.9")


def test_a_new_secret_key_finds_the_same_addresses(amina, kaisa, settings):
    at_home(amina)
    agreed(amina, kaisa)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = (
        [settings.SECRET_KEY],
        "another secret key of fifty letters and more, at least",
    )
    assert there(amina) == (Zone.HOME, 2)
    assert reseal_homes().anew == 1
    settings.SECRET_KEY_FALLBACKS = []
    assert there(amina) == (Zone.HOME, 2)
    settings.SECRET_KEY = "a third secret key of fifty letters and more, or so one hopes"
    assert there(amina) == (Zone.UNKNOWN, 1)
    assert "cannot be read any more" in client_of(amina).get("/me/arrangement/").content.decode()


# Pages


def test_a_refusal_at_home_leads_to_the_arrangement_and_names_who_agrees(amina, kaisa, town, monday):
    from tests.microtasks.made import open_batch

    at_home(amina)
    agreed(amina, kaisa)
    monday.move_to(MONDAY + timedelta(hours=10))
    batch = open_batch(subject("Olga", town, Role.TASK_OWNER), town, sensitivity=2)
    page = client_of(amina).get(f"/work/{batch.code}/").content.decode()
    assert "needs an arrangement that allows it, in force now" in page
    assert 'href="/me/arrangement/"' in page
    assert "Kaisa" in page


def test_many_take_no_more_queries(amina, kaisa, town, django_assert_max_num_queries):
    agreed(amina, kaisa)
    for number in range(6):
        agreed(person(f"Mei {number}", town), subject(f"Kai {number}", town, Role.COORDINATOR))
        propose(person(f"Ida {number}", town))
        propose(amina, note=str(number))
        acts.decline_arrangement(
            by=kaisa, code=Arrangement.objects.get(person=amina, state="proposed").code, reason="So."
        )
    mine, theirs = client_of(amina), client_of(kaisa)
    with django_assert_max_num_queries(12):
        assert mine.get("/me/arrangement/").content.count(b"Declined") == 6
    with django_assert_max_num_queries(12):
        assert theirs.get("/arrangements/").content.count(b"Mei ") == 6


def test_it_is_proposed_agreed_and_ended_on_pages(amina, kaisa):
    mine, theirs = client_of(amina), client_of(kaisa)
    form = {"place_1": "At home", "days_1": ["0", "2"], "begins_1": "08:00", "ends_1": "16:00", "level_1": "2",
            "starts": "2026-11-30", "ends": "2027-02-01"}  # fmt: skip
    wrong = mine.post("/me/arrangement/", {**form, "ends_1": "07:00"})
    assert (wrong.status_code, b"after the one at which it begins" in wrong.content) == (422, True)
    assert mine.post("/me/arrangement/", {**form, "ends_1": ""}).status_code == 422
    assert ArrangementForm({**form, "ends_1": "24:00"}).is_valid()
    assert mine.post("/me/arrangement/", form).status_code == 302
    code = Arrangement.objects.get().code
    assert b"Monday, Wednesday" in theirs.get("/arrangements/").content
    assert b"Agree to it" in theirs.get(f"/arrangements/{code}/").content
    assert b"somebody else decides" in mine.get(f"/arrangements/{code}/").content
    assert theirs.post(f"/arrangements/{code}/", {"do": "agree"}).status_code == 302
    assert b"Use a passkey or security key" in mine.post("/me/arrangement/address/", {"place": "At home"}).content
    at_home(amina)
    page = mine.get("/me/arrangement/").content.decode()
    assert "you are here" in page
    assert "a home network" in page
    assert "198.51.100.7" not in theirs.get(f"/arrangements/{code}/").content.decode()
    assert theirs.post(f"/arrangements/{code}/", {"do": "end", "reason": ""}).status_code == 422
    assert theirs.post(f"/arrangements/{code}/", {"do": "end", "reason": "A new rule"}).status_code == 302
    assert "A new rule" in mine.get("/me/arrangement/").content.decode()
