"""May this person, or this service? Pure look-ups in the declaration of `permissions`."""

from dataclasses import dataclass

from talkoo.access.permissions import BY_RELATION, BY_ROLE, Permission, Relation
from talkoo.access.subject import Subject


@dataclass(frozen=True, slots=True)
class Resource:
    """What is touched: the organisation it belongs to and how the asking person is tied to it."""

    kind: str
    code: str
    organisation_id: int | None = None
    relations: frozenset[Relation] = frozenset()


def allows(by: Subject | None, permission: Permission, on: Resource) -> bool:
    if by is None or (by.through and permission not in by.through.permissions):
        return False
    if any(permission in BY_RELATION[relation] for relation in on.relations):
        return True
    return on.organisation_id in organisations_where(by, permission)


def organisations_where(by: Subject, permission: Permission) -> frozenset[int]:
    """The organisations in which a role or a service token gives the permission; the SQL twin of `allows`."""
    if by.through and permission not in by.through.permissions:
        return frozenset()
    if by.through and by.through.reach is not None:
        return by.through.reach
    reached = [organisations for role, organisations in by.roles.items() if permission in BY_ROLE[role]]
    return frozenset().union(*reached)
