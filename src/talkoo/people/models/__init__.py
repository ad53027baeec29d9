"""Tables of people: organisations, persons, what they hold and may."""

from talkoo.people.models.arrangements import Arrangement, ArrangementState, HomeNetwork
from talkoo.people.models.clearance import Clearance
from talkoo.people.models.looking import Looking
from talkoo.people.models.people import (
    FormerName,
    Invitation,
    Membership,
    Network,
    NetworkZone,
    Organisation,
    OrganisationKind,
    PeopleFile,
    Person,
    PersonManager,
    PersonSkill,
    Placement,
    RuleChange,
    Skill,
    SkillLevel,
    new_code,
    today,
)
from talkoo.people.models.plans import Plan, PlanState, Step, StepKind
from talkoo.people.models.rescue import Rescue

__all__ = [
    "Arrangement",
    "ArrangementState",
    "Clearance",
    "FormerName",
    "HomeNetwork",
    "Invitation",
    "Looking",
    "Membership",
    "Network",
    "NetworkZone",
    "Organisation",
    "OrganisationKind",
    "PeopleFile",
    "Person",
    "PersonManager",
    "PersonSkill",
    "Placement",
    "Plan",
    "PlanState",
    "Rescue",
    "RuleChange",
    "Skill",
    "SkillLevel",
    "Step",
    "StepKind",
    "new_code",
    "today",
]
