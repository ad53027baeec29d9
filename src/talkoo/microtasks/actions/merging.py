"""Two that are one: the same person twice, the same skill twice. What was done stays, under one name."""

# ruff: noqa: SLF001 - the registry of models is asked which columns name a person

from collections import Counter
from collections.abc import Iterator
from uuid import uuid4

from django.apps import apps
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import USUAL, Subject
from talkoo.audit import actions as audit
from talkoo.lib import wall
from talkoo.lib.errors import Conflict, Invalid
from talkoo.microtasks.actions import combining
from talkoo.microtasks.actions.handing_over import give_back_tasks
from talkoo.microtasks.actions.known import count_anew, hold_counts
from talkoo.microtasks.models import Answer, Assignment, AssignmentState, Batch, Cursor, Task, TaskState
from talkoo.microtasks.queries.holdings import batches_touched
from talkoo.microtasks.queries.merging import skills_resource, twice_counted
from talkoo.people.actions.memberships import check_not_last, check_not_oneself
from talkoo.people.actions.turns import take_turn
from talkoo.people.models import Clearance, Membership, Organisation, Person, PersonSkill, Skill
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import access_person, holding

# What opens doors is not carried over: the sign-in, the tokens, the clearance and the arrangements of the merged account
# end. Addresses are sealed for the account they are of.
STAYS_BEHIND = {"access"}
NOT_MOVED = {("people.clearance", "person"), ("people.arrangement", "person"), ("people.homenetwork", "person")}


def merge_people(*, by: Subject, stays: Person, goes: Person) -> dict[str, int]:
    """Join two accounts of one human: roles, skills, work, answers and notices of `goes` become those of `stays`.

    Where both answered the same item the answer of `stays` counts and the other is kept as one more opinion; the item
    is combined anew if it is open, and a result that stands stays. The merged account is closed for good and leads to
    the other. Needs the right to make administrators wherever either holds or held a role. Returns what was carried.
    Raises Conflict where one of them is merged already, Invalid for one account with itself, or for one's own.
    """
    with transaction.atomic():
        take_turn("administrators")
        _check_two(by, stays, goes)
        stays, goes = _locked(stays, goes)
        _authorise_both(by, stays, goes)
        give_back_tasks(goes)
        wall.open(*batches_touched(stays.pk), *batches_touched(goes.pk))
        moved = {"surplus": _count_once(stays, goes)}
        _join_roles(stays, goes)
        _join_skills(stays, goes)
        _join_clearances(by, stays, goes)
        Cursor.objects.filter(person=goes).delete()
        _drop_empty(stays, goes)
        moved |= _carry_over(stays, goes)
        _count_controls(stays, goes)
        _close(goes, stays)
        on = ("person", stays.code)
        audit.record(
            by=by, action="people.person.merged", on=on, organisation_id=by.organisation_id, gone=goes.code, **moved
        )
    return moved


def _check_two(by: Subject, stays: Person, goes: Person) -> None:
    if stays.pk == goes.pk:
        message = _("This is the same account.")
        raise Invalid(message, _("Name the other account of this person."), fields={"email": message})
    if by.person_id == goes.pk:
        message = _("You are signed in with the account that would go.")
        raise Invalid(message, _("Let the other one go, or ask another administrator."), fields={"email": message})


def _locked(stays: Person, goes: Person) -> tuple[Person, Person]:
    found = {
        each.pk: each for each in Person.objects.select_for_update().filter(pk__in=[stays.pk, goes.pk]).order_by("pk")
    }
    for each in found.values():
        if each.merged_into_id:
            words = {"name": each.name, "email": each.email}
            raise Conflict(_("%(name)s (%(email)s) was merged already.") % words, _("Look at the list of people."))
    return found[stays.pk], found[goes.pk]


def _authorise_both(by: Subject, stays: Person, goes: Person) -> None:
    for person in (stays, goes):
        access_person(by, person.code)
        for place in Organisation.objects.filter(memberships__person=person).distinct():
            authorise(by, Permission.ROLE_ADMINISTRATOR, on=resource(place))
    for held in goes.memberships.filter(Q(ends__isnull=True) | Q(ends__gt=timezone.localdate())):
        check_not_oneself(by, stays, Role(held.role), held.organisation)


def _count_once(stays: Person, goes: Person) -> int:
    """Of two counted answers of one human to one item, one counts; each item is locked, in the order of its id."""
    twice = list(twice_counted(stays, goes).order_by("task_id").select_related("answer"))
    for each in twice:
        task = Task.objects.select_for_update(of=("self",)).select_related("batch").get(pk=each.task_id)
        _set_aside(each)
        if task.state == TaskState.CONTROL:
            continue
        task.done -= 1
        task.surplus += 1
        task.save(update_fields=["done", "surplus"])
        if not task.closed:
            combining.combine_task(task, moved_by=None)
        combining.keep_tally(task, surplus=1)
    return len(twice)


def _count_controls(stays: Person, goes: Person) -> None:
    """Where both answered items with a known answer, what was counted for the one that goes stayed with it."""
    both = [stays.pk, goes.pk]
    for batch in Batch.objects.filter(reliabilities__person=goes, reliabilities__controls__gt=0).order_by("pk"):
        hold_counts(batch, both)
        count_anew(batch, both)


def _set_aside(assignment: Assignment) -> None:
    """Answers are never changed: the same words stand again, as a version that does not count."""
    said = assignment.answer
    assert said is not None
    assignment.answer = Answer.objects.create(
        assignment=assignment, task_id=assignment.task_id, batch_id=assignment.batch_id, version=said.version + 1, key=uuid4(), value=said.value,
        cannot=said.cannot, sure=said.sure, note=said.note, surplus=True, at=said.at,
        instruction=said.instruction,
    )  # fmt: skip
    assignment.state = AssignmentState.SURPLUS
    assignment.save(update_fields=["answer", "state"])


def _join_roles(stays: Person, goes: Person) -> None:
    """Where both hold a role, one holds it, from the earlier day on. There is an administrator before and after."""
    for held in goes.memberships.filter(ends__isnull=True):
        same = Membership.objects.filter(
            person=stays, organisation=held.organisation_id, role=held.role, ends__isnull=True
        ).first()
        if same is not None:
            same.starts = min(same.starts, held.starts)
            same.save(update_fields=["starts"])
            held.delete()


def _join_skills(stays: Person, goes: Person) -> None:
    """Where both state a skill, the further level holds, and the wish to grow it."""
    mine = {entry.skill_id: entry for entry in PersonSkill.objects.filter(person=stays)}
    for entry in PersonSkill.objects.filter(person=goes, skill__in=mine):
        same = mine[entry.skill_id]
        same.level, same.grow = max(same.level, entry.level), same.grow or entry.grow
        same.save(update_fields=["level", "grow"])
        entry.delete()


def _join_clearances(by: Subject, stays: Person, goes: Person) -> None:
    """The lower of both holds: nobody is cleared for more by a merge, and what was taken from somebody stays taken.

    Where both are below the usual, until the later end of the two: then too neither account could see more.
    """
    now = models.Q(until=None) | models.Q(until__gt=timezone.now())
    found = {held.person_id: held for held in Clearance.objects.filter(now, person__in=[stays, goes], ended=None)}
    mine, other = found.get(stays.pk), found.get(goes.pk)
    if other is not None and other.level < (mine.level if mine else USUAL):
        Clearance.objects.filter(person=stays, ended=None).update(ended=timezone.now(), ended_by=by.author_id)
        Clearance.objects.filter(pk=other.pk).update(person=stays)
    if mine is not None and other is not None and max(mine.level, other.level) < USUAL:
        ends = [held.until for held in (mine, other) if held.until is not None]
        Clearance.objects.filter(person=stays, ended=None).update(until=max(ends) if len(ends) == 2 else None)


def _drop_empty(stays: Person, goes: Person) -> None:
    """What `stays` took and did not answer gives way to what `goes` answered."""
    answered = Assignment.objects.filter(person=goes, answer__isnull=False).values("task")
    Assignment.objects.filter(
        person=stays,
        task__in=answered,
        answer__isnull=True,
        state__in=[AssignmentState.SKIPPED, AssignmentState.LAPSED],
    ).delete()


def _carry_over(stays: Person, goes: Person) -> dict[str, int]:
    """Every row of ours that names `goes` names `stays`, as far as the constraints of its table allow; how many of each.

    What `stays` has already in the same place stays with the closed account.
    """
    moved: Counter[str] = Counter()
    for model, field in _names_of_people():
        moved[model._meta.label_lower] += _rename(model, field, stays, goes)
    return {label: count for label, count in sorted(moved.items()) if count}


def _names_of_people() -> Iterator[tuple[type[models.Model], str]]:
    """Every column of ours that names a person, but for those that open doors."""
    for model in apps.get_models():
        if model.__module__.startswith("talkoo.") and model._meta.app_label not in STAYS_BEHIND:
            for field in model._meta.concrete_fields:
                named = isinstance(field, models.ForeignKey) and field.related_model is Person
                if named and (model._meta.label_lower, field.name) not in NOT_MOVED:
                    yield model, field.name


def _rename(model: type[models.Model], field: str, stays: Person, goes: Person) -> int:
    rows = model._default_manager.filter(**{field: goes})
    for fields, condition in _once(model, field):
        others = {name: models.OuterRef(name) for name in fields if name != field}
        same = model._default_manager.filter(condition, **{field: stays}, **others)
        rows = rows.exclude(condition & models.Q(models.Exists(same)))
    return rows.update(**{field: stays})


def _once(model: type[models.Model], field: str) -> list[tuple[tuple[str, ...], models.Q]]:
    """What may be there once for a person in this table: the fields that say so, and for which rows."""
    alone = [((field,), models.Q())] if model._meta.get_field(field).unique else []  # type: ignore[union-attr]
    constraints = [each for each in model._meta.constraints if isinstance(each, models.UniqueConstraint)]
    told = [(tuple(each.fields), each.condition or models.Q()) for each in constraints if field in each.fields]
    return [*alone, *told]


def _close(goes: Person, stays: Person) -> None:
    day = timezone.localdate()
    left = list(holding().filter(person=goes).select_related("organisation"))
    Membership.objects.filter(pk__in=[each.pk for each in left]).update(ends=day)
    goes.is_active, goes.merged_into = False, stays
    goes.sessions_ended += 1
    goes.set_unusable_password()
    goes.save(update_fields=["is_active", "merged_into", "sessions_ended", "password"])
    check_not_last([each for each in left if each.role == "administrator"])


def merge_skills(*, by: Subject, skill: Skill, into: Skill) -> dict[str, int]:
    """Make one skill of two: people who state `skill` state `into`, batches that ask for it ask for that one.

    The old name and code are kept and lead to it. Needs the permission at the top of the tree: skills are everybody's.
    """
    with transaction.atomic():
        authorise(by, Permission.SKILL_EDIT, on=skills_resource(by))
        both = Skill.objects.select_for_update().filter(pk__in=[skill.pk, into.pk]).order_by("pk")
        known = {each.pk: each for each in both}
        _check_skills(known, skill, into)
        people, batches = _join_statements(skill, into), _join_wishes(skill, into)
        Skill.objects.filter(merged_into=skill).update(merged_into=into)
        Skill.objects.filter(pk=skill.pk).update(merged_into=into)
        facts = {"gone": skill.code, "people": people, "batches": batches}
        audit.record(
            by=by, action="people.skill.merged", on=("skill", into.code), organisation_id=by.organisation_id, **facts
        )
    return {"people": people, "batches": batches}


def _check_skills(known: dict[int, Skill], skill: Skill, into: Skill) -> None:
    if skill.pk == into.pk:
        message = _("This is the same skill.")
        raise Invalid(message, fields={"into": message})
    for each in known.values():
        if each.merged_into_id:
            raise Conflict(_("“%(name)s” was merged already.") % {"name": each.name}, _("Look at the list of skills."))


def _join_statements(skill: Skill, into: Skill) -> int:
    theirs = PersonSkill.objects.filter(skill=skill)
    count = theirs.count()
    same = PersonSkill.objects.filter(skill=into, person=models.OuterRef("person"))
    for entry in theirs.filter(models.Exists(same)):
        kept = PersonSkill.objects.get(person=entry.person_id, skill=into)
        kept.level, kept.grow = max(kept.level, entry.level), kept.grow or entry.grow
        kept.save(update_fields=["level", "grow"])
        entry.delete()
    theirs.update(skill=into)
    return count


def _join_wishes(skill: Skill, into: Skill) -> int:
    batches = list(Batch.objects.filter(skills=skill).order_by("pk"))
    for batch in batches:
        batch.skills.add(into)
        batch.skills.remove(skill)
    return len(batches)
