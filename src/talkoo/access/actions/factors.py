"""The secrets of second factors, sealed anew when the secret key of the installation has changed."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction

from talkoo.access.adapter import SECRET
from talkoo.audit import actions as audit
from talkoo.lib.sealing import Resealed, Unreadable

SEALED = ("secret", "seed")  # of TOTP, of recovery codes


@transaction.atomic
def reseal_factors() -> Resealed:
    """For the operator. What cannot be read is counted and left as it is: the right key may still turn up."""
    done = Resealed()
    for factor in Authenticator.objects.select_for_update().order_by("pk"):
        changed = _resealed(factor.data, done)
        if changed:
            factor.data = {**factor.data, **changed}
            factor.save(update_fields=["data"])
    if done.anew:
        audit.record(by=None, action="access.factors.resealed", on=("installation", ""), number=done.anew)
    return done


def _resealed(data: dict[str, Any], done: Resealed) -> dict[str, str]:
    changed = {}
    for name in SEALED:
        sealed = data.get(name)
        if not isinstance(sealed, str):
            continue
        try:
            fresh = done.take(SECRET, sealed, "")
        except Unreadable:
            continue
        if fresh != sealed:
            changed[name] = fresh
    return changed
