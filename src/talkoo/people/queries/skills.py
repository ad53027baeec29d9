"""Skills: the list, and what one person says of themselves."""

from dataclasses import dataclass

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from talkoo.access.subject import Subject
from talkoo.people.models import PersonSkill, Skill


@dataclass(frozen=True, slots=True)
class Stated:
    """A skill with what the person says of it; level None means: nothing yet."""

    skill: Skill
    level: int | None
    grow: bool


def my_skills(by: Subject) -> QuerySet[PersonSkill]:
    """What the person stated, what they can teach first."""
    return PersonSkill.objects.filter(person=by.person_id).select_related("skill").order_by("-level", "skill__name")


def categories() -> list[tuple[str, int]]:
    """Names of the categories with how many skills each holds."""
    return list(standing_skills().order_by("category").values_list("category").annotate(Count("id")))


def found_skills(words: str = "", category: str = "") -> QuerySet[Skill]:
    """Skills whose name or description holds every word, in one category or in all; also under a name of before."""
    found = standing_skills().filter(category=category) if category else standing_skills()
    for word in words.split()[:6]:
        before = Exists(Skill.objects.filter(merged_into=OuterRef("pk"), name__icontains=word))
        found = found.filter(Q(name__icontains=word) | Q(description__icontains=word) | before)
    return found


def standing_skills() -> QuerySet[Skill]:
    """Skills that were not merged into another."""
    return Skill.objects.filter(merged_into__isnull=True)


def skills_in_use(words: str) -> QuerySet[Skill]:
    """Skills with `stated`, how many people state each, and `before`, the names that were merged into it."""
    stated = PersonSkill.objects.filter(skill=OuterRef("pk")).order_by().values("skill").annotate(n=Count("pk"))
    before = Skill.objects.filter(merged_into=OuterRef("pk")).order_by("name").values("name")
    found = found_skills(words).annotate(stated=Coalesce(Subquery(stated.values("n")), 0), before=ArraySubquery(before))
    return found.order_by("name", "pk")


def with_statements(by: Subject, skills: list[Skill]) -> list[Stated]:
    """These skills beside what the person said of each. One query."""
    said = {entry.skill_id: entry for entry in PersonSkill.objects.filter(person=by.person_id, skill__in=skills)}
    return [
        Stated(skill, said[skill.pk].level, said[skill.pk].grow) if skill.pk in said else Stated(skill, None, False)
        for skill in skills
    ]
