"""Whose eyes somebody may look through now, and what a person is shown of it."""

from dataclasses import replace

from django.db.models import QuerySet
from django.utils import timezone

from talkoo.access.deciding import rules_of
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, allows, organisations_where
from talkoo.access.subject import Helper, Subject
from talkoo.people.models import Looking, Person
from talkoo.people.queries.subject import subject_of

LOOK = Permission.LOOK_ALONG


def my_lookings(by: Subject) -> QuerySet[Looking]:
    """What this person allowed, the latest first."""
    return Looking.objects.filter(person=by.person_id).select_related("helper").order_by("-made")


def within_reach(by: Subject, person: Person) -> bool:
    """Whether every organisation that any role of the person reaches is in the helper's care, as surely as they ask now:
    nobody sees more through other eyes than they look after, and a session that moved or fell to one factor looks no more."""
    reached: frozenset[int] = frozenset().union(*subject_of(person).roles.values())
    if not reached or not reached <= organisations_where(by, LOOK):
        return False
    alike = {(rules_of(by, each), each in by.within): each for each in reached}  # the rules see no more of a place
    return all(allows(by, LOOK, Resource("organisation", "", each), counted=False) for each in alike.values())


def eyes_of(by: Subject, code: str) -> Subject | None:
    """The person who agreed to be looked along with by `by`, as they would see it and as surely as `by` asks; None where
    that is over, or not in the helper's care any more. Three queries."""
    now = timezone.now()
    found = Looking.objects.filter(code=code, helper=by.person_id, begun__isnull=False, ended=None, until__gt=now)
    looking = found.select_related("person").first()
    if looking is None or not looking.person.is_active or not within_reach(by, looking.person):
        return None
    person = subject_of(looking.person)
    return replace(
        person,
        context=replace(by.context, impersonated=True),
        helper=Helper(by.person_id, by.name, looking.until, organisations_where(by, LOOK)),
        emergencies=frozenset(),
    )
