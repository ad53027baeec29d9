"""People in one's care: seen, invited, given roles."""

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission, Role
from talkoo.access.queries import organisations_where
from talkoo.access.scopes import Scope
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.lib.errors import Missing
from talkoo.people.actions.invitations import invite_person, withdraw_invitation
from talkoo.people.actions.memberships import end_role, grant_role
from talkoo.people.models import Invitation, Membership
from talkoo.people.queries.organisations import access_organisation, below
from talkoo.people.queries.persons import (
    access_invitation,
    access_person,
    history,
    pending_invitations,
    people_in,
    with_roles,
)

router = Router()
READ, WRITE = Bearer(Scope.PEOPLE_READ), Bearer(Scope.PEOPLE_WRITE)


class RoleOut(Schema):
    """A role in an organisation, from a day up to, not including, another."""

    number: int = Field(alias="pk", examples=[17])
    role: Role = Field(examples=["contributor"])
    organisation: str = Field(alias="organisation.code", examples=["northtwn"])
    starts: date = Field(examples=["2026-01-01"])
    ends: date | None = Field(examples=[None])


class PersonOut(Schema):
    """Somebody in the caller's care."""

    code: str = Field(examples=["k3m9x2pq"])
    name: str = Field(examples=["Amina Mohamud"])
    email: str = Field(examples=["amina.mohamud@northtown.example"])
    title: str = Field(examples=["Permit officer"])
    active: bool = Field(alias="is_active", examples=[True])
    roles: list[RoleOut] = Field(alias="held", description="Those in the caller's care that are not over.")


class People(Schema):
    items: list[PersonOut]
    next: str | None


class PeopleFilter(Paging):
    q: Text = Field("", max_length=200, description="Words of the name, the address or the title.")
    organisation: Text = Field(
        "", max_length=12, description="The code of an organisation: its people, and those below it."
    )


class InvitationIn(Schema):
    """Whom to invite where."""

    email: Text = Field(max_length=254, examples=["new.colleague@northtown.example"])
    organisation: Text = Field(max_length=12, description="The code of an organisation.", examples=["northtwn"])
    name: Text = Field("", max_length=120, examples=["New Colleague"])
    role: Role = Field(Role.CONTRIBUTOR, examples=["contributor"])


class InvitationOut(Schema):
    """An invitation that waits for an answer."""

    number: int = Field(alias="pk", examples=[4])
    email: str = Field(examples=["new.colleague@northtown.example"])
    name: str = Field(examples=["New Colleague"])
    organisation: str = Field(alias="organisation.code", examples=["northtwn"])
    role: Role = Field(examples=["contributor"])
    sent: datetime = Field(examples=["2026-11-25T09:00:00Z"])
    expires: datetime = Field(examples=["2026-12-09T09:00:00Z"])


class Invitations(Schema):
    items: list[InvitationOut]
    next: str | None


class RoleIn(Schema):
    """A role to be given: from today, until somebody ends it, unless it is said otherwise."""

    role: Role = Field(examples=["task_owner"])
    organisation: Text = Field(max_length=12, examples=["northtwn"])
    starts: date | None = Field(None, examples=["2026-12-01"])
    ends: date | None = Field(None, description="The first day on which it no longer holds.", examples=["2027-12-01"])


@router.get("/people", auth=READ, response=People, operation_id="list_people", summary="People in my care")
def list_people(request: Calling, response: HttpResponse, asked: Query[PeopleFilter]) -> Page:
    """People of the organisations the caller looks after, in the order in which they joined."""
    reach = organisations_where(request.subject, Permission.PEOPLE_SEE)
    shown = reach
    if asked.organisation:
        shown &= below(access_organisation(request.subject, asked.organisation, Permission.PEOPLE_SEE))
    people = with_roles(people_in(shown, asked.q), reach)
    return page_of(people, asked, request=request, response=response, key="pk")


@router.get("/people/{slug:code}", auth=READ, response=PersonOut, operation_id="get_person", summary="One person")
def get_person(request: Calling, code: str) -> Any:
    """A person of the organisations the caller looks after."""
    person: Any = access_person(request.subject, code)
    person.held = [held for held in history(request.subject, person) if not _over(held)]
    return person


def _over(held: Membership) -> bool:
    return held.ends is not None and held.ends <= timezone.localdate()


@router.post(
    "/people/{slug:code}/roles", auth=WRITE, response={201: RoleOut}, operation_id="grant_role", summary="Give a role"
)
def post_role(request: Calling, code: str, said: RoleIn) -> Status[Membership]:
    """Give somebody in the caller's care a role. No token gives a role that reaches beyond one's own work."""
    place = access_organisation(request.subject, said.organisation, Permission.MEMBERSHIP_EDIT)
    person = access_person(request.subject, code)
    held = grant_role(
        by=request.subject, person=person, organisation=place, role=said.role, starts=said.starts, ends=said.ends
    )
    return Status(201, held)


@router.delete(
    "/people/{slug:code}/roles/{int:number}", auth=WRITE, response={204: None}, operation_id="end_role",
    summary="End a role",
)  # fmt: skip
def delete_role(request: Calling, code: str, number: int) -> Status[None]:
    """End a role today; it stays in the person's history."""
    person = access_person(request.subject, code)
    held = history(request.subject, person).filter(pk=min(number, 2**63 - 1)).first()
    if held is None:
        raise Missing(_("There is no such role."), _("Look at the roles of this person."))
    end_role(by=request.subject, membership=held)
    return Status(204, None)


@router.get(
    "/invitations", auth=READ, response=Invitations, operation_id="list_invitations", summary="Invitations that wait"
)
def list_invitations(request: Calling, response: HttpResponse, paging: Query[Paging]) -> Page:
    """Invitations to the organisations in the caller's care that nobody accepted or withdrew, newest first."""
    waiting = pending_invitations(organisations_where(request.subject, Permission.PEOPLE_SEE))
    return page_of(waiting, paging, request=request, response=response)


@router.post(
    "/invitations", auth=WRITE, response={201: InvitationOut}, operation_id="invite_person", summary="Invite somebody"
)
def post_invitation(request: Calling, said: InvitationIn) -> Status[Invitation]:
    """Invite an address to an organisation; a mail with a link goes out."""
    place = access_organisation(request.subject, said.organisation, Permission.PEOPLE_INVITE)
    site = settings.BASE_URL or f"{request.scheme}://{request.get_host()}"
    made = invite_person(
        by=request.subject, email=said.email, organisation=place, site=site, name=said.name, role=said.role
    )
    return Status(201, made)


@router.delete(
    "/invitations/{int:number}", auth=WRITE, response={204: None}, operation_id="withdraw_invitation",
    summary="Withdraw an invitation",
)  # fmt: skip
def delete_invitation(request: Calling, number: int) -> Status[None]:
    """Make the link of an invitation useless."""
    withdraw_invitation(by=request.subject, invitation=access_invitation(request.subject, min(number, 2**63 - 1)))
    return Status(204, None)
