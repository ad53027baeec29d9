"""Organisations, people, skills and personas of the demonstration."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from talkoo.access.deciding import at_best
from talkoo.access.models import CouncilWord
from talkoo.access.permissions import Role
from talkoo.access.subject import Subject
from talkoo.desk.actions.measures import agree_measures
from talkoo.desk.demo.content import Someone, json_of, people, places
from talkoo.desk.queries.measures import measures, statement_version
from talkoo.people.actions.memberships import grant_role
from talkoo.people.actions.networks import declare_network
from talkoo.people.actions.organisations import add_organisation, edit_organisation, end_organisation
from talkoo.people.actions.persons import add_person
from talkoo.people.actions.showcase import found_region, invite_long_ago, make_persona
from talkoo.people.actions.skills import load_starter_skills, state_skill
from talkoo.people.models import Membership, NetworkZone, Organisation, Person, PersonSkill, Skill
from talkoo.people.queries import subject_of


def administrator() -> Subject:
    """Who fills the house: the administrator among the people, founding it where it is empty."""
    top = places()[0]
    first = next(person for person in people() if (Role.ADMINISTRATOR, top.code) in person.roles)
    found = found_region(
        code=top.code, name=top.name, starts=top.starts, email=first.email, administrator=first.name, title=first.title
    )
    return at_best(subject_of(found))  # whoever loads a demonstration has a shell


def add_organisations(by: Subject) -> Subject:
    """Those that are not there yet, then the ends of those that were followed by others."""
    known = {place.code: place for place in Organisation.objects.all()}
    for place in places()[1:]:
        if place.code not in known:
            parent = known[place.parent]
            known[place.code] = add_organisation(
                by=by, name=place.name, parent=parent, starts=place.starts, code=place.code
            )
            by = at_best(subject_of(Person.objects.get(pk=by.person_id)))
    for place in places():
        edit_organisation(by=by, organisation=known[place.code], name=place.name, kind=place.kind, colour=place.colour)
        if place.ends and known[place.code].ends is None:
            end_organisation(by=by, organisation=known[place.code], successor=known[place.successor], day=place.ends)
    return by


def declare_own_machine(by: Subject) -> None:
    """Whoever tries the demonstration sits in the office: it runs on their own machine."""
    region = Organisation.objects.get(code=places()[0].code)
    for network in ("127.0.0.0/8", "::1/128"):
        declare_network(by=by, organisation=region, network=network, zone=NetworkZone.OFFICE, label=_("This machine"))


def add_people(by: Subject) -> None:
    """People with their roles and what they say of themselves, in the order of the file."""
    load_starter_skills()
    places_by_code = {place.code: place for place in Organisation.objects.all()}
    skills = {skill.code: skill for skill in Skill.objects.all()}
    stated = set(PersonSkill.objects.values_list("person__email", flat=True))
    held = set(Membership.objects.values_list("person__email", "role", "organisation__code"))
    for person in people():
        _add_roles(by, person, places_by_code, held)
        if person.email not in stated:
            _state_skills(person, skills)


def _add_roles(
    by: Subject, person: Someone, known: Mapping[str, Organisation], held: set[tuple[str, str, str]]
) -> None:
    found = Person.objects.filter(email=person.email).first()
    for role, code in person.roles:
        if (person.email, role, code) in held:
            continue
        where = known[code]
        if found is None:
            found = add_person(
                by=by,
                email=person.email,
                name=person.name,
                organisation=where,
                role=role,
                title=person.title,
                starts=person.since,
            )
        else:
            grant_role(by=by, person=found, organisation=where, role=role, starts=person.since)


def _state_skills(person: Someone, skills: Mapping[str, Skill]) -> None:
    found = subject_of(Person.objects.get(email=person.email))
    for code, level, grow in person.skills:
        state_skill(by=found, skill=skills[code], level=level, grow=grow)


def invite_some(by: Subject) -> None:
    """Two in Norrby who have not answered, one of them for so long that the link has run out."""
    known = {place.code: place for place in Organisation.objects.all()}
    for email, name, code, days in (
        ("nora.wik@norrby.example", "Nora Wik", "streets", 9),
        ("leif.dahl@norrby.example", "Leif Dahl", "schools", 20),
    ):
        invite_long_ago(by=by, email=email, name=name, organisation=known[code], days=days)


def offer_personas() -> list[tuple[str, str, str]]:
    """Flag the personas; returns name, part and what one sees of each."""
    offered = []
    for raw in json_of("personas.json")["personas"]:
        make_persona(person=Person.objects.get(email=raw["email"]), part=raw["part"], words=raw["see"])
        offered.append((raw["name"], raw["part"], raw["see"]))
    return offered


def agree_to_measures() -> None:
    """The works council of the region has agreed to what is measured, unless something was said before."""
    top = Organisation.objects.get(code=places()[0].code)
    member = Membership.objects.filter(organisation=top, role=Role.WORKS_COUNCIL).select_related("person").first()
    if member and not CouncilWord.objects.exists():
        words = _("Agreed in the meeting of the council on 1 October")
        keys = [each.key for each in measures()]
        agree_measures(
            by=at_best(subject_of(member.person)), organisation=top, keys=keys, words=words, version=statement_version()
        )
