"""Webhooks registered, rotated, switched and removed by those who may; their secret is shown once and lies here sealed."""

from collections.abc import Collection
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.actions import authorise
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource
from talkoo.access.subject import Subject
from talkoo.audit import actions as audit
from talkoo.lib.errors import Conflict, Invalid, Missing
from talkoo.lib.outgoing import Refused, check_target
from talkoo.lib.plain import one_line
from talkoo.lib.sealing import Resealed, Unreadable
from talkoo.notify.events import EVENTS
from talkoo.notify.models import Delivery, DeliveryState, Endpoint, EndpointState
from talkoo.notify.models.webhooks import OVERLAP
from talkoo.notify.queries.webhooks import SECRET, access_endpoint, reach
from talkoo.notify.signing import new_secret

MOST = 20  # webhooks of one organisation
LENGTHS = {"url": 400, "description": 120}


def register_webhook(
    *, by: Subject, organisation_id: int, url: str, events: Collection[str], description: str = ""
) -> tuple[Endpoint, str]:
    """A new webhook, and its secret: the only time that it is told. Raises Denied, Invalid naming the field, Conflict."""
    authorise(by, Permission.WEBHOOK_EDIT, on=_resource(organisation_id))
    url, description = url.strip(), one_line(description)
    _check(url, events, description)
    secret = new_secret()
    with transaction.atomic():
        if Endpoint.objects.filter(organisation_id=organisation_id).count() >= MOST:
            raise Conflict(_("This organisation has as many webhooks as it can have."), _("Remove one first."))
        endpoint = Endpoint(
            organisation_id=organisation_id, url=url, events=sorted(set(events)), description=description,
            made_by_id=by.author_id,
        )  # fmt: skip
        endpoint.secret = SECRET.seal(secret, endpoint.code)
        endpoint.save()
        _record(by, "registered", endpoint, events=endpoint.events)
    return endpoint, secret


def _check(url: str, events: Collection[str], description: str) -> None:
    fields = {}
    if len(url) > LENGTHS["url"]:
        fields["url"] = _("Shorten the address to 400 characters.")
    if not events or not set(events) <= EVENTS.keys():
        fields["events"] = _("Choose at least one of the list.")
    if len(description) > LENGTHS["description"] or "\0" in description:
        fields["description"] = _("Shorten this to 120 plain characters.")
    if not fields:
        try:
            check_target(url, reach())
        except Refused:
            fields["url"] = _("Nothing can be sent there. It must begin with https:// and name a host that is reachable from here and not inside this machine or its network.")  # fmt: skip
    if fields:
        raise Invalid(_("This cannot be saved yet."), _("Look at what is marked."), fields=fields)


def rotate_secret(*, by: Subject, code: str) -> tuple[Endpoint, str]:
    """A new secret; the one before signs too for a day, so that the receiver can change over. Raises Missing."""
    secret = new_secret()
    with transaction.atomic():
        endpoint = access_endpoint(by, code, lock=True)
        endpoint.older, endpoint.older_until = endpoint.secret, timezone.now() + OVERLAP
        endpoint.secret = SECRET.seal(secret, endpoint.code)
        endpoint.save(update_fields=["older", "older_until", "secret"])
        _record(by, "rotated", endpoint)
    return endpoint, secret


def switch_webhook(*, by: Subject, code: str, on: bool) -> Endpoint:
    """Switch a webhook off, or on again: what waits is sent then. Raises Missing."""
    with transaction.atomic():
        endpoint = access_endpoint(by, code, lock=True)
        endpoint.state = EndpointState.ACTIVE if on else EndpointState.OFF
        endpoint.failing_since = endpoint.retry_at = None
        endpoint.save(update_fields=["state", "failing_since", "retry_at"])
        _record(by, "switched", endpoint, state=endpoint.state.value)
    return endpoint


def remove_webhook(*, by: Subject, code: str) -> None:
    """Forget a webhook with its log. Raises Missing."""
    with transaction.atomic():
        endpoint = access_endpoint(by, code, lock=True)
        _record(by, "removed", endpoint)
        endpoint.delete()


def resend_delivery(*, by: Subject, code: str, number: int) -> Delivery:
    """Send one message of the log again, under the same webhook-id. Raises Missing, Conflict where it waits anyway."""
    with transaction.atomic():
        endpoint = access_endpoint(by, code, lock=True)
        delivery = endpoint.deliveries.select_for_update().filter(pk=number).first()
        if delivery is None:
            raise Missing(_("There is no such message in the log."), _("Look at the log of this webhook."))
        if endpoint.state != EndpointState.ACTIVE:
            raise Conflict(_("This webhook is switched off."), _("Switch it on first."))
        delivery.state, delivery.tries, delivery.next_try, delivery.done = (
            DeliveryState.WAITING,
            0,
            timezone.now(),
            None,
        )
        delivery.save(update_fields=["state", "tries", "next_try", "done"])
        Endpoint.objects.filter(pk=endpoint.pk).update(retry_at=None)
        _record(by, "resent", endpoint, delivery=str(delivery.code))
    return delivery


def _resource(organisation_id: int) -> Resource:
    return Resource("organisation", str(organisation_id), organisation_id)


def _record(by: Subject, what: str, endpoint: Endpoint, **facts: object) -> None:
    audit.record(
        by=by, action=f"notify.webhook.{what}", on=("webhook", endpoint.code), organisation_id=endpoint.organisation_id,
        **facts,
    )  # fmt: skip


@transaction.atomic
def reseal_secrets() -> Resealed:
    """For the operator, after the secret key has changed; what cannot be read is counted and left as it is."""
    done = Resealed()
    for endpoint in Endpoint.objects.select_for_update().order_by("pk"):
        before = (endpoint.secret, endpoint.older)
        with suppress(Unreadable):
            endpoint.secret = done.take(SECRET, endpoint.secret, endpoint.code)
        with suppress(Unreadable):
            endpoint.older = done.take(SECRET, endpoint.older, endpoint.code) if endpoint.older else ""
        if (endpoint.secret, endpoint.older) != before:
            endpoint.save(update_fields=["secret", "older"])
    if done.anew:
        audit.record(by=None, action="notify.webhooks.resealed", on=("installation", ""), number=done.anew)
    return done
