"""The one door: every action calls `authorise` before it looks at anything else."""

import logging
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.context import Device, Zone
from talkoo.access.deciding import at_best
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, decision, gives
from talkoo.access.refusing import WAYS, refuse
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied, Need, StepUp

JUST_NOW = timedelta(minutes=15)
log = logging.getLogger(__name__)


def authorise(by: Subject | None, permission: Permission, *, on: Resource) -> None:
    """Let pass or raise `Denied`, or `StepUp` where something the person can do would open it.

    Nothing is asked for in vain: what no sign-in would open is refused for good. Default is no: a permission nobody was given is refused to everybody, and so is what the rules cannot decide.
    """
    if by is None or not gives(by, permission, on):
        raise Denied(
            _("You may not do this here."),
            remedy=_("Ask the owner of this work, or the coordinator of your organisation."),
            permission=permission.value,
        )
    found = decision(by, permission, on)
    if found.fault:
        log.error("The rules could not decide on %s of a %s: %s", permission, on.kind, found.fault)
    if not found.allowed:
        best = decision(at_best(by), permission, on, counted=False)
        raise refuse(found if best.allowed or best.reasons else best, permission)


def need_proof_of_presence(by: Subject) -> None:
    """Let pass who used a key within JUST_NOW, asks on a managed device, or from the office or the VPN; else StepUp.

    For what softens the rules for oneself: a password and a code, which a false page can have too, are too little.
    """
    told, now = by.context, timezone.now()
    by_key = told.key_used is not None and timedelta(0) <= now - told.key_used <= JUST_NOW
    if by_key or told.device == Device.MANAGED or told.zone in {Zone.OFFICE, Zone.VPN}:
        return
    how, whom = WAYS["security-key"]
    words = _(
        "This needs a passkey or a security key, used within the last 15 minutes, or a device that your organisation manages, or the office or its VPN."
    )
    raise StepUp(
        _("You may do this, but not as things are now."),
        _("Meet what is missing, then do it again."),
        needs=[Need("security-key", words, str(how), str(whom))],
    )
