"""Organisations in one's care, and the list of skills."""

from datetime import date

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission
from talkoo.access.scopes import Scope
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.people.queries.organisations import seen_organisations
from talkoo.people.queries.skills import found_skills

router = Router()


class OrganisationOut(Schema):
    """An organisation of today."""

    code: str = Field(examples=["northtwn"])
    name: str = Field(examples=["Northtown"])
    parent: str | None = Field(
        None, alias="parent_name", description="Where it stands, by name.", examples=["Harbour Region"]
    )
    starts: date = Field(examples=["2020-01-01"])


class Organisations(Schema):
    items: list[OrganisationOut]
    next: str | None


class SkillOut(Schema):
    """A skill that work can ask for and people can state."""

    code: str = Field(examples=["plain-language"])
    name: str = Field(examples=["Plain language"])
    category: str = Field(examples=["Language"])
    description: str = Field(examples=["Writes so that everybody understands"])


class Skills(Schema):
    items: list[SkillOut]
    next: str | None


class SkillFilter(Paging):
    q: Text = Field("", max_length=200, description="Words of the name or the description.")
    category: Text = Field("", max_length=60)


@router.get(
    "/organisations", auth=Bearer(Scope.PEOPLE_READ), response=Organisations, operation_id="list_organisations",
    summary="Organisations in my care",
)  # fmt: skip
def list_organisations(request: Calling, response: HttpResponse, paging: Query[Paging]) -> Page:
    """Organisations whose people the caller looks after, by the order in which they were made."""
    seen = seen_organisations(request.subject, Permission.PEOPLE_SEE)
    return page_of(seen, paging, request=request, response=response, key="pk")


@router.get("/skills", auth=Bearer(), response=Skills, operation_id="list_skills", summary="The list of skills")
def list_skills(request: Calling, response: HttpResponse, asked: Query[SkillFilter]) -> Page:
    """Every skill, or those whose name or description holds the words of `q`. Needs no scope."""
    return page_of(found_skills(asked.q, asked.category), asked, request=request, response=response, key="pk")
