"""What a merge would do, before it is done: counts, in few statements."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, organisations_where
from talkoo.access.subject import Subject
from talkoo.microtasks.models import Assignment, AssignmentState, Batch, BatchPerson
from talkoo.people.models import Membership, Organisation, Person, PersonSkill, Skill

COUNTING = Q(state=AssignmentState.ANSWERED)


@dataclass(frozen=True, slots=True)
class Carried:
    """What goes from one account to the other; `twice` are items that both answered and that count for both."""

    roles: int
    skills: int
    answers: int
    twice: int
    batches: int


def carried(stays: Person, goes: Person) -> Carried:
    """Five counts."""
    return Carried(
        roles=Membership.objects.filter(person=goes).count(),
        skills=PersonSkill.objects.filter(person=goes).count(),
        answers=Assignment.objects.filter(person=goes, answer__isnull=False).count(),
        twice=twice_counted(stays, goes).count(),
        batches=BatchPerson.objects.filter(person=goes).count(),
    )


def twice_counted(stays: Person, goes: Person) -> QuerySet[Assignment]:
    """Assignments of the one that goes whose task the one that stays answered as well, both counted."""
    same = Assignment.objects.filter(COUNTING, person=stays, task=OuterRef("task"))
    return Assignment.objects.filter(COUNTING, Exists(same), person=goes)


@dataclass(frozen=True, slots=True)
class SkillUse:
    """How many people state a skill, and how many batches ask for it."""

    people: int
    batches: int


def skill_use(skill: Skill) -> SkillUse:
    return SkillUse(PersonSkill.objects.filter(skill=skill).count(), Batch.objects.filter(skills=skill).count())


def skills_resource(by: Subject) -> Resource:
    """The list of skills as something to be changed: it belongs to the top of the tree, because it is everybody's.

    Who holds the permission further down only gets a resource that nobody may touch.
    """
    reach = organisations_where(by, Permission.SKILL_EDIT)
    tops = Organisation.objects.filter(placements__parent__isnull=True, placements__ends__isnull=True, pk__in=reach)
    return Resource("skill", "all", tops.values_list("pk", flat=True).first())
