"""May this person, or this service? Permissions by look-ups in the declaration, then the rules."""

from dataclasses import dataclass

from talkoo.access.counting import count, counting
from talkoo.access.deciding import decided, request_of, rules_of
from talkoo.access.permissions import BY_RELATION, BY_ROLE, Permission, Relation
from talkoo.access.queries.measures import DECISIONS
from talkoo.access.queries.measuring import runs
from talkoo.access.subject import Subject
from talkoo.engines.policy import Act, Circumstances, Decision, Person, Request, Thing

TIED = frozenset({Relation.OWNER, Relation.REVIEWER, Relation.PICKED})
OF_WORK = frozenset({"batch", "assignment"})
HIGHEST = 3


@dataclass(frozen=True, slots=True)
class Resource:
    """What is touched: the organisation it belongs to and how the asking person is tied to it.

    `sensitivity` is that of the work in it, 0 to 3; what holds no work has none, and work that states none is taken
    for restricted. `named` are the organisations whose people it was expressly opened to. `own_work` says that the
    person made what they would decide on. `host` is the code of the batch that it is or lies in: what a guest may be
    invited to.
    """

    kind: str
    code: str
    organisation_id: int | None = None
    relations: frozenset[Relation] = frozenset()
    sensitivity: int | None = None
    named: frozenset[int] = frozenset()
    own_work: bool = False
    host: str = ""

    @property
    def level(self) -> int:
        return (HIGHEST if self.kind in OF_WORK else 0) if self.sensitivity is None else self.sensitivity


def allows(by: Subject | None, permission: Permission, on: Resource, *, counted: bool = True) -> bool:
    return by is not None and gives(by, permission, on) and decision(by, permission, on, counted=counted).allowed


def gives(by: Subject, permission: Permission, on: Resource) -> bool:
    """Whether a role, a tie or a token gives the permission, whatever the rules say."""
    if by.through and permission not in by.through.permissions:
        return False
    if any(permission in BY_RELATION[relation] for relation in on.relations):
        return True
    return on.organisation_id in organisations_where(by, permission)


def decision(by: Subject, permission: Permission, on: Resource, *, counted: bool = True) -> Decision:
    """What the rules say to somebody who has the permission, with the reasons. `counted` is False where it is only asked
    what would be."""
    thing = Thing(
        sensitivity=on.level,
        tied=bool(on.relations & TIED),
        ours=on.organisation_id in by.within,
        named=bool(on.named & by.within),
        care=on.organisation_id in organisations_where(by, permission),
        own_work=on.own_work,
        rules=rules_of(by, on.organisation_id),
        emergency=Relation.EMERGENCY in on.relations,
        host=by.visit is not None and bool(on.host) and on.host == by.visit.batch,
    )
    request = request_of(by, permission, thing)
    if counted and counting() and runs(DECISIONS, on.organisation_id):
        count(on.organisation_id, request)
    return decided(request)


def for_guests(by: Subject, organisation: int, level: int) -> Decision:
    """What the rules would say to a guest who came by mail link and answers work of this level: asked of nobody, before
    somebody is invited. `by` only knows what the organisation forbids."""
    thing = Thing(level, rules=rules_of(by, organisation), host=True)
    return decided(Request(Act.WORK, Person(clearance=0, guest=True), thing, Circumstances()))


def organisations_where(by: Subject, permission: Permission) -> frozenset[int]:
    """The organisations in which a role or a service token gives the permission; the SQL twin of `gives`."""
    if by.through and permission not in by.through.permissions:
        return frozenset()
    if by.through and by.through.reach is not None:
        return by.through.reach
    reached = [organisations for role, organisations in by.roles.items() if permission in BY_ROLE[role]]
    return frozenset().union(*reached)
