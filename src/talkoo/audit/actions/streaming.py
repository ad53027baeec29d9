"""Events go on to a receiver outside, in the order of their numbers, each at least once."""

import socket
from urllib.parse import SplitResult

from django.db import transaction

from talkoo.audit.faults import LogFault
from talkoo.audit.models import Leaf, Stream
from talkoo.audit.syslog import Send, line_of, message, receiver

PORTION = 500


def stream(*, target: SplitResult | None, facts: bool, portions: int = 200) -> int:
    """Send what has a number and was not sent there yet, from the very first event on; how many.

    Killed between sending and noting, it sends a portion again: a receiver knows entries by `n`. Raises LogFault where
    the receiver does not take them; they wait, and the next run goes on where this one stopped.
    """
    if target is None:
        return 0
    total = 0
    try:
        with receiver(target) as send:
            for _ in range(portions):
                sent = _portion(target, send, facts=facts)
                total += sent
                if sent < PORTION:
                    break
    except OSError as error:
        remedy = "They wait and are sent when it is back. See TALKOO_AUDIT_SYSLOG."
        raise LogFault(f"Events could not be sent to {target.geturl()} ({error}).", remedy) from None
    return total


@transaction.atomic
def _portion(target: SplitResult, send: Send, *, facts: bool) -> int:
    """Whoever holds the row of the receiver sends; nobody else does meanwhile."""
    held, _made = Stream.objects.select_for_update().get_or_create(target=target.geturl(), defaults={"position": 0})
    found = Leaf.objects.filter(position__gte=held.position).order_by("position").select_related("event")
    leaves = list(found[:PORTION])
    if leaves:
        host = socket.gethostname()
        plain = target.scheme == "file"
        send([line_of(each, facts=facts) if plain else message(each, host, facts=facts) for each in leaves])
        held.position = leaves[-1].position + 1
        held.save(update_fields=["position"])
    return len(leaves)
