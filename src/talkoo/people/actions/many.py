"""The same for many people at once: all of them, or none and the reason."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from email.utils import parseaddr

from django.db import transaction
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, organisations_where
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, DomainError, Invalid
from talkoo.people.actions.invitations import make_invitation
from talkoo.people.actions.memberships import authorise_role, end_role, grant_role
from talkoo.people.actions.moving import move_person
from talkoo.people.checks import check_email, check_name, check_role
from talkoo.people.models import Organisation, Person
from talkoo.people.queries.organisations import resource
from talkoo.people.queries.persons import holding

MOST = 200
LETTERS = 20_000


@dataclass(frozen=True, slots=True)
class Done:
    """How many were changed, and how many were so already."""

    changed: int
    already: int


@transaction.atomic
def give_to_many(*, by: Subject, people: Sequence[Person], role: str, organisation: Organisation) -> Done:
    """Give a role from today; who holds it already is passed over. Raises as `grant_role`, naming the person."""
    known = check_role(role)
    authorise_role(by, known, organisation)
    have = _holders(people, role, organisation)
    fresh = [person for person in people if person.pk not in have]
    for person in fresh:
        with _named(person):
            grant_role(by=by, person=person, organisation=organisation, role=role)
    return Done(len(fresh), len(people) - len(fresh))


@transaction.atomic
def end_for_many(*, by: Subject, people: Sequence[Person], role: str, organisation: Organisation) -> Done:
    """End a role today; who does not hold it is passed over."""
    authorise_role(by, check_role(role), organisation)
    held = holding().filter(person__in=people, role=role, organisation=organisation).select_related("person")
    found = list(held.order_by("pk"))
    for each in found:
        with _named(each.person):
            end_role(by=by, membership=each)
    return Done(len(found), len(people) - len(found))


@transaction.atomic
def move_many(*, by: Subject, people: Sequence[Person], source: Organisation, target: Organisation, day: date) -> Done:
    """Move people as contributors on a day; their batches stay with them. Who is not in `source` is passed over."""
    held = set(holding(day).filter(person__in=people, organisation=source).values_list("person_id", flat=True))
    found = [person for person in people if person.pk in held]
    for person in found:
        with _named(person):
            move_person(by=by, person=person, source=source, target=target, day=day)
    return Done(len(found), len(people) - len(found))


def _holders(people: Sequence[Person], role: str, organisation: Organisation) -> set[int]:
    held = holding().filter(person__in=people, role=role, organisation=organisation)
    return set(held.values_list("person_id", flat=True))


@contextmanager
def _named(person: Person) -> Iterator[None]:
    """Says whom a refusal is about, where several people are changed at once."""
    try:
        yield
    except (Conflict, Invalid) as error:
        words = {"name": person.name, "reason": error.message}
        message = _("Nothing was changed, because of %(name)s: %(reason)s") % words
        raise Conflict(message, error.remedy or _("Leave them out, or put it right first.")) from error


@transaction.atomic
def invite_many(*, by: Subject, addresses: str, organisation: Organisation, role: str, site: str) -> Done:
    """Invite every address of a text, one a line or between commas, also as `Name <address>`. Who is here already or
    was invited is passed over; a line that holds no address refuses all of them and is named.
    """
    organisation = Organisation.objects.select_for_update().get(pk=organisation.pk)
    known = check_role(role)
    authorise(by, Permission.PEOPLE_INVITE, on=resource(organisation))
    authorise_role(by, known, organisation)
    found = _addresses(addresses)
    already = 0
    for email, name in found.items():
        try:
            with transaction.atomic():
                make_invitation(by, email=email, name=name, organisation=organisation, role=known, site=site)
        except Conflict:
            already += 1
    return Done(len(found) - already, already)


def _addresses(text: str) -> dict[str, str]:
    """Address to name, each address once, in order. Raises Invalid with the line that holds none."""
    found: dict[str, str] = {}
    for number, line in enumerate(text[:LETTERS].splitlines(), start=1):
        for each in filter(str.strip, line.replace(";", ",").split(",")):
            name, email = parseaddr(each.strip())
            try:
                found.setdefault(check_email(email or each), check_name(name) if name.strip() else "")
            except DomainError as error:
                message = _("Line %(line)d: %(reason)s") % {"line": number, "reason": error.message}
                raise Invalid(message, fields={"addresses": message}) from None
    if not found or len(found) > MOST:
        message = _("Write between 1 and %(most)d addresses.") % {"most": MOST}
        raise Invalid(message, _("For more, use a file."), fields={"addresses": message})
    return found


@transaction.atomic
def record_members_export(*, by: Subject) -> None:
    """Who took a copy of the list of people stands in the log."""
    reach = organisations_where(by, Permission.PEOPLE_SEE)
    authorise(by, Permission.PEOPLE_SEE, on=Resource("people", "all", min(reach, default=None)))
    audit.record(by=by, action="people.members.exported", on=("people", "all"), organisation_id=by.organisation_id)
