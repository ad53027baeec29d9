"""What the rules of `engines.policy` are told about a request, and what they answer. Permissions come before this: a rule
only takes away."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cache, lru_cache
from importlib import resources
from math import ceil

from django.utils import timezone

from talkoo.access.context import Assurance, Context, Device, Zone
from talkoo.access.permissions import Permission
from talkoo.access.subject import Subject
from talkoo.engines import policy
from talkoo.engines.policy import Act, Circumstances, Decision, Person, Policies, Request, Rules, Thing

P = Permission

ACTS: dict[Permission, Act] = {
    P.BATCH_CREATE: Act.CHANGE,
    P.BATCH_SEE: Act.LOOK,
    P.BATCH_EDIT: Act.CHANGE,
    P.BATCH_RESULTS: Act.LOOK,
    P.BATCH_EXPORT: Act.TAKE_OUT,
    P.TASK_ANSWER: Act.WORK,
    P.TASK_REVIEW: Act.JUDGE,
    P.QUESTION_REPLY: Act.CHANGE,
    P.REGISTER_SEE: Act.LOOK,
    P.VIEWING_SEE: Act.GUARD,
    P.BATCH_HOLD: Act.MANAGE,
    P.EMERGENCY_ASK: Act.GUARD,
    P.EMERGENCY_AGREE: Act.GUARD,
    P.GUEST_INVITE: Act.MANAGE,
    P.GUEST_END: Act.MANAGE,
    P.PROTECTION_DEFAULTS: Act.MANAGE,
    P.PEOPLE_SEE: Act.LOOK,
    P.PEOPLE_INVITE: Act.MANAGE,
    P.MEMBERSHIP_EDIT: Act.MANAGE,
    P.ROLE_COORDINATOR: Act.GUARD,
    P.ROLE_ADMINISTRATOR: Act.GUARD,
    P.PERSON_ERASE: Act.GUARD,
    P.ARRANGEMENT_DECIDE: Act.GUARD,
    P.LOOK_ALONG: Act.GUARD,
    P.ACCOUNT_RESCUE: Act.GUARD,
    P.ORGANISATION_EDIT: Act.MANAGE,
    P.NETWORK_EDIT: Act.GUARD,
    P.RULES_EDIT: Act.GUARD,
    P.CLEARANCE_EDIT: Act.GUARD,
    P.TOKEN_MANAGE: Act.GUARD,
    P.WEBHOOK_EDIT: Act.MANAGE,
    P.SKILL_EDIT: Act.MANAGE,
    P.AUDIT_SEE: Act.LOOK,
    P.MEASURES_SEE: Act.LOOK,
    P.MEASURES_AGREE: Act.GUARD,
    P.MEASURES_NONE: Act.GUARD,
}

MINUTES = (15, 30, 60, 120, 240, 480, 720, 1440)  # every number of minutes that a rule compares with is one of these


@cache
def shipped() -> Policies:
    """The rules of this release, proved when the process starts. Raises BrokenPolicies: then nothing may start."""
    return with_files({})


def with_files(changed: Mapping[str, str]) -> Policies:
    """The rules of this release with other texts in place of some files, by name, or besides. Raises BrokenPolicies."""
    folder = (resources.files(policy) / "rules").iterdir()
    files = {file.name: file.read_text(encoding="utf-8") for file in folder if file.is_file()} | dict(changed)
    schema = next(text for name, text in files.items() if name.endswith(".cedarschema"))
    rules = [text for name, text in sorted(files.items()) if name.endswith(".cedar")]
    return policy.load("\n".join(rules), schema)


def odd_minutes(texts: Iterable[str]) -> list[int]:
    """The numbers of minutes after which a rule says something else, and that are rounded away before."""
    compared = [pair for text in texts for pair in re.findall(r"context\.(?:key_)?minutes\s*([<>]=?)\s*(\d+)", text)]
    last = {int(number) if sign in {"<=", ">"} else int(number) - 1 for sign, number in compared}
    return sorted(last - {-1, *MINUTES})


@lru_cache(maxsize=8192)
def decided(request: Request) -> Decision:
    """The answer of the rules; it hangs on nothing but the request, so the same request is answered once."""
    return shipped().decide(request)


def request_of(by: Subject, permission: Permission, thing: Thing, now: datetime | None = None) -> Request:
    return Request(ACTS[permission], person_of(by), thing, circumstances(by, now or timezone.now()))


def person_of(by: Subject) -> Person:
    return Person(by.suspended, by.clearance, by.home_level, by.visit is not None)


def circumstances(by: Subject, now: datetime) -> Circumstances:
    """What is known of how somebody asks. Minutes are rounded up to the next that a rule may ask for, so a rule of twelve
    hours ends after twelve hours, and what was asked a minute ago is the same request still."""
    told = by.context
    return Circumstances(
        int(told.assurance), _minutes(told.signed_in, now), _minutes(told.key_used, now), told.zone.value,
        int(told.device), told.impersonated, by.through is not None,
    )  # fmt: skip


def _minutes(since: datetime | None, now: datetime) -> int | None:
    return None if since is None else rounded(ceil((now - since).total_seconds() / 60))


def rounded(minutes: int) -> int:
    """Up to the next of MINUTES, or past the last of them. What lies in the future stays there, and is refused."""
    at = bisect_left(MINUTES, minutes)
    return minutes if minutes < 0 else MINUTES[at] if at < len(MINUTES) else MINUTES[-1] + 1


def at_best(by: Subject) -> Subject:
    """The same person as surely and from as good a place as there is.

    What is refused even so is none of their business, and missing to them; what is not can be told of, and refused
    with what would open it.
    """
    now = timezone.now()
    best = Context(Assurance.THREE, now, now, now, Zone.OFFICE, Device.MANAGED)
    return replace(by, context=replace(best, impersonated=by.context.impersonated))


def rules_of(by: Subject, organisation: int | None) -> Rules:
    return by.house_rules.get(organisation, policy.NO_RULES) if organisation is not None else policy.NO_RULES
