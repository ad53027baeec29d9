"""Whom work can be offered to: organisations as a tree, skills by category, colleagues to name."""

from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.microtasks.models import Batch
from talkoo.people.models import Organisation, Person, Placement, Skill
from talkoo.people.queries.organisations import below, existing
from talkoo.people.queries.persons import holding


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation and how deep it stands in the tree."""

    id: int
    name: str
    depth: int


def organisation_tree() -> list[Place]:
    """All organisations of today, parents before children, siblings by name. Two queries."""
    day = timezone.localdate()
    standing = Placement.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day), starts__lte=day)
    above = dict(standing.values_list("organisation_id", "parent_id"))
    names = dict(existing().order_by("name").values_list("pk", "name"))
    children: dict[int | None, list[int]] = {}
    for pk in names:
        parent = above.get(pk)
        children.setdefault(parent if parent in names else None, []).append(pk)
    found: list[Place] = []
    waiting = [(pk, 0) for pk in reversed(children.get(None, []))]
    while waiting:
        pk, depth = waiting.pop()
        found.append(Place(pk, names[pk], depth))
        waiting += [(child, depth + 1) for child in reversed(children.get(pk, []))]
    return found


def skills_by_category() -> list[tuple[str, list[Skill]]]:
    """Every skill under its category. One query."""
    skills = Skill.objects.order_by("category", "name")
    return [(category, list(group)) for category, group in groupby(skills, key=lambda skill: skill.category)]


def creating_organisations(by: Subject) -> QuerySet[Organisation]:
    """Organisations of today in which this person may make a batch."""
    return existing().filter(pk__in=organisations_where(by, Permission.BATCH_CREATE)).order_by("name")


def colleagues(batch: Batch) -> QuerySet[Person]:
    """People of the batch's organisation, to choose owners and reviewers from."""
    inside = below(batch.organisation)
    here = holding().filter(person=OuterRef("pk"), organisation__in=inside)
    return Person.objects.filter(Exists(here), is_active=True).order_by("name")[:200]
