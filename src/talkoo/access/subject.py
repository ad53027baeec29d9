"""Who is asking. Loaded once a request by `people` and handed in: this module knows no tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from talkoo.access.permissions import Role


@dataclass(frozen=True, slots=True)
class Subject:
    """A signed-in person as decisions need them.

    `roles` names, for each role held today, the organisations it reaches: the one of the membership and everything
    below it. `within` is the home organisation and everything above it: work open to any of those is open to them.
    """

    person_id: int
    name: str
    organisation_id: int | None = None
    organisation_name: str = ""
    roles: Mapping[Role, frozenset[int]] = field(default_factory=dict)
    within: frozenset[int] = frozenset()
    skills: frozenset[int] = frozenset()
    skills_to_grow: frozenset[int] = frozenset()

    def holds(self, role: Role) -> bool:
        return bool(self.roles.get(role))
