"""Who may do what: the whole declaration, to be read from top to bottom. What is not written here is refused.

A role is held in an organisation (a dated membership) and reaches that organisation and all below it.
A relation is what ties a person to one batch: being its owner, its reviewer, somebody it is open to, or
somebody picked for an item of it.
"""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    CONTRIBUTOR = "contributor", _("Contributor")
    TASK_OWNER = "task_owner", _("Task owner")
    COORDINATOR = "coordinator", _("Coordinator")
    SECURITY_OFFICER = "security_officer", _("Security officer")
    AUDITOR = "auditor", _("Auditor")
    WORKS_COUNCIL = "works_council", _("Works council")
    ADMINISTRATOR = "administrator", _("Administrator")


class Relation(StrEnum):
    OWNER = "owner"
    REVIEWER = "reviewer"
    PARTICIPANT = "participant"
    PICKED = "picked"  # of one item of restricted work: nobody takes part in such work otherwise
    EMERGENCY = "emergency"


class Permission(StrEnum):
    """scope:resource:action, after the thing that is touched."""

    BATCH_CREATE = "microtasks:batch:create"
    BATCH_SEE = "microtasks:batch:see"
    BATCH_EDIT = "microtasks:batch:edit"
    BATCH_RESULTS = "microtasks:batch:results"
    BATCH_EXPORT = "microtasks:batch:export"
    TASK_ANSWER = "microtasks:task:answer"
    TASK_REVIEW = "microtasks:task:review"
    QUESTION_REPLY = "microtasks:question:reply"
    REGISTER_SEE = "microtasks:register:see"
    BATCH_HOLD = "microtasks:batch:hold"
    EMERGENCY_ASK = "microtasks:emergency:ask"
    EMERGENCY_AGREE = "microtasks:emergency:agree"
    GUEST_INVITE = "microtasks:guest:invite"
    GUEST_END = "microtasks:guest:end"
    PROTECTION_DEFAULTS = "microtasks:protection:defaults"
    VIEWING_SEE = "microtasks:viewing:see"
    PEOPLE_SEE = "people:person:see"
    PEOPLE_INVITE = "people:person:invite"
    PERSON_ERASE = "people:person:erase"
    MEMBERSHIP_EDIT = "people:membership:edit"
    ROLE_COORDINATOR = "people:membership:make-coordinator"
    ROLE_ADMINISTRATOR = "people:membership:make-administrator"
    ARRANGEMENT_DECIDE = "people:arrangement:decide"
    ORGANISATION_EDIT = "people:organisation:edit"
    ACCOUNT_RESCUE = "people:person:rescue"
    LOOK_ALONG = "people:person:look-along"
    NETWORK_EDIT = "people:network:edit"
    RULES_EDIT = "people:rules:edit"
    CLEARANCE_EDIT = "people:clearance:edit"
    TOKEN_MANAGE = "access:token:manage"  # noqa: S105 - the name of a permission
    WEBHOOK_EDIT = "notify:webhook:edit"
    SKILL_EDIT = "people:skill:edit"
    AUDIT_SEE = "audit:event:see"
    MEASURES_SEE = "desk:measures:see"
    MEASURES_AGREE = "desk:measures:agree"
    MEASURES_NONE = "desk:measures:state-no-council"


P = Permission

BY_ROLE: dict[Role, frozenset[Permission]] = {
    Role.CONTRIBUTOR: frozenset(),
    Role.TASK_OWNER: frozenset({P.BATCH_CREATE, P.WEBHOOK_EDIT}),
    Role.COORDINATOR: frozenset(
        {
            P.BATCH_SEE,
            P.BATCH_RESULTS,
            P.PEOPLE_SEE,
            P.PEOPLE_INVITE,
            P.MEMBERSHIP_EDIT,
            P.ROLE_COORDINATOR,
            P.ARRANGEMENT_DECIDE,
            P.REGISTER_SEE,
            P.PROTECTION_DEFAULTS,
            P.GUEST_END,
            P.EMERGENCY_ASK,
        }
    ),
    # Who holds data back is neither its owner nor who answers for the numbers: a hold keeps evidence from both.
    Role.SECURITY_OFFICER: frozenset(
        {
            P.AUDIT_SEE,
            P.MEASURES_SEE,
            P.REGISTER_SEE,
            P.BATCH_HOLD,
            P.NETWORK_EDIT,
            P.RULES_EDIT,
            P.CLEARANCE_EDIT,
            P.GUEST_END,
            P.EMERGENCY_ASK,
            P.EMERGENCY_AGREE,
        }
    ),
    # Who was shown what is for finding out where something got out: for auditors alone, and never for those who lead.
    Role.AUDITOR: frozenset({P.AUDIT_SEE, P.REGISTER_SEE, P.VIEWING_SEE, P.MEASURES_SEE}),
    Role.WORKS_COUNCIL: frozenset({P.MEASURES_SEE, P.MEASURES_AGREE}),
    Role.ADMINISTRATOR: frozenset(
        {
            P.PEOPLE_SEE,
            P.PEOPLE_INVITE,
            P.PERSON_ERASE,
            P.LOOK_ALONG,
            P.ACCOUNT_RESCUE,
            P.EMERGENCY_ASK,
            P.EMERGENCY_AGREE,
            P.MEMBERSHIP_EDIT,
            P.ARRANGEMENT_DECIDE,
            P.ROLE_COORDINATOR,
            P.ROLE_ADMINISTRATOR,
            P.ORGANISATION_EDIT,
            P.NETWORK_EDIT,
            P.RULES_EDIT,
            P.TOKEN_MANAGE,
            P.WEBHOOK_EDIT,
            P.SKILL_EDIT,
            P.GUEST_END,
            P.MEASURES_SEE,
            P.MEASURES_NONE,
        }
    ),
}

BY_RELATION: dict[Relation, frozenset[Permission]] = {
    Relation.OWNER: frozenset(
        {
            P.BATCH_SEE,
            P.BATCH_EDIT,
            P.BATCH_RESULTS,
            P.BATCH_EXPORT,
            P.QUESTION_REPLY,
            P.GUEST_INVITE,
            P.GUEST_END,
        }
    ),
    Relation.REVIEWER: frozenset({P.BATCH_SEE, P.TASK_REVIEW, P.QUESTION_REPLY}),
    Relation.EMERGENCY: frozenset({P.BATCH_SEE, P.BATCH_RESULTS}),
    Relation.PARTICIPANT: frozenset({P.BATCH_SEE, P.TASK_ANSWER}),
    Relation.PICKED: frozenset({P.BATCH_SEE, P.TASK_ANSWER}),
}
