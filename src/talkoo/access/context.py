"""How surely somebody showed who they are, and from where and on what they ask. Found once a request and handed in."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Assurance(IntEnum):
    """The authenticator assurance levels of NIST SP 800-63B-4: one factor, two, two of which one is bound hardware."""

    ONE = 1
    TWO = 2
    THREE = 3


ONE_CLICK = "persona"  # how people of a demonstration sign in
LEVELS = {  # as operators write them: the level, and whether a false page gets nothing from it
    "1": (Assurance.ONE, False),
    "2": (Assurance.TWO, False),
    "2+": (Assurance.TWO, True),
    "3": (Assurance.THREE, True),
}


class Zone(StrEnum):
    """What a network is known as. Addresses at home change and are never proof: device and assurance carry weight."""

    OFFICE = "office"
    VPN = "vpn"
    HOME = "home"
    PUBLIC = "public"
    UNKNOWN = "unknown"


class Device(IntEnum):
    UNKNOWN = 0
    KNOWN = 1
    MANAGED = 2


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances of one request; what nobody found out stays at its weakest.

    `signed_in` is when they last proved who they are, with everything `assurance` stands for; `key_used` when they last
    gave what no false page can have too, a passkey or a security key; `session_began` when the session was made. `impersonated` says that somebody else looks through this person's eyes.
    """

    assurance: Assurance = Assurance.ONE
    signed_in: datetime | None = None
    key_used: datetime | None = None
    session_began: datetime | None = None
    zone: Zone = Zone.UNKNOWN
    device: Device = Device.UNKNOWN
    impersonated: bool = False


WEAKEST = Context()
