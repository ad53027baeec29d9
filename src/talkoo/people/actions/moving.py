"""A person moves to another organisation, or leaves: roles end and begin on a day, nothing of the past changes."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.permissions import Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.people.actions.memberships import (
    add_membership,
    announce_role,
    authorise_role,
    check_not_last,
    check_not_oneself,
    record_role,
    tell_role,
)
from talkoo.people.actions.turns import take_turn
from talkoo.people.models import Invitation, Membership, Organisation, PeopleFile, Person
from talkoo.people.queries.organisations import existing
from talkoo.people.queries.persons import access_person


@transaction.atomic
def move_person(
    *, by: Subject, person: Person, source: Organisation, target: Organisation, day: date, along: bool = False
) -> Person:
    """End the roles of a person in `source` on a day and begin them in `target`: as a contributor, or with `along` all.

    What was planned later in `source` never begins. Needs the permission in both organisations. Raises Invalid for a
    day that has passed, Conflict where nothing is held in `source` on that day or the target does not exist then.
    """
    take_turn("administrators")
    person = Person.objects.select_for_update().get(pk=access_person(by, person.code).pk)
    _check_move(source, target, day)
    held = list(
        person.memberships.select_for_update(of=("self",))
        .filter(Q(ends__isnull=True) | Q(ends__gt=day), organisation=source)
        .select_related("organisation", "person")
    )
    if not any(each.starts <= day for each in held):
        words = {"name": person.name, "organisation": source.name}
        raise Conflict(_("%(name)s holds no role in %(organisation)s on that day.") % words, _("Choose another day."))
    leaving = [each for each in held if each.role == Role.ADMINISTRATOR]
    _end(by, held, day)
    roles = {Role(each.role) for each in held} if along else {Role.CONTRIBUTOR}
    for role in sorted(roles, key=list(Role).index):
        check_not_oneself(by, person, role, target)
        authorise_role(by, role, target)
        if not _has(person, target, role, day):
            tell_role(by, "role.granted", add_membership(by, person, target, role, starts=day))
    check_not_last(leaving)
    return person


def _check_move(source: Organisation, target: Organisation, day: date) -> None:
    if source.pk == target.pk:
        message = _("They belong to %(name)s already.") % {"name": target.name}
        raise Invalid(message, fields={"target": message})
    if day < timezone.localdate():
        message = _("This day has passed. What was done until today was done for %(name)s.") % {"name": source.name}
        raise Invalid(message, fields={"day": message})
    if not existing(day).filter(pk=target.pk).exists():
        message = _("%(name)s does not exist on that day.") % {"name": target.name}
        raise Invalid(message, fields={"target": message})


def _has(person: Person, target: Organisation, role: Role, day: date) -> bool:
    open_then = person.memberships.filter(Q(ends__isnull=True) | Q(ends__gt=day), organisation=target, role=role)
    return open_then.exists()


def _end(by: Subject, held: list[Membership], day: date) -> None:
    for each in held:
        authorise_role(by, Role(each.role), each.organisation)
        each.ends = max(day, each.starts)
        each.save(update_fields=["ends"])
        record_role(by, "ended", each)
        tell_role(by, "role.ended", each)
        announce_role(each, "person.left")


@transaction.atomic
def end_roles(*, by: Subject, person: Person) -> None:
    """End every role of a person today; needs the permission for each."""
    take_turn("administrators")
    day = timezone.localdate()
    held = person.memberships.select_for_update(of=("self",)).filter(Q(ends__isnull=True) | Q(ends__gt=day))
    found = list(held.select_related("organisation", "person"))
    _end(by, found, day)
    check_not_last([each for each in found if each.role == Role.ADMINISTRATOR])


@transaction.atomic
def hand_over_invitations(*, by: Subject, person: Person, to: Person | None) -> int:
    """Open invitations are in the name of somebody who is here: `to`, or whoever sees to it. Lists they read are
    forgotten. How many invitations; called by actions that have authorised the going of the person.
    """
    access_person(by, person.code)
    waiting = Invitation.objects.filter(invited_by=person, accepted__isnull=True, withdrawn__isnull=True)
    moved = waiting.update(invited_by_id=to.pk if to else by.person_id)
    PeopleFile.objects.filter(by=person, used__isnull=True).delete()
    if moved:
        heir = to.code if to else ""
        audit.record(
            by=by, action="people.invitation.handed_over", on=("person", person.code), to=heir, invitations=moved
        )
    return moved
