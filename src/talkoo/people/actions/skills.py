"""Skills: the starter list is loaded, a person states theirs."""

import csv
from collections.abc import Iterable
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Invalid
from talkoo.people.models import PersonSkill, Skill, SkillLevel

STARTER = Path(__file__).resolve().parents[1] / "starter_skills.csv"


@transaction.atomic
def load_starter_skills() -> int:
    """Bring the list of skills to that of this version; how many were new. May be run again at any time.

    Skills that left the list stay: somebody may have stated them.
    """
    with STARTER.open(encoding="utf-8", newline="") as file:
        skills = [Skill(**row) for row in csv.DictReader(file)]
    before = Skill.objects.count()
    words = ["name", "category", "description"]
    Skill.objects.bulk_create(skills, update_conflicts=True, unique_fields=["code"], update_fields=words)
    added = Skill.objects.count() - before
    if added:
        audit.record(by=None, action="people.skills.loaded", on=("skill", "starter"), added=added)
    return added


@transaction.atomic
def state_skills(*, by: Subject, statements: Iterable[tuple[Skill, int, bool]]) -> int:
    """Several statements at once (skill, level, whether to grow it); only what differs is written. How many did."""
    said = {entry.skill_id: (entry.level, entry.grow) for entry in PersonSkill.objects.filter(person_id=by.person_id)}
    fresh = [each for each in statements if said.get(each[0].pk, (SkillLevel.NOT_YET, False)) != each[1:]]
    for skill, level, grow in fresh:
        state_skill(by=by, skill=skill, level=level, grow=grow)
    return len(fresh)


@transaction.atomic
def state_skill(*, by: Subject, skill: Skill, level: int, grow: bool) -> PersonSkill | None:
    """Say how far one's skill goes and whether to grow it; level 0 without growing takes the statement back.

    Only the person themselves says it, and nobody is asked to prove it.
    """
    if level not in SkillLevel.values:
        message = _("%(level)s is not a level.") % {"level": level}
        raise Invalid(message, _("Choose one of the levels shown."), fields={"level": message})
    facts = {"level": level, "grow": grow}
    audit.record(
        by=by, action="people.skill.stated", on=("skill", skill.code), organisation_id=by.organisation_id, **facts
    )
    if level == SkillLevel.NOT_YET and not grow:
        PersonSkill.objects.filter(person_id=by.person_id, skill=skill).delete()
        return None
    return PersonSkill.objects.update_or_create(person_id=by.person_id, skill=skill, defaults=facts)[0]
