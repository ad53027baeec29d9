"""From the outbox to the receivers. Deliveries are made in order; each has one id at every try.

A receiver that hangs or is broken is tried once in a while with its oldest message, on the schedule that the Standard
Webhooks specification gives as an example; everything behind it waits without costing anybody time, and comes in order
when it answers again. After days of failure it is switched off, and whoever registered it is told. A worker that is
killed between sending and marking leaves a message that is sent again under the same id: receivers know it by that.
"""

import json
import random
import time
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q
from django.urls import reverse

from talkoo.audit import actions as audit
from talkoo.lib import outgoing
from talkoo.lib.outgoing import Answer
from talkoo.lib.sealing import Unreadable
from talkoo.notify.actions.telling import tell
from talkoo.notify.events import EVENTS
from talkoo.notify.models import Attempt, Delivery, DeliveryState, Endpoint, EndpointState, Happening
from talkoo.notify.queries.webhooks import due, reach, secrets_of
from talkoo.notify.signing import headers

SCHEDULE = (
    timedelta(seconds=5), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=5),
    timedelta(hours=10), timedelta(hours=14), timedelta(hours=20), timedelta(hours=24),
)  # fmt: skip
JITTER = 0.2  # of each wait, so that receivers that came down together are not tried together
SWITCH_OFF = timedelta(days=3)
LEASE = timedelta(seconds=90)
SECONDS = 30  # of one run for one receiver
AT_ONCE = 2000  # events taken out of the outbox in one transaction
BUNDLE = 500  # events in one message
TURN = "talkoo.notify outbox"
GONE, SLOW_DOWN, TOO_LATE = 410, 429, 408


def make_deliveries(*, now: datetime) -> int:
    """Turn the events of the outbox into messages to the webhooks that listen, in their order. Returns how many."""
    total = 0
    while True:
        with transaction.atomic():
            if not _turn():
                return total
            events = list(Happening.objects.select_for_update().order_by("id")[:AT_ONCE])
            made = Delivery.objects.bulk_create(_messages(events, now))
            Happening.objects.filter(pk__in=[event.pk for event in events]).delete()
            if made:
                audit.record(by=None, action="notify.webhook.queued", on=("webhook", "all"), messages=len(made))
        total += len(made)
        if len(events) < AT_ONCE:
            return total


def _turn() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [TURN])
        return bool(cursor.fetchone()[0])


def _messages(events: list[Happening], now: datetime) -> Iterator[Delivery]:
    active = Endpoint.objects.filter(
        organisation_id__in={event.organisation_id for event in events}, state=EndpointState.ACTIVE
    )
    listening: dict[int, list[Endpoint]] = {}
    for endpoint in active.order_by("pk"):
        listening.setdefault(endpoint.organisation_id, []).append(endpoint)
    for parcel in _parcels(events):
        first = parcel[0]
        for endpoint in listening.get(first.organisation_id, ()):
            if first.type in endpoint.events:
                yield Delivery(endpoint=endpoint, type=first.type, body=_body(parcel), made=now, next_try=now)


def _parcels(events: list[Happening]) -> Iterator[list[Happening]]:
    """Each event alone; those of a bundled type with the others about the same thing, at the place of the first."""
    bundles: dict[tuple[str, int, str], list[Happening]] = {}
    order: list[list[Happening]] = []
    for event in events:
        key = (event.type, event.organisation_id, event.about)
        declared = EVENTS.get(event.type)
        if declared and declared.bundled and key in bundles and len(bundles[key]) < BUNDLE:
            bundles[key].append(event)
        else:
            bundles[key] = [event]
            order.append(bundles[key])
    yield from order


def _body(parcel: list[Happening]) -> str:
    """The message as the specification recommends it: type, timestamp, data. Stored, so that every try signs the same."""
    first, last = parcel[0], parcel[-1]
    declared = EVENTS.get(first.type)
    said = first.data if not (declared and declared.bundled) else {"items": [event.data for event in parcel]}
    thing = first.type.partition(".")[0] if first.type.startswith("person") else "batch"
    data = {thing: first.about, **said}
    return json.dumps(
        {"type": first.type, "timestamp": last.at.isoformat(), "data": data}, ensure_ascii=False, separators=(",", ":")
    )


# Sending


def deliver(*, endpoint: int, now: datetime) -> int:
    """Send what waits for one webhook, oldest first, as long as it takes it. Returns how many tries were made.

    Its lease keeps every other worker away from this webhook meanwhile.
    """
    tries, ends = 0, time.monotonic() + SECONDS
    while time.monotonic() < ends and (delivery := _take(endpoint, now, first=not tries)):
        answer = _send(delivery, now)
        tries += 1
        if not _mark(delivery, answer, now):
            break
    if tries:
        Endpoint.objects.filter(pk=endpoint).update(busy_until=None)
    return tries


def _take(endpoint: int, now: datetime, *, first: bool) -> Delivery | None:
    """The oldest message that may be tried, with the lease of its webhook; None where another worker has it."""
    with transaction.atomic():
        ready = Q(retry_at__isnull=True) | Q(retry_at__lte=now)
        known = Endpoint.objects.select_for_update(skip_locked=True)
        found = known.filter(ready, pk=endpoint, state=EndpointState.ACTIVE).first()
        if found is None or (first and _busy(found, now)):
            return None
        waiting = found.deliveries.filter(due(now)).order_by("id").first()
        if waiting is None:
            return None
        found.busy_until = now + LEASE
        found.save(update_fields=["busy_until"])
        waiting.endpoint = found
        return waiting


def _busy(endpoint: Endpoint, now: datetime) -> bool:
    """Whether a worker has it. A lease that ends later than any can was given before the clock was set back."""
    return endpoint.busy_until is not None and now < endpoint.busy_until <= now + 2 * LEASE


def _send(delivery: Delivery, now: datetime) -> Answer:
    endpoint, body = delivery.endpoint, delivery.body.encode()
    try:
        secrets = secrets_of(endpoint, now)
    except Unreadable:
        return Answer(None, 0, "The secret can no longer be read: give the webhook a new one.")
    signed = headers(secrets, f"msg_{delivery.code.hex}", int(now.timestamp()), body)
    return outgoing.post(endpoint.url, body, signed, reach())


def _mark(delivery: Delivery, answer: Answer, now: datetime) -> bool:
    """Write down a try and what follows from it. Returns whether the webhook may be sent more at once."""
    arrived = answer.status is not None and 200 <= answer.status < 300
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().filter(pk=delivery.endpoint_id).first()
        if endpoint is None:
            return False
        Attempt.objects.create(
            delivery=delivery, at=now, status=answer.status, milliseconds=answer.milliseconds, excerpt=answer.excerpt
        )
        delivery.tries += 1
        if arrived:
            delivery.state, delivery.done = DeliveryState.DELIVERED, now
            endpoint.failing_since = endpoint.retry_at = None
        else:
            _failed(delivery, endpoint, answer, now)
        delivery.save(update_fields=["state", "tries", "next_try", "done"])
        endpoint.save(update_fields=["state", "failing_since", "retry_at"])
    return endpoint.state == EndpointState.ACTIVE and endpoint.retry_at is None


def _failed(delivery: Delivery, endpoint: Endpoint, answer: Answer, now: datetime) -> None:
    if delivery.tries > len(SCHEDULE):
        delivery.state, delivery.done = DeliveryState.GIVEN_UP, now
    else:
        delivery.next_try = now + SCHEDULE[delivery.tries - 1] * random.uniform(1, 1 + JITTER)
    endpoint.failing_since = endpoint.failing_since or now
    if answer.status is None or answer.status >= 500 or answer.status in {SLOW_DOWN, TOO_LATE}:
        endpoint.retry_at = delivery.next_try
    if answer.status == GONE or endpoint.failing_since <= now - SWITCH_OFF:
        endpoint.state = EndpointState.FAILED
        audit.record(
            by=None, action="notify.webhook.failed", on=("webhook", endpoint.code),
            organisation_id=endpoint.organisation_id, since=endpoint.failing_since.isoformat(),
        )  # fmt: skip
        if endpoint.made_by_id:
            tell(
                to=[endpoint.made_by_id], kind="webhook.failed", about=("endpoint", endpoint.code),
                link=reverse("webhook", args=[endpoint.code]), once=f"webhook.failed:{endpoint.code}:{now.isoformat()}",
                organisation_id=endpoint.organisation_id,
            )  # fmt: skip
