"""Who is asking."""

from typing import Any

from ninja import Field, Router, Schema

from talkoo.access.bearer import Bearer, Calling

router = Router()


class Me(Schema):
    """Who speaks through this token, and what it may do."""

    name: str = Field(examples=["Jonas Lindqvist"])
    service: bool = Field(description="Whether a program of an organisation speaks, and no person.", examples=[False])
    organisation: str = Field(description="The home organisation, by name.", examples=["Northtown"])
    roles: list[str] = Field(description="Roles held anywhere today.", examples=[["contributor", "task_owner"]])
    token: str = Field(description="The code of this token, as the log names it.", examples=["3f9c0a51de"])
    scopes: list[str] = Field(examples=[["batches:read", "tasks:answer"]])


@router.get("/me", auth=Bearer(), response=Me, operation_id="me", summary="Who am I")
def me(request: Calling) -> dict[str, Any]:
    """Who speaks through this token. A good first call: it needs no scope."""
    by = request.subject
    return {
        "name": by.name, "service": by.is_service, "organisation": by.organisation_name, "roles": sorted(by.roles),
        "token": by.token, "scopes": request.token.scopes,
    }  # fmt: skip
