"""Name and time over what may not be passed on: so that whoever does is known by it. It prevents no photo of a screen."""

from dataclasses import dataclass

LETTER = 9  # units of the drawing that a letter takes at most, on average
ROOM = 70  # units between two
LONGEST = 60  # letters of a name


@dataclass(frozen=True, slots=True)
class Mark:
    """Who looks, and when, in words."""

    name: str
    time: str

    @property
    def words(self) -> str:
        return f"{self.name[:LONGEST]} · {self.time}"

    @property
    def width(self) -> int:
        """How wide one field of the pattern is, in units of the drawing."""
        return LETTER * len(self.words) + ROOM
