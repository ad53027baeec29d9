"""The lives of things that have states: which there are, who moves each on, and the ways between them, as one table a slice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import TextChoices

BEGINS = ""
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Way:
    """From a state (BEGINS: from nothing) to another, and how that happens."""

    source: str
    target: str
    how: str


@dataclass(frozen=True, slots=True)
class Life:
    """One kind of thing: its states, who moves it on from each (nobody: it may stay so for good), and the ways."""

    thing: str
    states: type[TextChoices]
    waits_for: Mapping[str, str]
    ways: tuple[Way, ...]

    @property
    def final(self) -> set[str]:
        return {state for state, who in self.waits_for.items() if who == NOBODY}


def written(source: str, lives: Sequence[Life], title: str = "States") -> str:
    """The page of reference: a diagram and a table for each."""
    head = f"# {title}\n\nMade from `{source}`; a test holds both to what the database does.\n"
    return "\n".join([head, *(_section(life) for life in lives)])


def _section(life: Life) -> str:
    arrows = [f"    {way.source or '[*]'} --> {way.target}: {way.how}" for way in life.ways]
    arrows += [f"    {state} --> [*]" for state in life.states.values if state in life.final]
    rows = [f"| {state} | {label} | {life.waits_for[state]} |" for state, label in life.states.choices]
    head = [f"## {life.thing.capitalize()}", "", "```mermaid", "stateDiagram-v2"]
    table = ["| state | on the page | waits for |", "|---|---|---|"]
    return "\n".join([*head, *arrows, "```", "", *table, *rows, ""])
