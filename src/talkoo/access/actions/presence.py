"""What softens the rules for oneself asks for more than a password and a code, which a false page can catch both."""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.utils import timezone
from django.utils.translation import gettext as _

from talkoo.access.context import Device, Zone
from talkoo.access.refusing import WAYS
from talkoo.access.subject import Subject
from talkoo.lib.errors import Need, StepUp

JUST_NOW = timedelta(minutes=15)
SETTLED = timedelta(days=1)  # whoever caught password and code could add a key of their own and use that


def need_proof_of_presence(by: Subject) -> None:
    """Let pass who used a key within JUST_NOW and added none within SETTLED, asks on a managed device, or from the office
    or the VPN; else StepUp. One query at most."""
    now = timezone.now()
    if by.context.device == Device.MANAGED or by.context.zone in {Zone.OFFICE, Zone.VPN} or _by_key(by, now):
        return
    how, whom = WAYS["security-key"]
    words = _(
        "This needs a passkey or a security key used within the last 15 minutes, and none added since yesterday; or a device that your organisation manages; or the office or its VPN."
    )
    raise StepUp(
        _("You may do this, but not as things are now."),
        _("Meet what is missing, then do it again."),
        needs=[Need("security-key", words, str(how), str(whom))],
    )


def _by_key(by: Subject, now: datetime) -> bool:
    used = by.context.key_used
    if used is None or not timedelta(0) <= now - used <= JUST_NOW:
        return False
    keys = Authenticator.objects.filter(user_id=by.person_id, type=Authenticator.Type.WEBAUTHN)
    return not keys.filter(created_at__gt=now - SETTLED).exists()
