"""Webhooks through the API: registered, rotated, switched, removed, and what was sent to them.

They are of `notify`, the organisations whose events they hear of `people`: so they meet here.
"""

from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from ninja import Field, Query, Router, Schema, Status

from talkoo.access.bearer import Bearer, Calling
from talkoo.access.permissions import Permission
from talkoo.access.scopes import Scope
from talkoo.lib.api.pages import Page, Paging, page_of
from talkoo.lib.api.texts import Text
from talkoo.notify.actions.webhooks import (
    register_webhook,
    remove_webhook,
    resend_delivery,
    rotate_secret,
    switch_webhook,
)
from talkoo.notify.models import DeliveryState, Endpoint, EndpointState
from talkoo.notify.queries.webhooks import access_endpoint, deliveries, seen_endpoints
from talkoo.people.queries.organisations import access_organisation

router = Router()
ROUTERS = [("Webhooks", router)]
WRITE = Bearer(Scope.WEBHOOKS_WRITE)


class WebhookOut(Schema):
    """An address that hears events of an organisation. Its secret was told once, when it was made."""

    code: str = Field(examples=["9c1f04b7a2de"])
    url: str = Field(examples=["https://cases.northtown.example/talkoo"])
    description: str = Field(examples=["Case system"])
    events: list[str] = Field(examples=[["batch.closed", "task.settled"]])
    state: EndpointState = Field(examples=["active"])
    made: datetime = Field(examples=["2026-11-25T09:00:00Z"])


class Webhooks(Schema):
    items: list[WebhookOut]
    next: str | None


class NewWebhookOut(WebhookOut):
    """The webhook with its secret, which is told only now."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class WebhookIn(Schema):
    """What shall hear which events."""

    organisation: Text = Field(max_length=12, description="The code of an organisation.", examples=["northtwn"])
    url: Text = Field(min_length=1, max_length=400, examples=["https://cases.northtown.example/talkoo"])
    events: list[Text] = Field(min_length=1, max_length=40, examples=[["batch.closed", "task.settled"]])
    description: Text = Field("", max_length=120, examples=["Case system"])


class SwitchIn(Schema):
    on: bool = Field(examples=[False])


class DeliveryOut(Schema):
    """One message to a webhook; its content is not shown again."""

    number: int = Field(alias="pk", examples=[812])
    id: UUID = Field(
        alias="code",
        description="The webhook-id, the same at every try.",
        examples=["0d8c5f8e-6c2b-4a1e-9a63-0d9f7f0e5b11"],
    )
    type: str = Field(examples=["batch.closed"])
    state: DeliveryState = Field(examples=["delivered"])
    tries: int = Field(examples=[1])
    made: datetime = Field(examples=["2026-11-25T09:00:00Z"])
    done: datetime | None = Field(examples=["2026-11-25T09:00:01Z"])


class Deliveries(Schema):
    items: list[DeliveryOut]
    next: str | None


def _with_secret(endpoint: Endpoint, secret: str) -> NewWebhookOut:
    return NewWebhookOut(**WebhookOut.from_orm(endpoint).dict(), secret=secret)


@router.get("/webhooks", auth=WRITE, response=Webhooks, operation_id="list_webhooks", summary="Webhooks")
def list_webhooks(request: Calling, response: HttpResponse, paging: Query[Paging]) -> Page:
    """Webhooks of the organisations in the caller's care."""
    return page_of(seen_endpoints(request.subject), paging, request=request, response=response, key="pk")


@router.post(
    "/webhooks",
    auth=WRITE,
    response={201: NewWebhookOut},
    operation_id="register_webhook",
    summary="Register a webhook",
)
def post_webhook(request: Calling, said: WebhookIn) -> Status[NewWebhookOut]:
    """Have events sent to an address. The answer holds the secret that signs them: it is told this once."""
    place = access_organisation(request.subject, said.organisation, Permission.WEBHOOK_EDIT)
    made = register_webhook(
        by=request.subject, organisation_id=place.pk, url=said.url, events=said.events, description=said.description
    )
    return Status(201, _with_secret(*made))


@router.get("/webhooks/{slug:code}", auth=WRITE, response=WebhookOut, operation_id="get_webhook", summary="One webhook")
def get_webhook(request: Calling, code: str) -> Endpoint:
    """A webhook of an organisation in the caller's care."""
    return access_endpoint(request.subject, code)


@router.delete(
    "/webhooks/{slug:code}", auth=WRITE, response={204: None}, operation_id="remove_webhook", summary="Remove a webhook"
)
def delete_webhook(request: Calling, code: str) -> Status[None]:
    """Forget a webhook with its log; what waits is not sent."""
    remove_webhook(by=request.subject, code=code)
    return Status(204, None)


@router.post(
    "/webhooks/{slug:code}/secret", auth=WRITE, response=NewWebhookOut, operation_id="rotate_webhook_secret",
    summary="Make a new secret",
)  # fmt: skip
def post_secret(request: Calling, code: str) -> NewWebhookOut:
    """A new secret; the one before signs too for a day."""
    return _with_secret(*rotate_secret(by=request.subject, code=code))


@router.post(
    "/webhooks/{slug:code}/switch", auth=WRITE, response=WebhookOut, operation_id="switch_webhook",
    summary="Switch it off or on",
)  # fmt: skip
def post_switch(request: Calling, code: str, said: SwitchIn) -> Endpoint:
    """Switch a webhook off, or on again: what waits is sent then."""
    return switch_webhook(by=request.subject, code=code, on=said.on)


@router.get(
    "/webhooks/{slug:code}/deliveries", auth=WRITE, response=Deliveries, operation_id="list_deliveries",
    summary="What was sent",
)  # fmt: skip
def list_deliveries(request: Calling, response: HttpResponse, code: str, paging: Query[Paging]) -> Page:
    """The log of a webhook, newest first."""
    found = deliveries(access_endpoint(request.subject, code))
    return page_of(found, paging, request=request, response=response)


@router.post(
    "/webhooks/{slug:code}/deliveries/{int:number}/resend", auth=WRITE, response={204: None},
    operation_id="resend_delivery", summary="Send it again",
)  # fmt: skip
def post_resend(request: Calling, code: str, number: int) -> Status[None]:
    """Send one message of the log again, under the same webhook-id."""
    resend_delivery(by=request.subject, code=code, number=min(number, 2**63 - 1))
    return Status(204, None)
