"""The dated tree of organisations, written: add, rename, move, end."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Role
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid
from talkoo.notify.actions.announcing import announce_all
from talkoo.people.actions.handing_down import EVERYTHING, Handed, hand_down
from talkoo.people.actions.memberships import OF_OWN_WORK, authorise_role
from talkoo.people.actions.turns import take_turn
from talkoo.people.checks import check_colour, check_levels, check_name
from talkoo.people.models import (
    FormerName,
    Organisation,
    OrganisationKind,
    Placement,
    new_code,
)
from talkoo.people.queries.organisations import below, resource
from talkoo.people.queries.persons import holding


@transaction.atomic
def add_organisation(
    *, by: Subject, name: str, parent: Organisation, starts: date | None = None, code: str = ""
) -> Organisation:
    """A new organisation below `parent`, from a day on (today).

    Roles held in `parent` reach it from the next `subject_of` on: load the subject anew before using it below.
    """
    take_turn("tree")
    authorise(by, Permission.ORGANISATION_EDIT, on=resource(parent))
    starts = starts or timezone.localdate()
    _check_open(parent, starts)
    name = check_name(name)
    _check_sibling(name, parent)
    organisation = Organisation.objects.create(name=name, starts=starts, code=code or new_code())
    Placement.objects.create(organisation=organisation, parent=parent, starts=starts)
    _record(by, "added", organisation, parent=parent.code, starts=str(starts))
    return organisation


@transaction.atomic
def rename_organisation(*, by: Subject, organisation: Organisation, name: str) -> Organisation:
    """Give another name from today on; the code, and with it every link, stays, and so does the name it had until today."""
    take_turn("tree")
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(by, Permission.ORGANISATION_EDIT, on=resource(organisation))
    name, before = check_name(name), organisation.name
    if name != before:
        _keep_name(organisation)
        organisation.name = name
        organisation.save(update_fields=["name"])
        _record(by, "renamed", organisation, before=before, after=name)
    return organisation


def _keep_name(organisation: Organisation) -> None:
    """What it was called when the day began. A name it got today, and one it has from its first day, was never that."""
    day = timezone.localdate()
    if organisation.starts < day:
        FormerName.objects.get_or_create(organisation=organisation, until=day, defaults={"name": organisation.name})


@transaction.atomic
def edit_organisation(
    *, by: Subject, organisation: Organisation, name: str, kind: str = "", colour: str = "", levels: Sequence[str] = ()
) -> Organisation:
    """Say what an organisation is called, what it is, and in which colour its people work (empty: that of the one above);
    and how it calls the four levels of sensitivity, from open up, where its national scheme has names of its own.

    Raises Invalid naming the field; a colour too light or too dark for words is taken, its shades are made readable.
    """
    organisation = rename_organisation(by=by, organisation=organisation, name=name)
    said: dict[str, Any] = {"kind": OrganisationKind(kind) if kind else "", "colour": check_colour(colour)}
    said["levels"] = check_levels(levels)
    changed = {
        field: value if field == "levels" else str(value)
        for field, value in said.items()
        if getattr(organisation, field) != value
    }
    if changed:
        for field, value in changed.items():
            setattr(organisation, field, value)
        organisation.save(update_fields=list(changed))
        _record(by, "edited", organisation, **changed)
    return organisation


@transaction.atomic
def move_organisation(*, by: Subject, organisation: Organisation, parent: Organisation, day: date) -> Placement:
    """Place the organisation, with everything below it, under another one from a day on.

    Needs the permission on the organisation, on where it stands and on where it goes, so that nobody takes a unit out
    of, or puts one into, an organisation that is not in their care.
    """
    take_turn("tree")
    standing = organisation.placements.select_related("parent").filter(Q(ends__isnull=True) | Q(ends__gt=day))
    last = standing.order_by("-starts").first()
    for place in (organisation, parent, last.parent if last else None):
        if place is not None:
            authorise(by, Permission.ORGANISATION_EDIT, on=resource(place))
    _check_open(organisation, day)
    _check_open(parent, day)
    if parent.pk in below(organisation, day):
        message = _("%(parent)s stands below %(name)s.") % {"parent": parent.name, "name": organisation.name}
        raise Invalid(message, _("Choose another organisation to move it to."), fields={"parent": message})
    placement = _place(organisation, last, parent, day)
    _record(by, "moved", organisation, parent=parent.code, day=str(day))
    return placement


def _place(organisation: Organisation, last: Placement | None, parent: Organisation, day: date) -> Placement:
    """End the last placement on the day and begin the new one, until the organisation itself ends; a move on the very day
    it began replaces it."""
    if last and day < last.starts:
        message = _("A move on %(day)s is already planned.") % {"day": last.starts}
        raise Conflict(message, _("Choose that day or a later one."))
    if last and last.starts == day:
        last.parent = parent
        last.save(update_fields=["parent"])
        return last
    if last:
        last.ends = day
        last.save(update_fields=["ends"])
    return Placement.objects.create(organisation=organisation, parent=parent, starts=day, ends=organisation.ends)


@transaction.atomic
def end_organisation(
    *,
    by: Subject,
    organisation: Organisation,
    successor: Organisation | None,
    day: date | None = None,
    kept: Mapping[str, Collection[int]] | None = EVERYTHING,
) -> Handed:
    """Close an organisation on a day; its people, invitations and what stands below it go to the successor.

    Whoever looks after the successor looks after what the ended one leaves behind (see `subject_of`). Without people
    and without anything below it, it may end without a successor. `kept` says which roles go along (see `hand_down`).
    Returns what went over.
    """
    take_turn("tree")
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    authorise(by, Permission.ORGANISATION_EDIT, on=resource(organisation))
    if successor is not None:
        authorise(by, Permission.ORGANISATION_EDIT, on=resource(successor))
    day = day or timezone.localdate()
    _check_can_end(organisation, successor, day)
    _authorise_kept(by, organisation, successor if kept is EVERYTHING else None)
    handed = hand_down(organisation, successor, day, kept=kept) if successor is not None else Handed(0, 0, 0, 0)
    organisation.placements.filter(ends__isnull=True).update(ends=day)
    organisation.ends, organisation.successor = day, successor
    organisation.save(update_fields=["ends", "successor"])
    heir = successor.code if successor else ""
    _record(by, "ended", organisation, successor=heir, day=str(day), **handed.facts)
    announce_all(event="person.left", about=handed.left, organisation_id=organisation.pk, day=str(day))
    if successor is not None:
        announce_all(event="person.joined", about=handed.joined, organisation_id=successor.pk, day=str(day))
    return handed


def _authorise_kept(by: Subject, organisation: Organisation, successor: Organisation | None) -> None:
    """Roles that go along reach further than before, so they are asked for like any that is given."""
    if successor is None:
        return
    held = organisation.memberships.filter(Q(ends__isnull=True) | Q(ends__gt=timezone.localdate()))
    invited = organisation.invitations.filter(accepted__isnull=True, withdrawn__isnull=True)
    roles = set(held.values_list("role", flat=True)) | set(invited.values_list("role", flat=True))
    for role in roles - OF_OWN_WORK:
        authorise_role(by, Role(role), successor)


def _check_can_end(organisation: Organisation, successor: Organisation | None, day: date) -> None:
    _check_open(organisation, day)
    if organisation.placements.filter(starts__gt=day).exists():
        raise Conflict(_("A later move of this organisation is planned."), _("Choose a day after that move."))
    if organisation.placements.filter(ends__isnull=True, parent__isnull=True).exists():
        raise Conflict(
            _("%(name)s stands at the top of the tree and cannot end.") % {"name": organisation.name},
            _("Rename it, or move what stands below it."),
        )
    if successor is None:
        if holding(day).filter(organisation=organisation).exists() or len(below(organisation, day)) > 1:
            message = _("People or organisations still belong to %(name)s.") % {"name": organisation.name}
            raise Invalid(message, _("Say which organisation follows it."), fields={"successor": message})
        return
    _check_open(successor, day)
    if successor.pk in below(organisation, day):
        message = _("%(parent)s stands below %(name)s.") % {"parent": successor.name, "name": organisation.name}
        raise Invalid(message, _("Move it first, or choose another one."), fields={"successor": message})


def _check_open(organisation: Organisation, day: date) -> None:
    words = {"name": organisation.name, "day": day, "starts": organisation.starts, "ends": organisation.ends}
    if day < organisation.starts:
        raise Invalid(
            _("%(name)s begins on %(starts)s, after %(day)s.") % words, fields={"day": _("Choose a later day.")}
        )
    if organisation.ends is not None and organisation.ends <= day:
        raise Conflict(_("%(name)s ended on %(ends)s.") % words, _("Choose the organisation that followed it."))


def _check_sibling(name: str, parent: Organisation) -> None:
    now = Placement.objects.filter(parent=parent, ends__isnull=True, organisation__name__iexact=name)
    if now.exists():
        message = _("%(parent)s has a part with this name already.") % {"parent": parent.name}
        raise Conflict(message, _("Choose another name."))


def _record(by: Subject, what: str, organisation: Organisation, **facts: str | int) -> None:
    on = ("organisation", organisation.code)
    audit.record(by=by, action=f"people.organisation.{what}", on=on, organisation_id=organisation.pk, **facts)
