"""Who is asking. Loaded once a request by `people` and handed in: this module knows no tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from talkoo.access.context import WEAKEST, Context
from talkoo.access.permissions import Permission, Role
from talkoo.engines.policy import Rules

USUAL = 2  # the clearance of whom nobody cleared for more, or for less


@dataclass(frozen=True, slots=True)
class Credential:
    """The token somebody speaks through. It only takes away: what it does not permit, its bearer may not do either.

    `reach` names the organisations of a service, which is no person and may do there what the token permits; it is
    None where the token speaks for a person.
    """

    token: str
    permissions: frozenset[Permission]
    reach: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """What a guest is here for: the code of one batch, empty where none is open to them now. `agreed` says whether they
    accepted the terms that hold today."""

    batch: str = ""
    agreed: bool = False


@dataclass(frozen=True, slots=True)
class Helper:
    """Who looks through somebody's eyes, and until when; the subject is that somebody, who agreed to it.

    `reach` are the organisations that the helper looks after: batches of others are not shown for being tied to them.
    """

    person_id: int
    name: str
    until: datetime
    reach: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody signed in, or a service, as decisions need them.

    `roles` names, for each role held today, the organisations it reaches: the one of the membership and everything
    below it. `within` is the home organisation and everything above it: work open to any of those is open to them.
    `time_zone` is the one in which they read moments, empty for that of the house.
    `through` is the token that speaks; None for a person in a browser. A service has the id 0, which no person has.
    `context` is how surely and from where they ask; the weakest where nobody looked, as in a job.
    `clearance` is the highest level of sensitivity they were cleared for, `home_level` the highest that an arrangement in
    force allows them at home. `house_rules` says what organisations forbid, by organisation; most forbid nothing.
    `levels` are the names that their organisation has for the four levels, from open up; empty where it has none.
    `helper` is who really asks, where somebody looks through this person's eyes; they only look.
    `emergencies` are the codes of batches that they may look at now, because somebody else agreed that it is one.
    `visit` is what a guest was invited to, and None for everybody else: a guest has no organisation and no roles.
    """

    person_id: int
    name: str
    organisation_id: int | None = None
    organisation_name: str = ""
    roles: Mapping[Role, frozenset[int]] = field(default_factory=dict)
    within: frozenset[int] = frozenset()
    skills: frozenset[int] = frozenset()
    skills_to_grow: frozenset[int] = frozenset()
    time_zone: str = ""
    through: Credential | None = None
    context: Context = WEAKEST
    suspended: bool = False
    clearance: int = USUAL
    home_level: int = 1
    house_rules: Mapping[int, Rules] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    visit: Visit | None = None
    helper: Helper | None = None
    emergencies: frozenset[str] = frozenset()

    def holds(self, role: Role) -> bool:
        return bool(self.roles.get(role))

    @property
    def is_service(self) -> bool:
        return self.through is not None and self.through.reach is not None

    @property
    def author_id(self) -> int | None:
        """Who stands in a row as the one that wrote it: nobody where a service did, a helper as themselves."""
        if self.helper is not None:
            return self.helper.person_id
        return None if self.is_service else self.person_id

    @property
    def token(self) -> str:
        """The code of the token that speaks, for the log; empty for a person in a browser."""
        return self.through.token if self.through else ""
