"""Skills: the list, and what one person says of themselves."""

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

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
    return list(Skill.objects.order_by("category").values_list("category").annotate(Count("id")))


def found_skills(words: str = "", category: str = "") -> QuerySet[Skill]:
    """Skills whose name or description holds every word, in one category or in all."""
    found = Skill.objects.filter(category=category) if category else Skill.objects.all()
    for word in words.split()[:6]:
        found = found.filter(Q(name__icontains=word) | Q(description__icontains=word))
    return found


def with_statements(by: Subject, skills: list[Skill]) -> list[Stated]:
    """These skills beside what the person said of each. One query."""
    said = {entry.skill_id: entry for entry in PersonSkill.objects.filter(person=by.person_id, skill__in=skills)}
    return [
        Stated(skill, said[skill.pk].level, said[skill.pk].grow) if skill.pk in said else Stated(skill, None, False)
        for skill in skills
    ]
