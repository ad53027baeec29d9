"""The one door: every action calls `authorise` before it looks at anything else."""

import logging

from django.utils.translation import gettext as _

from talkoo.access.deciding import at_best
from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, decision, gives
from talkoo.access.refusing import refuse
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied

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
