"""The person that a guest is, made when they come in for the first time."""

from talkoo.access.actions.entering import Entering
from talkoo.people.actions.persons import new_person
from talkoo.people.models import Organisation, Person


def guest_person(*, by: Entering, email: str, name: str, organisation: Organisation) -> Person:  # noqa: ARG001 - the action it is part of has looked at the link
    """Whoever is a guest already under this address, else somebody new: without role, organisation and password."""
    found = Person.objects.filter(email__iexact=email).first()
    return found or new_person(None, email, name, organisation)
