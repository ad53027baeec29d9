"""The fixed cast. Two towns under one region, people with one role each, so that a test reads as a sentence."""

from dataclasses import replace
from itertools import count

from django.test import Client
from django.utils import timezone

from talkoo.access.context import Assurance, Zone
from talkoo.access.deciding import at_best
from talkoo.access.permissions import Role
from talkoo.access.proofs import Proof
from talkoo.access.sign_ins import FACTS, SignIn
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.people.models import Membership, Organisation, Person, Placement
from talkoo.people.queries import subject_of

_numbers = count(1)


def organisation(name: str, parent: Organisation | None = None) -> Organisation:
    made = Organisation.objects.create(name=name)
    Placement.objects.create(organisation=made, parent=parent)
    return made


def person(name: str, home: Organisation, *roles: Role) -> Person:
    """A contributor of `home`, holding the other roles there too."""
    made = Person.objects.create(email=f"{name.lower().replace(' ', '.')}.{next(_numbers)}@test.example", name=name)
    for role in {Role.CONTRIBUTOR, *roles}:
        Membership.objects.create(person=made, organisation=home, role=role)
    return made


def surely(by: Subject) -> Subject:
    """The same person as surely as can be: a key used just now, in the office, on a managed device."""
    return at_best(by)


def subject(name: str, home: Organisation, *roles: Role) -> Subject:
    """As most people sign in: with a second factor, a moment ago."""
    return with_a_code(subject_of(person(name, home, *roles)))


def erased_person(code: str = "katta234") -> Person:
    """Somebody whose row says that they were erased, with the entry of the log that says so: what its erasing goes by."""
    made = Person.objects.create(code=code, email=f"{code}@test.example", is_active=False, erased=timezone.now())
    audit.record(by=None, action="people.person.erased", on=("person", code))
    return made


def with_a_code(by: Subject) -> Subject:
    return replace(by, context=replace(by.context, assurance=Assurance.TWO, signed_in=timezone.now()))


def by_password(by: Subject) -> Subject:
    return replace(by, context=replace(by.context, assurance=Assurance.ONE, signed_in=timezone.now()))


def enters(client: Client, who: Person) -> Client:
    """Sign in without the pages, as by a password and a code."""
    client.force_login(who)
    proof = Proof(Assurance.TWO, timezone.now(), None, ("password", "totp"))
    held = SignIn.of(proof, before=None, now=proof.at, agent="", zone=Zone.UNKNOWN)
    session = client.session
    session[FACTS] = held.kept()
    session.save()
    return client
