"""Tokens through the API: seen and revoked, never made; for that somebody has to sit in front of a browser."""

from datetime import date, datetime

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from talkoo.access.actions.tokens import revoke_token
from talkoo.access.bearer import Bearer, Calling
from talkoo.access.queries.tokens import my_tokens
from talkoo.lib.api.pages import Page, Paging, page_of

router = Router()
ROUTERS = [("Tokens", router)]


class TokenOut(Schema):
    """A token, without its secret: that was shown once, when it was made."""

    code: str = Field(examples=["3f9c0a51de"])
    name: str = Field(examples=["Nightly export"])
    scopes: list[str] = Field(examples=[["batches:read", "results:read"]])
    made: datetime = Field(examples=["2026-11-25T09:00:00Z"])
    expires: datetime = Field(examples=["2027-02-23T09:00:00Z"])
    used: date | None = Field(description="The day of its last call.", examples=["2026-11-25"])


class Tokens(Schema):
    items: list[TokenOut]
    next: str | None


@router.get("/tokens", auth=Bearer(), response=Tokens, operation_id="list_tokens", summary="My tokens")
def list_tokens(request: Calling, response: HttpResponse, paging: Query[Paging]) -> Page:
    """The tokens of the person who asks. A service sees the one it speaks through."""
    return page_of(my_tokens(request.subject), paging, request=request, response=response)


@router.delete(
    "/tokens/{slug:code}", auth=Bearer(), response={204: None}, operation_id="revoke_token", summary="Revoke a token"
)
def revoke(request: Calling, code: str) -> Status[None]:
    """End it at its next call, for good. The token that asks may end itself."""
    revoke_token(by=request.subject, code=code)
    return Status(204, None)
