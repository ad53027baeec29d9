"""What the rules refused, in words for the person: what is missing, how to get it, whom to ask."""

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from talkoo.access.permissions import Permission
from talkoo.engines.policy import Decision
from talkoo.lib.errors import Denied, Need, StepUp

# Every reason of the rules that people may read, so that it is translated; a test holds these against the files.
REASONS = (
    gettext_noop("This account is suspended."),
    gettext_noop("You have not been cleared for work of this sensitivity."),
    gettext_noop("Nobody decides on work they did themselves."),
    gettext_noop("Who looks through the eyes of somebody else may only look."),
    gettext_noop("Who looks through the eyes of somebody else sees nothing confidential."),
    gettext_noop("What decides over the rights and the safety of others needs a second factor."),
    gettext_noop("You are a guest here: open to you is the one piece of work that you were invited to."),
    gettext_noop("Guests look at the work and answer it; the rest is for those who answer for it."),
    gettext_noop("Guests see open work only."),
    gettext_noop("Programs read and write open and internal work only: a token shows neither place nor device."),
    gettext_noop("From a public network, internal work needs a second factor."),
    gettext_noop("Confidential work needs a second factor."),
    gettext_noop("Confidential work needs you to have signed in within the last 12 hours."),
    gettext_noop(
        "From a public or unknown network, confidential work needs a passkey or a security key, used within the last 12 hours."
    ),
    gettext_noop("From a public or unknown network, confidential work needs a device that your organisation manages."),
    gettext_noop("At home, work of this sensitivity needs an arrangement that allows it, in force now."),
    gettext_noop("Restricted work needs a passkey or a security key, used within the last hour."),
    gettext_noop("Restricted work is done in the office or over the VPN only."),
    gettext_noop("Restricted work needs a device that your organisation manages."),
    gettext_noop("This organisation asks for a second factor here."),
    gettext_noop("This organisation asks for a passkey or a security key here."),
    gettext_noop("This organisation asks for a device that it manages here."),
    gettext_noop("This organisation allows this in the office or over the VPN only."),
    gettext_noop("This organisation does not allow this at home."),
    gettext_noop("This organisation lets nothing of this sensitivity leave as a file."),
    gettext_noop("This organisation lets no program work with this."),
    gettext_noop("This organisation shows this to its own people only."),
    gettext_noop("This organisation lets no guests in."),
)

# By obligation, in the order in which people meet them: how to get what is missing, and whom to ask.
WAYS: dict[str, tuple[str | Promise, str | Promise]] = {
    "security-key": (
        gettext_lazy("Sign in again with a passkey or a security key."),
        gettext_lazy("If you have none, your security officer says how to get one."),
    ),
    "second-factor": (
        gettext_lazy("Sign in again with a second factor: a passkey, or a code from an app."),
        gettext_lazy("You set one up yourself, under “Sign-in and security”."),
    ),
    "sign-in-again": (gettext_lazy("Sign in again; you come back to where you are."), ""),
    "place": (
        gettext_lazy("Come to the office, or connect through your organisation’s VPN, then open it again."),
        gettext_lazy("Your administrator knows which networks count as yours."),
    ),
    "device": (
        gettext_lazy("Open it on a computer that your organisation looks after."),
        gettext_lazy("Your IT service desk tells you which those are."),
    ),
    "arrangement": (
        gettext_lazy(
            "Open it in the office, or agree with your manager that you may do such work at home at this time."
        ),
        gettext_lazy("Ask your manager."),
    ),
    "clearance": (
        gettext_lazy("Somebody has to clear you for it first."),
        gettext_lazy("Ask your security officer."),
    ),
}
NO_DEVICES = (  # where nothing can tell one device from another, nobody is sent to look for one
    gettext_lazy("Nobody can show that here yet: this Talkoo was not told how to recognise such devices."),
    gettext_lazy(
        "Ask your security officer whether the office or the VPN opens it, or whether devices will be recognised."
    ),
)
BY_SIGNING_IN = ("security-key", "second-factor", "sign-in-again")


def refuse(found: Decision, permission: Permission) -> Denied:
    """The error to raise: with needs where meeting them opens it, plain where a reason stands that nothing meets."""
    final = [reason for reason in found.reasons if reason.obligation not in WAYS]
    if final or not found.reasons:
        said = " ".join(_(reason.words) for reason in final) or _("This is not open to you.")
        return Denied(said, _("Ask the owner of this work, or your security officer."), permission.value)
    return StepUp(
        _("You may do this, but not as things are now."),
        _("Meet what is missing, then open it again."),
        permission.value,
        _needs(found),
    )


def _devices_are_told() -> bool:
    """Whether anything here can tell one device from another."""
    return bool(settings.DEVICE_ISSUER or settings.DEVICE_CERTIFICATES)


def _needs(found: Decision) -> list[Need]:
    """Each thing once, the one to begin with first; signing in with a key is also a second factor and fresh."""
    wanted = {reason.obligation for reason in found.reasons}
    stronger = next((way for way in BY_SIGNING_IN if way in wanted), "")
    needs = []
    for obligation, way in WAYS.items():
        how, whom = NO_DEVICES if obligation == "device" and not _devices_are_told() else way
        if obligation in wanted and (obligation == stronger or obligation not in BY_SIGNING_IN):
            said = [reason.words for reason in found.reasons if reason.obligation == obligation]
            needs.append(Need(obligation, _(said[-1]), str(how), str(whom)))
    return needs
