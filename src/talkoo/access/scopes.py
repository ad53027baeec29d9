"""What a token can be given: each scope is a bundle of permissions, named for who reads the list.

A token never does more than its scopes, and a personal token never more than its person. `WITHHELD` is what no token
does, whoever made it: giving roles that reach beyond one's own work, making tokens, reading the log.
"""

from collections.abc import Iterable

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from talkoo.access.permissions import Permission

P = Permission


class Scope(TextChoices):
    BATCHES_READ = "batches:read", _("See batches and their items")
    BATCHES_WRITE = "batches:write", _("Make batches, bring in items, open and close them")
    RESULTS_READ = "results:read", _("Read and export results")
    TASKS_ANSWER = "tasks:answer", _("Take tasks and answer them")
    REVIEWS_WRITE = "reviews:write", _("Decide what people could not agree on")
    PEOPLE_READ = "people:read", _("See people and organisations")
    PEOPLE_WRITE = "people:write", _("Invite people, give and end roles")
    WEBHOOKS_WRITE = "webhooks:write", _("Register, rotate and remove webhooks")


PERMISSIONS: dict[Scope, frozenset[P]] = {
    Scope.BATCHES_READ: frozenset({P.BATCH_SEE}),
    Scope.BATCHES_WRITE: frozenset({P.BATCH_SEE, P.BATCH_CREATE, P.BATCH_EDIT}),
    Scope.RESULTS_READ: frozenset({P.BATCH_SEE, P.BATCH_RESULTS, P.BATCH_EXPORT}),
    Scope.TASKS_ANSWER: frozenset({P.BATCH_SEE, P.TASK_ANSWER}),
    Scope.REVIEWS_WRITE: frozenset({P.BATCH_SEE, P.TASK_REVIEW}),
    Scope.PEOPLE_READ: frozenset({P.PEOPLE_SEE}),
    Scope.PEOPLE_WRITE: frozenset({P.PEOPLE_SEE, P.PEOPLE_INVITE, P.MEMBERSHIP_EDIT}),
    Scope.WEBHOOKS_WRITE: frozenset({P.WEBHOOK_EDIT}),  # of its own, in no other: see ADR 15
}
OF_PEOPLE = frozenset({Scope.TASKS_ANSWER, Scope.REVIEWS_WRITE})  # judging is for people: no service may
WITHHELD = frozenset(
    {
        P.ROLE_COORDINATOR,
        P.ROLE_ADMINISTRATOR,
        P.ORGANISATION_EDIT,
        P.NETWORK_EDIT,
        P.RULES_EDIT,
        P.CLEARANCE_EDIT,
        P.ARRANGEMENT_DECIDE,
        P.SKILL_EDIT,
        P.TOKEN_MANAGE,
        P.AUDIT_SEE,
        P.MEASURES_SEE,
        P.MEASURES_AGREE,
        P.MEASURES_NONE,
        P.QUESTION_REPLY,
        P.PERSON_ERASE,
        P.REGISTER_SEE,
        P.VIEWING_SEE,
        P.BATCH_HOLD,
        P.PROTECTION_DEFAULTS,
        P.EMERGENCY_ASK,
        P.EMERGENCY_AGREE,
        P.GUEST_INVITE,
        P.LOOK_ALONG,
        P.ACCOUNT_RESCUE,
        P.GUEST_END,
    }
)


def for_services() -> list[Scope]:
    return [scope for scope in Scope if scope not in OF_PEOPLE]


def permitted(scopes: Iterable[str]) -> frozenset[P]:
    """The permissions of these scopes; one that a later version took away permits nothing."""
    known = [PERMISSIONS[Scope(scope)] for scope in scopes if scope in Scope.values]
    return frozenset().union(*known)
