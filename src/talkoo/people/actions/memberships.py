"""Roles of people in organisations: granted and ended, with dates; there is always an administrator left."""

from datetime import date

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Denied, Missing
from talkoo.notify.actions.announcing import announce
from talkoo.notify.actions.telling import tell
from talkoo.people.actions.turns import take_turn
from talkoo.people.checks import check_period, check_role
from talkoo.people.models import Membership, Organisation, Person, Placement
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import holding, seen_people

OF_OWN_WORK = frozenset({Role.CONTRIBUTOR, Role.TASK_OWNER})
WATCHING = frozenset({Role.WORKS_COUNCIL, Role.AUDITOR})  # over those who give roles, so never by their own hand


def authorise_role(by: Subject, role: Role, organisation: Organisation) -> None:
    """Who hands out, or takes back, a role that reaches beyond one's own work shows a second factor; coordinators make
    coordinators, every other such role is for administrators to give. Raises Denied, StepUp."""
    authorise(by, Permission.MEMBERSHIP_EDIT, on=resource(organisation))
    if role not in OF_OWN_WORK:
        coordinator = role == Role.COORDINATOR
        needed = Permission.ROLE_COORDINATOR if coordinator else Permission.ROLE_ADMINISTRATOR
        authorise(by, needed, on=resource(organisation))


def check_not_oneself(by: Subject, person: Person, role: Role, organisation: Organisation | None = None) -> None:
    """Nobody gives a role to themselves; who may make administrators there could have somebody else do it, and may,
    but not what watches over them.

    A coordinator asks another one. To be a contributor somewhere gives no rights over others, and is not meant.
    """
    if person.pk != by.person_id or role == Role.CONTRIBUTOR:
        return
    may = organisations_where(by, Permission.ROLE_ADMINISTRATOR)
    there = bool(may) if organisation is None else organisation.pk in may
    if there and role not in WATCHING:
        return
    raise Denied(
        _("Nobody gives a role to themselves."),
        _("Ask another administrator.") if role in WATCHING else _("Ask another coordinator, or an administrator."),
        permission=Permission.MEMBERSHIP_EDIT.value,
    )


@transaction.atomic
def grant_role(
    *,
    by: Subject,
    person: Person,
    organisation: Organisation,
    role: str,
    starts: date | None = None,
    ends: date | None = None,
) -> Membership:
    """Give a role in an organisation from a day (today) up to, not including, another (open).

    The person must be known to the asking one already; somebody from outside is invited, and says yes.
    """
    person = Person.objects.select_for_update().get(pk=person.pk)
    known = check_role(role)
    authorise_role(by, known, organisation)
    check_not_oneself(by, person, known, organisation)
    if not seen_people(by).filter(pk=person.pk).exists():
        raise Missing(_("There is no such person in the organisations you look after."), _("Invite them by mail."))
    held = add_membership(by, person, organisation, known, starts=starts, ends=ends)
    tell_role(by, "role.granted", held)
    return held


def add_membership(
    by: Subject | None,
    person: Person,
    organisation: Organisation,
    role: Role,
    *,
    starts: date | None = None,
    ends: date | None = None,
) -> Membership:
    """The write of `grant_role`, for actions that have authorised already."""
    starts = starts or timezone.localdate()
    check_period(starts, ends)
    overlapping = person.memberships.filter(
        Q(ends__isnull=True) | Q(ends__gt=starts), organisation=organisation, role=role
    )
    if ends is not None:
        overlapping = overlapping.filter(starts__lt=ends)
    if overlapping.exists():
        words = {"name": person.name, "role": role.label, "organisation": organisation.name}
        message = _("%(name)s is %(role)s in %(organisation)s already.") % words
        raise Conflict(message, _("There is nothing to do."))
    held = Membership.objects.create(person=person, organisation=organisation, role=role, starts=starts, ends=ends)
    _check_exists(organisation, starts)
    record_role(by, "granted", held)
    announce_role(held, "person.joined")
    return held


def _check_exists(organisation: Organisation, day: date) -> None:
    """Asked after the row stands: it waited there for whoever was ending the organisation, and reads what they did."""
    organisation.refresh_from_db(fields=["ends"])
    if organisation.ends is not None and organisation.ends <= day:
        words = {"name": organisation.name, "ends": organisation.ends}
        raise Conflict(_("%(name)s ended on %(ends)s.") % words, _("Choose the organisation that followed it."))


@transaction.atomic
def end_role(*, by: Subject, membership: Membership, day: date | None = None) -> Membership:
    """End a role on a day (today: at once). What was planned and has not begun never begins."""
    if membership.role == Role.ADMINISTRATOR:
        take_turn("administrators")
    held = Membership.objects.select_for_update().select_related("organisation", "person").get(pk=membership.pk)
    authorise_role(by, Role(held.role), held.organisation)
    today = timezone.localdate()
    if held.ends is not None and held.ends <= today:
        raise Conflict(_("This role has ended on %(day)s already.") % {"day": held.ends}, _("There is nothing to do."))
    if held.role == Role.ADMINISTRATOR:
        check_not_last([held])
    held.ends = max(day or today, held.starts)
    held.save(update_fields=["ends"])
    record_role(by, "ended", held)
    tell_role(by, "role.ended", held)
    announce_role(held, "person.left")
    return held


def tell_role(by: Subject, kind: str, held: Membership) -> None:
    """What somebody may do now, or no longer, is told to them, unless they did it themselves."""
    if held.person_id != by.person_id:
        organisation = held.organisation
        tell(
            to=[held.person_id], kind=kind, about=("organisation", organisation.code), link=reverse("record"),
            once=f"{kind}:{held.pk}", organisation_id=organisation.pk, role=str(held.role),
        )  # fmt: skip


def announce_role(held: Membership, event: str) -> None:
    """Belonging begins and ends with the role of a contributor; other roles are nobody's business outside."""
    if held.role == Role.CONTRIBUTOR:
        day = held.ends if event == "person.left" else held.starts
        announce(event=event, about=held.person.code, organisation_id=held.organisation_id, day=str(day))


def check_not_last(leaving: list[Membership]) -> None:
    """Refuse when an organisation would be left without an administrator, its own or one above it.

    Call it with the turn "administrators" taken.
    """
    others = holding().filter(role=Role.ADMINISTRATOR, ends__isnull=True, person__is_active=True)
    others = others.exclude(pk__in=[held.pk for held in leaving])
    left = set(others.values_list("organisation_id", flat=True))
    day = timezone.localdate()
    above = dict(
        Placement.objects.filter(Q(ends__isnull=True) | Q(ends__gt=day), starts__lte=day).values_list(
            "organisation", "parent"
        )
    )
    for held in leaving:
        place: int | None = held.organisation_id
        while place is not None and place not in left:
            place = above.get(place)
        if place is None:
            words = {"organisation": held.organisation.name}
            raise Conflict(
                _("%(organisation)s would be left without an administrator.") % words,
                _("Make somebody else administrator first."),
            )


def record_role(by: Subject | None, what: str, held: Membership) -> None:
    audit.record(
        by=by,
        action=f"people.membership.{what}",
        on=("person", held.person.code),
        organisation_id=held.organisation_id,
        role=str(held.role),
        starts=str(held.starts),
        ends=str(held.ends) if held.ends else None,
    )
