"""The list of people: found without accents, filtered, paged without numbers, changed together, taken along safely."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Conflict, Denied, Invalid
from talkoo.microtasks.actions.merging import merge_people
from talkoo.people.actions.many import end_for_many, give_to_many, invite_many, move_many
from talkoo.people.actions.memberships import grant_role
from talkoo.people.folding import fold
from talkoo.people.models import Invitation, Membership, Person
from talkoo.people.queries.members import ON_A_PAGE, Asked, counts, page_of
from tests.people import organisation, person, subject

pytestmark = pytest.mark.django_db


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def south(region):
    return organisation("Southtown", region)


@pytest.fixture
def kaisa(north):
    return subject("Kaisa", north, Role.COORDINATOR)


def client_of(by):
    client = Client()
    client.force_login(Person.objects.get(pk=by.person_id))
    return client


def names(place, **asked):
    return [each.name for each in page_of(Asked(frozenset({place.pk}), **asked), frozenset({place.pk})).people]


@pytest.mark.parametrize("words", ["ines", "INÊS", "inês cos", "costa ines", "Ines.Costa"])
def test_people_are_found_whatever_the_case_and_the_accents(north, words):
    person("Inês Costa", north)
    Person.objects.update(email="ines.costa@north.example")
    person("Somebody", north)
    assert names(north, words=words) == ["Inês Costa"]


def test_the_column_of_the_database_folds_as_python_does(north):
    for name in ("Łukasz Ångström", "Αθηνά Ωμέγα", "Ђорђе Ёлкин", "Straße Øst"):
        made = person(name, north)
        made.refresh_from_db()
        assert made.folded.startswith(fold(name))


def test_a_page_begins_after_a_person_and_nobody_is_seen_twice_or_missed(north):
    for number in range(2 * ON_A_PAGE + 3):
        person("Same Name" if number % 2 else f"Name {number}", north)
    reach, seen, after = frozenset({north.pk}), [], ""
    while True:
        page = page_of(Asked(reach, after=after), reach)
        seen += [each.pk for each in page.people]
        assert page.count == 2 * ON_A_PAGE + 3
        if not page.after:
            break
        after = page.after
    assert len(seen) == len(set(seen)) == page.count
    back = page_of(Asked(reach, before=page.before), reach)
    assert [each.pk for each in back.people] == seen[ON_A_PAGE : 2 * ON_A_PAGE]
    first = page_of(Asked(reach, before=back.before), reach)
    assert [each.pk for each in first.people] == seen[:ON_A_PAGE]
    assert not first.before
    assert names(north, after="nobody-has-this") == names(north)


def test_role_and_state_narrow_the_list_and_are_counted(north):
    owner, gone, closed = person("Owner", north, Role.TASK_OWNER), person("Gone", north), person("Closed", north)
    gone.memberships.update(ends=timezone.localdate())
    Person.objects.filter(pk=closed.pk).update(is_active=False)
    Person.objects.filter(pk=owner.pk).update(last_login=timezone.now(), joined=timezone.now() + timedelta(days=1))
    assert names(north, role="task_owner") == ["Owner"]
    assert names(north, state="left") == ["Gone"]
    assert names(north, state="closed") == ["Closed"]
    assert names(north, sort="newest")[0] == "Owner"
    assert counts(frozenset({north.pk})) == {"here": 1, "new": 1, "left": 1, "closed": 1}


# Several at once


def test_a_role_is_given_to_all_or_to_none(north, south, kaisa):
    people = [person(f"P{n}", north) for n in range(3)]
    with pytest.raises(Denied):
        give_to_many(by=kaisa, people=people, role=Role.ADMINISTRATOR, organisation=north)
    with pytest.raises(Denied):
        give_to_many(by=kaisa, people=people, role=Role.TASK_OWNER, organisation=south)
    Membership.objects.create(person=people[0], organisation=north, role=Role.TASK_OWNER)
    done = give_to_many(by=kaisa, people=people, role=Role.TASK_OWNER, organisation=north)
    assert (done.changed, done.already) == (2, 1)
    planned = timezone.localdate() + timedelta(days=9)
    Membership.objects.create(person=people[2], organisation=north, role=Role.COORDINATOR, starts=planned)
    with pytest.raises(Conflict) as refused:
        give_to_many(by=kaisa, people=people, role=Role.COORDINATOR, organisation=north)
    assert "P2" in refused.value.message
    assert Membership.objects.filter(role=Role.COORDINATOR, person__in=people).count() == 1
    done = end_for_many(by=kaisa, people=people, role=Role.TASK_OWNER, organisation=north)
    assert (done.changed, done.already) == (3, 0)


def test_several_move_on_one_day(region, north, south):
    by, people = subject("Dora", region, Role.COORDINATOR), [person(f"P{n}", north) for n in range(3)]
    day = timezone.localdate() + timedelta(days=3)
    done = move_many(by=by, people=[*people, person("Other", south)], source=north, target=south, day=day)
    assert (done.changed, done.already) == (3, 1)
    assert Membership.objects.filter(organisation=south, starts=day).count() == 3


def test_what_will_happen_to_whom_is_shown_before_several_are_changed(north, kaisa):
    people = [person(f"P{n}", north) for n in range(2)]
    form = {
        "person": [each.code for each in people], "act": "give", "role": "task_owner", "organisation": north.code,
        "target": "", "day": "",
    }  # fmt: skip
    client = client_of(kaisa)
    page = client.post(reverse("people_many"), form).content.decode()
    assert "Change 2 people?" in page
    assert not Membership.objects.filter(role="task_owner").exists()
    assert client.post(reverse("people_many"), {**form, "sure": "1"}).status_code == 302
    assert Membership.objects.filter(role="task_owner").count() == 2
    assert client.post(reverse("people_many"), {**form, "act": "move"}).status_code == 422


def test_addresses_of_a_text_are_invited_once_each(north, kaisa):
    here = person("Here", north)
    text = f"a@x.example, Bea Berg <b@x.example>\n\nA@x.example; {here.email}"
    done = invite_many(by=kaisa, addresses=text, organisation=north, role="contributor", site="http://x")
    assert (done.changed, done.already) == (2, 1)
    assert set(Invitation.objects.values_list("email", "name")) == {("a@x.example", ""), ("b@x.example", "Bea Berg")}


def test_a_line_without_an_address_invites_nobody(north, south, kaisa):
    with pytest.raises(Invalid) as refused:
        invite_many(by=kaisa, addresses="a@x.example\nno address", organisation=north, role="contributor", site="")
    assert "Line 2" in refused.value.message
    assert not Invitation.objects.exists()
    with pytest.raises(Denied):
        invite_many(by=kaisa, addresses="a@x.example", organisation=south, role="contributor", site="")


def test_the_file_of_people_runs_nothing_and_leaves_a_line_in_the_log(north, south, kaisa):
    made = person("Mallory", north)
    Person.objects.filter(pk=made.pk).update(name='=HYPERLINK("x")')
    person("Stranger", south)
    reply = client_of(kaisa).get(reverse("people_export"), {"role": "contributor"})
    text = b"".join(reply.streaming_content).decode("utf-8-sig")
    assert text.splitlines()[0] == "name,email,title,organisation,code,role,from,until,account"
    assert "\"'=HYPERLINK" in text
    assert "Stranger" not in text
    assert Event.objects.filter(action="people.members.exported", actor_id=kaisa.person_id).count() == 1


# Nobody gives a role to themselves (ADR 16)


def test_a_coordinator_gives_no_role_to_themselves_in_any_way(north, kaisa):
    me = Person.objects.get(pk=kaisa.person_id)
    with pytest.raises(Denied):
        grant_role(by=kaisa, person=me, organisation=north, role=Role.TASK_OWNER)
    with pytest.raises(Denied):
        give_to_many(by=kaisa, people=[me], role=Role.TASK_OWNER, organisation=north)
    with pytest.raises(Denied):
        invite_many(by=kaisa, addresses=me.email, organisation=north, role=Role.TASK_OWNER, site="http://x")
    assert Event.objects.filter(action="people.membership.granted").count() == 0


def test_an_administrator_may_because_they_could_have_another_do_it(north):
    by = subject("Aino", north, Role.ADMINISTRATOR)
    grant_role(by=by, person=Person.objects.get(pk=by.person_id), organisation=north, role=Role.COORDINATOR)
    assert Membership.objects.filter(role=Role.COORDINATOR).count() == 1


@pytest.mark.parametrize("role", [Role.WORKS_COUNCIL, Role.AUDITOR])
def test_nobody_makes_themselves_one_of_those_who_watch_over_them(north, role):
    by = subject("Aino", north, Role.ADMINISTRATOR)
    me, other = Person.objects.get(pk=by.person_id), person("Aino again", north, role)
    with pytest.raises(Denied):
        grant_role(by=by, person=me, organisation=north, role=role)
    with pytest.raises(Denied):
        invite_many(by=by, addresses=me.email, organisation=north, role=role, site="http://x")
    with pytest.raises(Denied):
        merge_people(by=by, stays=me, goes=other)
    assert not me.memberships.filter(role=role).exists()
