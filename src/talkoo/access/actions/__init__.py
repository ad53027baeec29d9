"""The one door: every action calls `authorise` before it looks at anything else."""

from django.utils.translation import gettext as _

from talkoo.access.permissions import Permission
from talkoo.access.queries import Resource, allows
from talkoo.access.subject import Subject
from talkoo.lib.errors import Denied


def authorise(by: Subject | None, permission: Permission, *, on: Resource) -> None:
    """Let pass or raise `Denied`. Default is no: a permission nobody was given is refused to everybody."""
    if not allows(by, permission, on):
        raise Denied(
            _("You may not do this here."),
            remedy=_("Ask the owner of this work, or the coordinator of your organisation."),
            permission=permission.value,
        )
