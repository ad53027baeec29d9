"""What other slices ask of people."""

from talkoo.people.queries.persons import anyone_exists, personas
from talkoo.people.queries.subject import subject_of

__all__ = ["anyone_exists", "personas", "subject_of"]
