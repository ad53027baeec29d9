"""Checkpoints: the log says how long it is and what its root is, signed, outside of the database."""

from datetime import UTC, datetime

from django.core.mail import EmailMessage
from django.db import transaction

from talkoo.audit import outside
from talkoo.audit.actions import record
from talkoo.audit.actions.sequencing import take_turn
from talkoo.audit.faults import LogFault
from talkoo.audit.keys import known_keys, make_key, signer
from talkoo.audit.models import SignedCheckpoint
from talkoo.audit.queries import tree
from talkoo.audit.queries.state import check_outside, check_same_past
from talkoo.engines.ledger import Checkpoint, Signer, signed

MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def sign(*, now: datetime) -> Checkpoint | None:
    """Sign the tree as it is and put it outside, unless that was done; None where there is no key or nothing new.

    Never signs two pasts: raises LogFault where the newest checkpoint outside does not belong to this tree, or is not there
    any more. Outside comes first: should the transaction fail after it, what was signed is still true.
    """
    by = signer()
    if by is None:
        return None
    with transaction.atomic():
        take_turn()
        size, last = tree.size(), outside.newest()
        check_outside(by.key.name, last[0] if last else None)
        if last and last[0].origin == by.key.name:
            check_same_past(last[0], size)
            if last[0].size == size:
                return None
        return _signed(by, size, now) if size else None


def _signed(by: Signer, size: int, now: datetime) -> Checkpoint:
    made = Checkpoint(by.key.name, size, tree.root_at(size), now.astimezone(UTC).strftime(MOMENT))
    note = signed(made.text(), by)
    try:
        outside.put(made, note, now.astimezone(UTC).date())
    except OSError as error:
        remedy = "Look at the folder of TALKOO_AUDIT_CHECKPOINTS."
        raise LogFault(f"The checkpoint cannot be written ({error.strerror}).", remedy) from None
    SignedCheckpoint.objects.create(at=now, origin=made.origin, size=size, note=note)
    return made


def tell_witnesses(*, addresses: list[str], now: datetime) -> bool:
    """Mail the newest checkpoint to those who keep it for us; False where there is nothing to send or nobody to send to."""
    last = outside.newest() if addresses else None
    if last is None:
        return False
    point, note = last
    body = (
        f"This is the newest signed checkpoint of the log {point.origin}: {point.size} entries, signed {point.at}.\n"
        "Please keep this message. With it, anybody can prove later that none of these entries was changed or removed.\n\n"
        f"{note}\nThe public key:\n{known_keys()[-1]}\n"
    )
    letter = EmailMessage(f"Checkpoint of {point.origin}, {now:%Y-%m-%d}", body, to=addresses[:1], bcc=addresses[1:])
    letter.attach(f"checkpoint-{point.size}.txt", note, "text/plain")
    letter.send()
    return True


def begin_key(*, name: str, renew: bool) -> Signer:
    """Make the key that signs the log from now on, and say so in the log. Raises LogFault where there is one already."""
    made = make_key(name, renew=renew)
    record(by=None, action="audit.key.made", on=("log", "key"), key=str(made.key), renewed=renew)
    return made
