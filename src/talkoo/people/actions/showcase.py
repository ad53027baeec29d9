"""What only the demonstration does to people and organisations: begin in the past, and offer people for trying out."""

import secrets
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict
from talkoo.people.actions.invitations import DAYS
from talkoo.people.actions.memberships import add_membership
from talkoo.people.actions.persons import new_person
from talkoo.people.actions.turns import take_turn
from talkoo.people.models import Invitation, Organisation, Person, Placement
from talkoo.people.queries.organisations import resource


@transaction.atomic
def found_region(*, code: str, name: str, starts: date, email: str, administrator: str, title: str = "") -> Person:
    """Put an organisation at the top of an empty house, with one administrator, both from a past day on.

    Done again, it returns that administrator. Raises Conflict where other organisations are here already: the
    demonstration never mixes with real people.
    """
    take_turn("first run")
    here = Organisation.objects.filter(code=code, name=name).first()
    if here is None and Organisation.objects.exists():
        raise Conflict(
            _("There are organisations in this database already."),
            _("The demonstration needs an empty one: name another TALKOO_VAR or database."),
        )
    if here is None:
        here = Organisation.objects.create(code=code, name=name, starts=starts)
        Placement.objects.create(organisation=here, parent=None, starts=starts)
        audit.record(by=None, action="people.organisation.founded", on=("organisation", code), organisation_id=here.pk)
    person = Person.objects.filter(email=email).first()
    if person is None:
        person = new_person(None, email, administrator, here, title=title)
        add_membership(None, person, here, Role.ADMINISTRATOR, starts=starts)
    return person


@transaction.atomic
def invite_long_ago(*, by: Subject, email: str, name: str, organisation: Organisation, days: int) -> Invitation:
    """An invitation that nobody took, so that somebody has to unblock it. No mail goes out; done again, it is found."""
    authorise(by, Permission.PEOPLE_INVITE, on=resource(organisation))
    found = Invitation.objects.filter(email=email, organisation=organisation).first()
    if found is not None:
        return found
    sent = timezone.now() - timedelta(days=days)
    made = Invitation.objects.create(
        token_hash=secrets.token_hex(32), email=email, name=name, organisation=organisation, invited_by_id=by.person_id,
        sent=sent, expires=sent + timedelta(days=DAYS),
    )  # fmt: skip
    on = ("invitation", str(made.pk))
    audit.record(by=by, action="people.invitation.made", on=on, organisation_id=organisation.pk)
    return made


@transaction.atomic
def make_persona(*, person: Person, part: str, words: str) -> Person:
    """Offer a person of the demonstration on the sign-in page: `part` is their role in a word, `words` what one sees."""
    person = Person.objects.select_for_update().get(pk=person.pk)
    if (person.persona_part, person.persona_words) != (part, words):
        person.persona_part, person.persona_words = part, words
        person.save(update_fields=["persona_part", "persona_words"])
        audit.record(by=None, action="people.persona.offered", on=("person", person.code), part=part)
    return person
