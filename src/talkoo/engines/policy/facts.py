"""What a decision is made of: facts only, looked up by whoever asks. The schema beside the rules names the same."""

from dataclasses import dataclass
from enum import StrEnum

NEVER = 4  # above every level of sensitivity: a rule from this level on forbids nothing


class Act(StrEnum):
    """What somebody does with a thing: looking, answering, deciding on answers, changing, exporting, running a house,
    and guarding it: what decides over the rights and the safety of others.
    """

    LOOK = "look"
    WORK = "work"
    JUDGE = "judge"
    CHANGE = "change"
    TAKE_OUT = "take_out"
    MANAGE = "manage"
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Person:
    """`clearance` and `home` are levels of sensitivity: cleared for, and allowed at home by an arrangement in force. A
    `guest` comes from outside, invited to one thing."""

    suspended: bool = False
    clearance: int = 2
    home: int = 1
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """From which level of sensitivity on an organisation forbids what the shipped rules would allow."""

    second_factor: int = NEVER
    key: int = NEVER
    device: int = NEVER
    office: int = NEVER
    home: int = NEVER
    export: int = NEVER
    programs: int = NEVER
    others: int = NEVER
    guests: int = NEVER


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Thing:
    """What is touched, and how near the person stands to it; the schema says what each tie means."""

    sensitivity: int
    tied: bool = False
    ours: bool = False
    named: bool = False
    care: bool = False
    own_work: bool = False
    rules: Rules = NO_RULES
    host: bool = False
    emergency: bool = False


@dataclass(frozen=True, slots=True)
class Circumstances:
    """How surely and from where. `minutes` since they last proved who they are, at that level; `key_minutes` since they
    used a passkey or a security key. None where nobody knows, or none was used.
    """

    assurance: int = 1
    minutes: int | None = None
    key_minutes: int | None = None
    zone: str = "unknown"
    device: int = 0
    impersonated: bool = False
    program: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    act: Act
    person: Person
    thing: Thing
    circumstances: Circumstances
