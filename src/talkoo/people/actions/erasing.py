"""The half of erasing somebody (GDPR Art. 17) that is about who they are."""

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict
from talkoo.people.models import Invitation, Organisation, Person
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import access_person


@transaction.atomic
def empty_person(*, by: Subject, code: str) -> list[Person]:
    """Leave the row of a person and nothing of them in it; rows that were merged into it and their invitations too.

    Needs the permission in every organisation where they ever held a role. Returns the rows that were emptied. Raises
    Missing for a foreign person, Conflict while the account is open or where they were erased before.
    """
    person = Person.objects.select_for_update().get(pk=access_person(by, code).pk)
    for place in Organisation.objects.filter(memberships__person=person).distinct():
        authorise(by, Permission.PERSON_ERASE, on=resource(place))
    _check(person)
    them = [person, *Person.objects.select_for_update().filter(merged_into=person)]
    for each in them:
        _empty(each)
        audit.record(by=by, action="people.person.erased", on=("person", each.code), organisation_id=by.organisation_id)
    return them


@transaction.atomic
def empty_past_guest(*, person: Person) -> None:
    """The same of a guest, who never held a role; in the transaction of the action that erases them."""
    _empty(person)
    audit.record(by=None, action="people.person.erased", on=("person", person.code))


def _check(person: Person) -> None:
    if person.erased is not None:
        raise Conflict(_("Their personal data was erased already."), _("There is nothing to do."))
    if person.is_active:
        raise Conflict(
            _("The account of %(name)s is open.") % {"name": person.name},
            _("Close it first: whoever is still here needs what is held of them."),
        )


def _empty(person: Person) -> None:
    """The name is written in the language of the house: everybody reads it from then on."""
    with override(settings.LANGUAGE_CODE):
        person.name = _("Somebody who was erased")
    person.email, person.title = f"erased-{person.code}@invalid.invalid", ""
    person.is_active, person.erased, person.last_login = False, timezone.now(), None
    person.language = person.formats = person.persona_part = person.persona_words = ""
    person.sessions_ended += 1
    person.set_unusable_password()
    person.save()
    Invitation.objects.filter(person=person).update(email=person.email, name="")
