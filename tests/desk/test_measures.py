"""What is measured of people runs where a works council agreed to just that, and the page says exactly what runs."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import ProgrammingError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from talkoo.access import counting
from talkoo.access.models import CouncilWord
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import Resource, allows, measuring
from talkoo.access.queries.measures import DECISIONS
from talkoo.access.queries.measuring import runs
from talkoo.audit.models import Event
from talkoo.desk.actions.measures import agree_measures, state_no_council
from talkoo.desk.queries import measures as stating
from talkoo.desk.queries.measures import measures, statement, statement_version
from talkoo.lib.errors import Conflict, Denied, Invalid, StepUp
from talkoo.microtasks.actions.refit import refit_batch
from talkoo.microtasks.models import Reliability
from talkoo.microtasks.queries.measures import RELIABILITY
from talkoo.people.models import Person
from talkoo.people.queries import subject_of
from tests import agreed
from tests.microtasks.made import open_batch, send, take
from tests.people import by_password, enters, organisation, person, subject, with_a_code

pytestmark = pytest.mark.django_db
ALL = [each.key for each in measures()]


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """The database is asked each time."""
    monkeypatch.setattr(measuring, "known", agreed.asked)
    monkeypatch.setattr(measuring, "SECONDS", 0)
    measuring.forget()


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def council(north):
    return subject("Cecilia", north, Role.WORKS_COUNCIL)


def agree(by, place, keys=ALL):
    return agree_measures(by=by, organisation=place, keys=keys, words="Meeting of May", version=statement_version())


def test_nothing_runs_before_anybody_said_something(north):
    assert not runs(RELIABILITY, north.pk)
    assert not runs(RELIABILITY, None)


def test_what_was_agreed_to_runs_there_and_below_and_nowhere_else(north, council, region):
    office, south = organisation("Office", north), organisation("Southtown", region)
    agree(council, north, [DECISIONS.key])
    places = (north, office, south, region)
    assert [runs(DECISIONS, place.pk) for place in places] == [True, True, False, False]
    assert not any(runs(RELIABILITY, place.pk) for place in places)
    agree(subject("Rosa", region, Role.WORKS_COUNCIL), region, [RELIABILITY.key])
    assert [runs(RELIABILITY, place.pk) for place in places] == [False, False, True, True]
    agree(council, north, [])
    assert [runs(DECISIONS, place.pk) for place in places] == [False] * 4


def test_other_words_are_another_measure_and_wait_for_consent(north, council, monkeypatch):
    agree(council, north)
    more = replace(RELIABILITY, seen_by="Their superiors")
    assert runs(RELIABILITY, north.pk)
    assert not runs(more, north.pk)
    monkeypatch.setattr(stating, "MICROTASKS", (more,))
    said = statement(north)
    assert [(state.measure.key, state.runs) for state in said.states if state.waits] == [(more.key, False)]
    assert said.changed


def test_the_version_follows_rules_holdings_and_settings_and_no_language(settings, monkeypatch):
    first = statement_version()
    with override("sv"):
        assert statement_version() == first
    found = {first}
    settings.AUDIT_SYSLOG = "syslog+tls://siem.test.example:6514"
    found.add(statement_version())
    settings.AUDIT_SYSLOG_FACTS = True
    found.add(statement_version())
    monkeypatch.setattr(stating, "HOLDINGS", stating.HOLDINGS[1:])
    found.add(statement_version())
    monkeypatch.setattr(stating, "_rules", lambda: ["Another rule."])
    found.add(statement_version())
    assert len(found) == 5


def test_only_the_works_council_agrees_and_only_an_administrator_says_there_is_none(north, region):
    administrator = subject("Aino", north, Role.ADMINISTRATOR)
    for by in (administrator, subject("Ingrid", north, Role.SECURITY_OFFICER), subject("Amina", north)):
        with pytest.raises(Denied):
            agree(by, north)
    member = subject("Cecilia", region, Role.WORKS_COUNCIL)
    with pytest.raises(Conflict, match="Cecilia is or was in it"):
        state_no_council(by=administrator, organisation=north, words="Small office")
    with pytest.raises(Denied):
        state_no_council(by=member, organisation=north, words="Small office")
    assert not CouncilWord.objects.exists()


def test_who_decides_over_people_there_does_not_consent_in_their_name_and_nobody_by_a_password(north, region):
    for role in (Role.ADMINISTRATOR, Role.COORDINATOR, Role.SECURITY_OFFICER):
        both = person(f"Bo {role}", north, Role.WORKS_COUNCIL)
        both.memberships.create(organisation=region, role=role)
        with pytest.raises(Denied, match="do not speak for"):
            agree(with_a_code(subject_of(both)), north)
    by = subject("Cecilia", north, Role.WORKS_COUNCIL)
    with pytest.raises(StepUp):
        agree(by_password(by), north)
    with pytest.raises(StepUp):
        state_no_council(by=by_password(subject("Aino", region, Role.ADMINISTRATOR)), organisation=region, words="So")
    agree(by, north)


def test_there_is_no_council_only_long_after_the_last_role_and_over_no_word_of_one(north):
    administrator = subject("Aino", north, Role.ADMINISTRATOR)
    held = person("Cecilia", north, Role.WORKS_COUNCIL).memberships.filter(role=Role.WORKS_COUNCIL)
    today = timezone.localdate()
    for ends in (today, today - timedelta(89)):
        held.update(starts=today - timedelta(400), ends=ends)
        with pytest.raises(Conflict, match="Cecilia is or was in it"):
            state_no_council(by=administrator, organisation=north, words="Small office")
    held.update(ends=None)
    agree(with_a_code(subject_of(Person.objects.get(name="Cecilia"))), north, [])
    held.update(ends=today - timedelta(90))
    with pytest.raises(Conflict, match="agreed to stands"):
        state_no_council(by=administrator, organisation=north, words="Small office")
    assert not runs(RELIABILITY, north.pk)


def test_that_there_was_none_below_gives_way_to_a_council_founded_above(north, region):
    office = organisation("Office", north)
    for place in (north, region):
        state_no_council(by=subject("Aino", region, Role.ADMINISTRATOR), organisation=place, words="Nobody yet")
    agree(subject("Rosa", region, Role.WORKS_COUNCIL), region, [RELIABILITY.key])
    places = (region, north, office)
    assert [(runs(RELIABILITY, place.pk), runs(DECISIONS, place.pk)) for place in places] == [(True, False)] * 3
    assert statement(north).word.organisation == region
    agree(subject("Cecilia", north, Role.WORKS_COUNCIL), north, [DECISIONS.key])
    assert [runs(DECISIONS, place.pk) for place in places] == [False, True, True]


def test_the_application_changes_and_deletes_no_word(north, council):
    word = agree(council, north)
    for change in (lambda: CouncilWord.objects.update(words="Another"), lambda: CouncilWord.objects.all().delete()):
        with pytest.raises(ProgrammingError), transaction.atomic():
            change()
    assert CouncilWord.objects.get().words == word.words


def test_where_there_is_no_council_everything_runs_and_the_log_says_who_said_so(north):
    administrator = subject("Aino", north, Role.ADMINISTRATOR)
    state_no_council(by=administrator, organisation=north, words="Small office")
    assert runs(RELIABILITY, north.pk)
    assert runs(replace(RELIABILITY, what="Anything"), north.pk)
    told = Event.objects.get(action="people.measures.no-council")
    assert (told.actor_id, told.organisation_id, told.facts["statement"]) == (
        administrator.person_id, north.pk, statement_version(),
    )  # fmt: skip


def test_what_was_not_read_as_it_is_and_what_says_nothing_is_not_recorded(north, council):
    with pytest.raises(Conflict, match="has changed since you read it"):
        agree_measures(by=council, organisation=north, keys=ALL, words="Meeting", version="of before")
    for keys, words in ((ALL, " "), (ALL, "x" * 401), (["nothing"], "Meeting")):
        with pytest.raises(Invalid):
            agree_measures(by=council, organisation=north, keys=keys, words=words, version=statement_version())


def test_reliability_is_kept_only_where_it_was_agreed_to(north, council):
    owner, amina, otto = (subject(name, north) for name in ("Olga", "Amina", "Otto"))
    batch = open_batch(owner, north, tasks=2)
    for by in (amina, otto):
        send(by, take(by, batch))
    refit_batch(batch)
    assert not Reliability.objects.exists()
    agree(council, north)
    send(amina, take(amina, batch))
    refit_batch(batch)
    assert set(Reliability.objects.values_list("person", flat=True)) == {amina.person_id, otto.person_id}


def test_decisions_are_counted_only_where_it_was_agreed_to(north, council, monkeypatch):
    monkeypatch.setattr(counting.Tally, "counts", {})
    by, work = subject("Ingrid", north, Role.COORDINATOR), Resource("batch", "b", north.pk, sensitivity=1)
    assert allows(by, Permission.BATCH_SEE, work)
    assert counting.taken() == {}
    agree(council, north)
    counting.taken()
    assert allows(by, Permission.BATCH_SEE, work)
    assert sum(counting.taken().values()) == 1


def test_a_process_asks_once_a_minute(north, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(measuring, "SECONDS", 60)
    with django_assert_num_queries(2):
        assert [runs(RELIABILITY, north.pk) for _ in range(3)] == [False] * 3
    measuring.forget()
    with django_assert_num_queries(2):
        runs(RELIABILITY, north.pk)


def client_of(home, *roles, name="Ingrid"):
    return enters(Client(), person(name, home, *roles))


def test_the_page_before_and_after_consent_and_after_a_change(north, monkeypatch):
    member = client_of(north, Role.WORKS_COUNCIL, name="Cecilia")
    where = reverse("measures", args=[north.code])
    assert member.get(reverse("measures_all")).headers["Location"] == where
    page = member.get(where).text
    assert "Nobody has said anything of this yet" in page
    assert page.count("Waits for consent") == len(ALL)
    assert page.count("Does not run") == 2
    said = {"do": "agree", "keys": ALL, "version": statement_version()}
    assert member.post(where, {**said, "words": "  "}).status_code == 422
    assert member.post(where, {**said, "words": "Meeting of May"}).status_code == 302
    page = member.get(where).text
    assert "Nothing has changed since." in page
    assert "“Meeting of May”" in page
    assert "Waits for consent" not in page
    monkeypatch.setattr(stating, "MICROTASKS", (replace(RELIABILITY, kept="For ever"),))
    page = member.get(where).text
    assert "1 measure waits for its consent" in page
    late = member.post(where, {**said, "keys": ALL[:1], "words": "Late"})
    assert late.status_code == 422
    assert "has changed since you read it" in late.text
    assert late.text.count(" checked") == 1


def test_others_read_it_and_an_administrator_says_that_there_is_none(north):
    where = reverse("measures", args=[north.code])
    page = client_of(north, Role.SECURITY_OFFICER).get(where).text
    assert "Nobody has said anything" in page
    assert "What the works council agrees to" not in page
    administrator = client_of(north, Role.ADMINISTRATOR, name="Aino")
    assert "No works council here?" in administrator.get(where).text
    assert administrator.post(where, {"do": "none", "words": "Small office"}).status_code == 302
    assert "There is no works council in Northtown, as Aino stated" in administrator.get(where).text
    person("Cecilia", north, Role.WORKS_COUNCIL)
    assert "No works council here?" not in administrator.get(where).text
    assert client_of(north, name="Amina").get(where).status_code == 404


def test_the_page_takes_few_queries(north, council, django_assert_max_num_queries, monkeypatch):
    monkeypatch.setattr(measuring, "SECONDS", 60)
    agree(council, north)
    client = client_of(north, Role.AUDITOR)
    with django_assert_max_num_queries(12):
        client.get(reverse("measures", args=[north.code]))
