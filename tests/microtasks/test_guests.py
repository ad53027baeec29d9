"""Guests: invited to one open batch, in by a link that works once, and nowhere else."""

import hashlib
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import talkoo
from talkoo.access.actions.entering import Entering
from talkoo.access.models import Session
from talkoo.access.permissions import Relation, Role
from talkoo.access.queries import allows
from talkoo.access.visiting import LONGEST, TERMS
from talkoo.audit.models import Event
from talkoo.desk.actions.erasing import erase_person
from talkoo.engines.policy import Rules
from talkoo.lib.errors import Conflict, Denied, Invalid, Missing, TooMany
from talkoo.microtasks.actions import guests as inviting
from talkoo.microtasks.actions.batch_people import add_person
from talkoo.microtasks.actions.guest_links import AT_ONCE, ask_for_link, come_in, mail_invitation_to_guest, mail_link
from talkoo.microtasks.actions.guests import accept_terms, empty_guests, end_guest, invite_guest
from talkoo.microtasks.models import Answer, Batch, Guest, GuestLink, Sensitivity
from talkoo.microtasks.queries.batches import open_batches, readable, resource, seen_batches
from talkoo.microtasks.queries.crowd import crowd
from talkoo.microtasks.queries.guests import guest_share, staying
from talkoo.microtasks.queries.protection import crosses
from talkoo.people.actions.memberships import add_membership
from talkoo.people.actions.rules import decide_rules, propose_rules
from talkoo.people.models import Person
from talkoo.people.queries import subject_of
from tests.microtasks.made import open_batch, send, state_data, take
from tests.people import organisation, subject

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_counts")]
SITE = "https://talkoo.example"
GWEN = "gwen@outside.example"


@pytest.fixture
def north():
    return organisation("Northtown")


@pytest.fixture
def owner(north):
    return subject("Olga Owner", north, Role.TASK_OWNER)


@pytest.fixture
def batch(owner, north):
    made = open_batch(
        owner, north, title="Name the park", sensitivity=Sensitivity.OPEN, adaptive=False, least=2, most=9
    )
    state_data(owner, made)
    return made


@pytest.fixture
def other(owner, north):
    return open_batch(owner, north, title="Another matter", sensitivity=Sensitivity.OPEN)


def invite(owner, batch, email=GWEN, **more):
    until = more.pop("until", timezone.localdate() + timedelta(days=30))
    return invite_guest(by=owner, code=batch.code, email=email, name="Gwen Guest", until=until, site=SITE, **more)


def token_of(guest):
    """The one in the mail that goes out now."""
    assert mail_link(number=guest.pk, site=SITE)
    return re.search(rf"{SITE}/guest/in/(\S+)/", mail.outbox[-1].body)[1]


def inside(guest, *, agreed=True):
    """A browser in which the guest has signed in by their link."""
    client = Client()
    assert client.post(reverse("guest_enter", args=[token_of(guest)])).url == reverse("guest_home")
    if agreed:
        assert client.post(reverse("guest_terms"), {"agree": "on"}).url == reverse("guest_home")
    return client


def as_guest(guest, **more):
    come_in(by=Entering(None), token=token_of(guest))
    guest.refresh_from_db()
    return subject_of(guest.person, visit=guest.code, **more)


def test_a_guest_comes_by_mail_accepts_the_terms_answers_and_sees_nothing_else(owner, batch, other):
    guest = invite(owner, batch)
    assert mail_invitation_to_guest(number=guest.pk, site=SITE)
    assert f"{SITE}/guest/?invitation={guest.code}" in mail.outbox[-1].body
    assert "Name the park" not in mail.outbox[-1].body
    client = inside(guest, agreed=False)
    work = reverse("work", args=[batch.code])
    for page in (work, reverse("my_data"), reverse("guest_home"), "/"):
        assert client.get(page).url == reverse("guest_terms")
    assert client.post(reverse("guest_terms"), {"csrfmiddlewaretoken": "x"}).status_code == 422
    client.post(reverse("guest_terms"), {"agree": "on"})
    assert "Name the park" in client.get(reverse("guest_home")).text
    task = client.post(work).url
    client.post(task, {"key": "6f1b0d0e-8f1c-4c38-9d5e-2f0f6f6b7a11", "choice": "1"})
    assert Answer.objects.get().assignment.person == Guest.objects.get().person
    for page in (reverse("work", args=[other.code]), reverse("batch", args=[batch.code]), reverse("people"), "/me/"):
        assert client.get(page).status_code == 404
    assert {client.get(page).status_code for page in (work, reverse("work_answers", args=[batch.code]))} == {200}
    assert b"Gwen Guest" in client.post(reverse("my_data_file")).content


def test_a_link_works_once_for_a_quarter_of_an_hour_and_lies_nowhere(owner, batch):
    guest = invite(owner, batch)
    token = token_of(guest)
    assert GuestLink.objects.get().hash == hashlib.sha256(token.encode()).hexdigest()
    enter = reverse("guest_enter", args=[token])
    assert Client().get(enter).status_code == Client().head(enter).status_code == 200  # scanners of mail follow links
    assert Client().post(enter).status_code == 302
    assert Client().post(enter).status_code == Client().get(enter).status_code == 404
    late = token_of(guest)
    GuestLink.objects.filter(used=None).update(expires=timezone.now() - timedelta(seconds=1))
    assert Client().post(reverse("guest_enter", args=[late])).status_code == 404


def test_asking_for_a_link_takes_none_away_and_fills_no_mailbox(owner, batch):
    guest = invite(owner, batch)
    first, *_others = (token_of(guest) for _link in range(AT_ONCE))
    assert not mail_link(number=guest.pk, site=SITE)
    assert Client().post(reverse("guest_enter", args=[first])).status_code == 302
    assert Client().post(reverse("guest_enter", args=[first])).status_code == 404


def test_who_asks_for_the_link_of_somebody_else_locks_them_out_nowhere_else():
    asked, here = reverse("guest_ask"), {"REMOTE_ADDR": "192.0.2.7"}
    assert [Client().post(asked, {"email": GWEN}, **here).status_code for _ in range(4)] == [302, 302, 302, 422]
    assert Client().post(asked, {"email": GWEN}, REMOTE_ADDR="198.51.100.9").status_code == 302
    there = [f"203.0.113.{n}" for n in range(34)]
    statuses = [Client().post(asked, {"email": GWEN}, REMOTE_ADDR=each).status_code for each in there]
    assert statuses.count(302) == 32, "36 a day in all"


def test_one_person_invites_fifty_a_day(owner, batch, monkeypatch):
    monkeypatch.setattr(inviting, "A_DAY", 2)
    for email in ("a@outside.example", "b@outside.example"):
        invite(owner, batch, email=email)
    with pytest.raises(TooMany, match="2 guests"):
        invite(owner, batch, email="c@outside.example")
    Guest.objects.update(invited=timezone.now() - timedelta(hours=25))
    invite(owner, batch, email="c@outside.example")


@pytest.mark.parametrize(
    ("found", "index"),
    [(staying(GWEN), "guest_email_upper"), (Person.objects.filter(email__iexact=GWEN), "person_email_upper")],
)
def test_an_address_is_found_by_an_index(found, index):
    """A public form and every sign-in ask for one."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert index in found.explain()


def test_known_and_unknown_addresses_are_answered_alike_and_asked_for_seldom(owner, batch, django_assert_num_queries):
    guest = invite(owner, batch)
    answers, asked = [], reverse("guest_ask")
    for said in (
        {"email": GWEN},
        {"email": "nobody@outside.example"},
        {"invitation": guest.code},
        {"invitation": "zzz"},
    ):
        answer = Client().post(asked, said)
        answers.append((answer.status_code, answer.url, answer.content))
    assert len(set(answers)) == 1
    for email in (GWEN, "nobody@outside.example"):
        with django_assert_num_queries(5):
            ask_for_link(by=Entering(None), email=email, code="", site=SITE)
    lines = Event.objects.filter(action="microtasks.guest.link-asked").order_by("pk")[:2]
    assert [line.code for line in lines] == [guest.code, ""]
    statuses = [Client().post(asked, {"email": "gwen2@outside.example"}).status_code for _ in range(4)]
    assert statuses == [302, 302, 302, 422]


def test_an_invitation_ends_by_its_day_or_a_click_at_the_next_request(owner, batch, north):
    guest = invite(owner, batch)
    client, home = inside(guest), reverse("guest_home")
    assert client.get(home).status_code == 200
    Guest.objects.update(until=timezone.now())
    assert client.get(home).status_code == 302
    Guest.objects.update(until=timezone.now() + timedelta(days=1))
    assert client.get(home).status_code == 302, "the session is over for good"
    client = inside(guest)
    end_guest(by=subject("Aino", north, Role.ADMINISTRATOR), code=guest.code)
    assert client.get(home).status_code == 302
    with pytest.raises(Missing):
        end_guest(by=subject("Abel", organisation("South"), Role.ADMINISTRATOR), code=guest.code)
    with pytest.raises(Missing):
        end_guest(by=subject("Carl", north), code=guest.code)
    assert not mail_link(number=guest.pk, site=SITE)


def test_a_session_of_a_guest_is_short(owner, batch):
    client = inside(invite(owner, batch))
    row = Session.objects.get(person__isnull=False)
    assert (row.assurance, row.methods) == (1, ["guest-link"])
    Session.objects.update(seen=timezone.now() - timedelta(minutes=32))
    assert client.get(reverse("guest_home")).status_code == 302


def test_only_its_owner_invites_to_open_work_and_for_no_longer_than_ninety_days(owner, batch, north):
    day = timezone.localdate()
    for until in (day - timedelta(days=1), day + timedelta(days=LONGEST + 1)):
        with pytest.raises(Invalid) as refused:
            invite(owner, batch, until=until)
        assert set(refused.value.fields) == {"until"}
    for by in (subject("Carl", north), subject("Abel", organisation("South"), Role.TASK_OWNER)):
        with pytest.raises((Denied, Missing)):
            invite(by, batch)
    with pytest.raises(Denied):
        invite(subject("Kaisa", north, Role.COORDINATOR), batch)
    assert invite(owner, batch, until=day + timedelta(days=LONGEST)).until > timezone.now() + timedelta(
        days=LONGEST - 1
    )
    with pytest.raises(Conflict):
        invite(owner, batch)
    for level in (Sensitivity.INTERNAL, Sensitivity.CONFIDENTIAL):
        Batch.objects.update(sensitivity=level)
        with pytest.raises(Denied):
            invite(owner, batch, email="x@outside.example")


def test_guests_are_outsiders_so_what_is_asked_of_their_data_is_stated_first(owner, other):
    assert not crosses(other)
    with pytest.raises(Invalid) as refused:
        invite(owner, other)
    assert "State first" in refused.value.fields["email"]
    assert not Guest.objects.exists()
    state_data(owner, other)
    invite(owner, other)
    assert crosses(other)


def test_an_organisation_can_forbid_guests_by_its_own_rules(batch, north, owner):
    for rules in ({"guests": 0}, {"second_factor": 0}):
        strict = replace(owner, house_rules={north.pk: Rules(**rules)})
        with pytest.raises(Denied):
            invite(strict, batch, email=f"{next(iter(rules))}@outside.example")


def test_a_rule_of_the_house_shuts_out_guests_of_before(owner, batch, north):
    client = inside(invite(owner, batch))
    work = reverse("work", args=[batch.code])
    assert client.get(work).status_code == 200
    one, two = (subject(name, north, Role.SECURITY_OFFICER) for name in ("Ines", "Ivar"))
    change = propose_rules(by=one, organisation=north, rules={"guests": 0}, because="Ours alone")
    decide_rules(by=two, organisation=north, number=change.pk, approve=True)
    assert client.get(work).status_code == 404


def test_work_that_is_open_no_more_is_gone_for_its_guests(owner, batch):
    by = as_guest(invite(owner, batch))
    held = take(by, batch)
    assert list(open_batches(by)) == list(seen_batches(by)) == [batch]
    assert Batch.objects.filter(readable(by)).count() == 1
    batch.sensitivity = Sensitivity.INTERNAL
    batch.save()
    assert not open_batches(by).exists()
    assert not Batch.objects.filter(readable(by)).exists()
    assert not allows(by, "microtasks:batch:see", resource(by, batch))
    with pytest.raises(Denied):
        take(by, held.batch)


def test_a_guest_has_no_organisation_no_role_and_no_part_to_be_given(owner, batch, other):
    guest = invite(owner, batch)
    by = as_guest(guest)
    assert (by.organisation_id, by.roles, by.within, by.clearance) == (None, {}, frozenset(), 0)
    assert not by.visit.agreed
    accept_terms(by=by)
    assert subject_of(guest.person, visit=guest.code).visit.agreed
    with pytest.raises(Denied):
        take(by, other)
    with pytest.raises(Invalid):
        add_person(by=owner, code=other.code, email=GWEN, relation=Relation.REVIEWER)
    assert not subject_of(guest.person).visit.batch, "without a link nothing is open"


def test_a_link_by_mail_opens_no_account(owner, batch, north):
    """Somebody with a part here gets no link; a guest who joined is shown out and signs in as usual."""
    eva = subject("Eva", north)
    email = Person.objects.get(pk=eva.person_id).email
    known = invite(owner, batch, email=email)
    assert not mail_link(number=known.pk, site=SITE)
    assert mail_invitation_to_guest(number=known.pk, site=SITE)
    assert "You have an account here already" in mail.outbox[-1].body
    guest = invite(owner, batch)
    client, waiting = inside(guest), token_of(guest)
    add_membership(None, Guest.objects.get(pk=guest.pk).person, north, Role.COORDINATOR)
    assert client.get(reverse("people")).status_code == 302
    assert Client().post(reverse("guest_enter", args=[waiting])).status_code == 404


def test_a_password_makes_nobody_more_than_a_guest(owner, batch):
    guest = invite(owner, batch)
    as_guest(guest)
    guest.person.set_password("many boats in the harbour")
    guest.person.save()
    client = Client()
    client.post("/accounts/login/", {"login": GWEN, "password": "many boats in the harbour"})
    assert client.get(reverse("record")).status_code == 302


def test_guests_count_apart_from_organisations_and_only_where_there_are_several(owner, batch, north):
    people = [subject(f"Carl {n}", north) for n in range(5)]
    guests = [as_guest(invite(owner, batch, email=f"g{n}@outside.example")) for n in range(5)]
    for by in [*people, *guests[:4]]:
        send(by, take(by, batch))
    few = crowd(batch)
    assert (few.people, few.organisations, few.guests, few.tells_guests) == (5, 1, 4, False)
    for _ in range(2):
        send(guests[4], take(guests[4], batch))
    seen = crowd(batch)
    assert (seen.people, seen.organisations, seen.guests, seen.tells_guests) == (5, 1, 5, True)
    assert guest_share(batch).answers == 6
    assert seen.name(None) == "Other organisations and guests"


def test_an_erased_guest_leaves_a_number_and_no_name(owner, batch, north):
    guest = invite(owner, batch)
    by = as_guest(guest)
    send(by, take(by, batch))
    empty_guests(by=owner, person=by.person_id)
    guest.refresh_from_db()
    assert (guest.name, GWEN in guest.email, guest.over) == ("", False, True)
    assert guest_share(batch).people == 1
    with pytest.raises(Missing):
        erase_person(by=subject("Aino", north, Role.ADMINISTRATOR), code=guest.person.code)


def test_other_words_for_guests_are_another_version():
    """Whoever changes the words counts TERMS up, so that every guest is asked again; then writes the new sum here."""
    words = Path(talkoo.__file__).parent / "microtasks/templates/microtasks/_guest_terms.html"
    assert (TERMS, hashlib.sha256(words.read_bytes()).hexdigest()[:12]) == (1, "8ded8c251dc7")
