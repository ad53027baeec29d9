"""Looking through somebody's eyes: with what they read out, for half an hour, by who looks after all they look after."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from talkoo.access.permissions import Relation, Role
from talkoo.audit.models import Event
from talkoo.lib.errors import Denied, Invalid, Missing, StepUp
from talkoo.microtasks.models import BatchPerson
from talkoo.microtasks.queries.batches import known_batches, my_batches, seen_batches, tied_batches, ties
from talkoo.notify.models import Notice
from talkoo.people.actions.looking import allow_looking, begin_looking, stop_looking
from talkoo.people.models import Looking, Person, PersonSkill, Skill
from talkoo.people.queries import subject_of
from talkoo.people.queries.looking import eyes_of
from tests.microtasks.made import open_batch, send, take
from tests.people import by_password, enters, organisation, subject, with_a_code

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_counts")]


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def north(region):
    return organisation("Northtown", region)


@pytest.fixture
def eva(north):
    return subject("Eva Eager", north)


@pytest.fixture
def aino(north):
    return subject("Aino Administrator", north, Role.ADMINISTRATOR)


def code_of(by):
    return Person.objects.get(pk=by.person_id).code


def browser(by):
    return enters(Client(), Person.objects.get(pk=by.person_id))


def test_a_helper_sees_what_the_person_sees_and_the_person_is_told(eva, aino):
    said = allow_looking(by=eva)
    assert said not in str(list(Looking.objects.values()))
    client = browser(aino)
    assert client.post(reverse("look_begin", args=[code_of(eva)]), {"said": said.upper()}).url == "/"
    page = client.get("/").text
    assert "you look through the eyes of Eva Eager" in page
    assert client.get(reverse("people")).status_code == 403  # Eva has no such page
    assert client.post(reverse("profile"), {"name": "Eve"}).status_code == 403
    assert Notice.objects.get(kind="look.begun").person_id == eva.person_id
    begun = Event.objects.get(action="people.looking.begun")
    assert (begun.actor_id, begun.code) == (aino.person_id, code_of(eva))
    assert "Aino Administrator looks through your eyes" in browser(eva).get(reverse("look_along")).text
    assert client.post(reverse("look_end")).status_code == 302
    assert "you look through the eyes" not in client.get("/").text
    assert client.get(reverse("people")).status_code == 200


def test_what_is_for_the_persons_eyes_alone_is_left_out(eva, aino, north):
    batch = open_batch(subject("Olga", north, Role.TASK_OWNER), north)
    batch.skills.add(Skill.objects.create(code="law", name="Law", category="Law"))
    PersonSkill.objects.create(person_id=eva.person_id, skill=batch.skills.get(), level=2)
    again = with_a_code(subject_of(Person.objects.get(pk=eva.person_id)))
    send(again, take(again, batch))
    assert "Only you see this" in browser(eva).get("/").text
    client = browser(aino)
    client.post(reverse("look_begin", args=[code_of(eva)]), {"said": allow_looking(by=eva)})
    page = client.get("/").text
    assert "through the eyes" in page
    assert "Only you see this" not in page


def test_it_ends_by_the_clock_or_by_the_person_at_the_next_request(eva, aino):
    for end in (lambda: Looking.objects.update(until=timezone.now()), lambda: stop_looking(by=eva)):
        client = browser(aino)
        client.post(reverse("look_begin", args=[code_of(eva)]), {"said": allow_looking(by=eva)})
        assert "through the eyes" in client.get("/").text
        end()
        assert client.get(reverse("people")).status_code == 200
    assert begin_looking(by=aino, code=code_of(eva), said=allow_looking(by=eva)).until <= timezone.now() + timedelta(
        minutes=30
    )


def test_a_code_works_once_for_half_an_hour_and_only_the_last(eva, aino):
    first, second = allow_looking(by=eva), allow_looking(by=eva)
    for wrong in (first, "", "abc"):
        with pytest.raises(Invalid):
            begin_looking(by=aino, code=code_of(eva), said=wrong)
    begin_looking(by=aino, code=code_of(eva), said=second)
    with pytest.raises(Invalid):
        begin_looking(by=aino, code=code_of(eva), said=second)
    third = allow_looking(by=eva)
    Looking.objects.filter(ended=None).update(until=timezone.now())
    with pytest.raises(Invalid):
        begin_looking(by=aino, code=code_of(eva), said=third)


def test_nobody_looks_further_than_they_look_after(eva, aino, region, north):
    """Whose roles reach further, oneself, people of others and helpers without the permission: each is refused."""
    above = subject("Dora Director", region, Role.COORDINATOR)
    Person.objects.get(pk=above.person_id).memberships.create(organisation=north, role=Role.CONTRIBUTOR)
    with pytest.raises(Denied):
        begin_looking(by=aino, code=code_of(above), said=allow_looking(by=above))
    with pytest.raises(Denied):
        begin_looking(by=aino, code=code_of(aino), said=allow_looking(by=aino))
    said = allow_looking(by=eva)
    with pytest.raises(Denied):
        begin_looking(by=subject("Kaisa", north, Role.COORDINATOR), code=code_of(eva), said=said)
    with pytest.raises(Missing):
        begin_looking(by=subject("Abel", organisation("South"), Role.ADMINISTRATOR), code=code_of(eva), said=said)
    with pytest.raises(StepUp):  # who decides over others shows a second factor
        begin_looking(by=subject_of(Person.objects.get(pk=aino.person_id)), code=code_of(eva), said=said)


def test_a_helper_who_lost_the_role_or_somebody_who_was_given_more_is_looked_through_no_more(eva, aino, region):
    looking = begin_looking(by=aino, code=code_of(eva), said=allow_looking(by=eva))
    assert eyes_of(aino, looking.code) is not None
    assert eyes_of(eva, looking.code) is None
    person = Person.objects.get(pk=eva.person_id)
    person.memberships.create(organisation=region, role=Role.COORDINATOR)
    assert eyes_of(aino, looking.code) is None


def test_a_helper_whose_session_fell_to_one_factor_looks_no_more(eva, aino):
    looking = begin_looking(by=aino, code=code_of(eva), said=allow_looking(by=eva))
    assert eyes_of(aino, looking.code) is not None
    assert eyes_of(by_password(aino), looking.code) is None


def test_what_lies_outside_of_the_helpers_care_is_not_shown_for_being_the_persons(eva, aino, north):
    south = organisation("Southtown")
    theirs = open_batch(subject("Otto", south, Role.TASK_OWNER), south, title="Southern letters", sensitivity=1)
    ours = open_batch(subject("Olga", north, Role.TASK_OWNER), north, title="Northern letters", sensitivity=1)
    for batch in (theirs, ours):
        batch.audience.set([batch.organisation])
        for relation in (Relation.OWNER, Relation.REVIEWER):
            BatchPerson.objects.create(batch=batch, person_id=eva.person_id, relation=relation)
    looking = begin_looking(by=aino, code=code_of(eva), said=allow_looking(by=eva))
    seen = eyes_of(aino, looking.code)
    for found in (seen_batches, known_batches, my_batches, tied_batches):
        assert theirs in found(with_a_code(eva))
        assert set(found(seen)) & {theirs, ours} == {ours}
    theirs.audience.clear()  # offered to everybody: seen as that, and no results for it
    assert Relation.OWNER in ties(eva, theirs)
    assert not ties(seen, theirs)
    assert ties(seen, ours)


def test_wrong_codes_are_slowed(eva, aino):
    client, where = browser(aino), reverse("look_begin", args=[code_of(eva)])
    answers = [client.post(where, {"said": "abc"}).text for _ in range(7)]
    assert "tried too often" not in answers[0]
    assert "tried too often" in answers[-1]
