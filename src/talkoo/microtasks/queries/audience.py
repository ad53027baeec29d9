"""Whom work can be offered to: organisations as a tree, skills by category, colleagues to name."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.utils import timezone

from talkoo.access.permissions import Permission
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.microtasks.models import Batch, Sensitivity
from talkoo.people.models import Organisation, Person, Placement, Skill
from talkoo.people.queries.clearances import cleared
from talkoo.people.queries.organisations import existing
from talkoo.people.queries.persons import holding
from talkoo.people.queries.skills import standing_skills


@dataclass(frozen=True, slots=True)
class Place:
    """An organisation, how deep it stands in the tree, and whether a batch is offered there."""

    id: int
    name: str
    depth: int
    parent: int | None
    offered: bool


def organisation_tree(batch: Batch) -> list[Place]:
    """All organisations of today, parents before children, siblings by name. One query."""
    day = timezone.localdate()
    standing = Placement.objects.filter(
        Q(ends__isnull=True) | Q(ends__gt=day), starts__lte=day, organisation=OuterRef("pk")
    )
    chosen = Batch.audience.through.objects.filter(batch=batch, organisation=OuterRef("pk"))
    found = existing().annotate(above=Subquery(standing.values("parent")[:1]), offered=Exists(chosen)).order_by("name")
    every = {
        pk: (name, above, offered) for pk, name, above, offered in found.values_list("pk", "name", "above", "offered")
    }
    children: dict[int | None, list[int]] = {}
    for pk, (_name, above, _offered) in every.items():
        children.setdefault(above if above in every else None, []).append(pk)
    ordered: list[Place] = []
    waiting = [(pk, 0) for pk in reversed(children.get(None, []))]
    while waiting:
        pk, depth = waiting.pop()
        name, above, offered = every[pk]
        ordered.append(Place(pk, name, depth, above, offered))
        waiting += [(child, depth + 1) for child in reversed(children.get(pk, []))]
    return ordered


def under(tree: Iterable[Place], roots: Iterable[int]) -> frozenset[int]:
    """The organisations of a tree that are one of the roots or stand below one."""
    found = set(roots)
    for place in tree:
        if place.parent in found:
            found.add(place.id)
    return frozenset(found)


def skills_by_category(batch: Batch) -> list[tuple[str, list[Skill]]]:
    """Every skill under its category, each with `needed`: whether the batch asks for it. One query."""
    asked = Batch.skills.through.objects.filter(batch=batch, skill=OuterRef("pk"))
    skills = standing_skills().annotate(needed=Exists(asked)).order_by("category", "name")
    return [(category, list(group)) for category, group in groupby(skills, key=lambda skill: skill.category)]


def creating_organisations(by: Subject) -> QuerySet[Organisation]:
    """Organisations of today in which this person may make a batch."""
    return existing().filter(pk__in=organisations_where(by, Permission.BATCH_CREATE)).order_by("name")


def colleagues(batch: Batch, tree: Iterable[Place]) -> QuerySet[Person]:
    """People of the batch's organisation, to choose owners and reviewers from."""
    here = holding().filter(person=OuterRef("pk"), organisation__in=under(tree, [batch.organisation_id]))
    return Person.objects.filter(Exists(here), is_active=True).order_by("name")[:200]


def people_of(organisation: int) -> QuerySet[Person]:
    """Active people who hold a role in this very organisation today."""
    here = holding().filter(person=OuterRef("pk"), organisation=organisation)
    return Person.objects.filter(Exists(here), is_active=True)


BELOW = """
WITH RECURSIVE inside AS (
    SELECT unnest(%s::bigint[]) AS id
    UNION
    SELECT e.below FROM inside i JOIN (
        SELECT organisation_id AS below, parent_id AS above FROM people_placement
        WHERE starts <= %s AND (ends IS NULL OR ends > %s)
        UNION ALL SELECT successor_id, id FROM people_organisation WHERE successor_id IS NOT NULL AND ends <= %s
    ) e ON e.above = i.id
)
SELECT id FROM inside
"""


def people_reached(batch: Batch) -> int:
    """How many active people could answer it now: at or below a chosen organisation, with every skill asked for."""
    chosen = [organisation.pk for organisation in batch.audience.all()]
    if batch.sensitivity >= Sensitivity.CONFIDENTIAL:
        chosen = chosen or [batch.organisation_id]
    home = holding().filter(person=OuterRef("pk"))
    if chosen:
        day = timezone.localdate()
        home = home.filter(organisation__in=RawSQL(BELOW, [chosen, day, day, day]))  # noqa: S611 - ids and days, as parameters
    people = Person.objects.filter(Exists(home), cleared(batch.sensitivity), is_active=True)
    for skill in batch.skills.all():
        people = people.filter(skills__skill=skill, skills__level__gte=1)
    return people.count()
