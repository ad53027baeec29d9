"""How somebody is spoken to who is not the one that asks: by mail, and in what a job writes down for them."""

from contextlib import AbstractContextManager

from talkoo.lib.formats import Reader
from talkoo.lib.languages import speaking
from talkoo.people.models import Person


def spoken_to(person: Person | None) -> AbstractContextManager[None]:
    """In the language and the formats this person chose; those of the house for who chose none, or has no account."""
    return speaking(person.language, Reader(person.formats)) if person else speaking("")
