"""How surely somebody proved who they are, from what they gave, and for how long that holds.

Levels and times after NIST SP 800-63B-4: level two at most 24 hours, an hour without use; level three at most 12 hours,
15 minutes without use. For level one the publication sets only 30 days; where desks are shared, a day is enough.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from talkoo.access.context import Assurance

KEY, PASSKEY = "security-key", "passkey"
GRAIN = timedelta(minutes=1)  # when a session was used last is known to the minute
SECOND = {"totp", "recovery_codes"}


class Limit(NamedTuple):
    altogether: timedelta
    idle: timedelta


LIMITS = {
    Assurance.ONE: Limit(timedelta(hours=24), timedelta(hours=4)),
    Assurance.TWO: Limit(timedelta(hours=24), timedelta(hours=1)),
    Assurance.THREE: Limit(timedelta(hours=12), timedelta(minutes=15)),
}
OF_GUESTS = Limit(timedelta(hours=4), timedelta(minutes=30))  # who holds the mailbox comes back by the next link


@dataclass(frozen=True, slots=True)
class Proof:
    """What was proved: how surely and when last, when last by what no false page can have too, and by which methods."""

    assurance: Assurance
    at: datetime
    key_at: datetime | None
    methods: tuple[str, ...]


def proof_of(records: Iterable[Mapping[str, Any]], *, now: datetime) -> Proof | None:
    """What the records of a session come to, oldest first; None where nothing was proved.

    A record has `method` and `at` (seconds since 1970). Those of second factors have a `type`, those of passkeys and
    security keys a `kind`, those that name their own level `assurance` and perhaps `resistant`; all that gave level three
    `lapsed` once that was over for want of use. Codes count only beside a first factor; a passkey or a security key was unlocked by its owner and is two factors by itself. `at` is when the
    highest level was proved last: a password given again does not renew what a security key proved, and a code given
    later does not make a passkey of this morning a passkey of now. Level three that is over counts as level two.
    """
    steps = [_aged(_step(record), now) for record in records]
    if not steps:
        return None
    best = max(level for level, _resistant, _at, _method in steps)
    return Proof(
        assurance=best,
        at=_moment(max(at for level, _resistant, at, _method in steps if level == best)),
        key_at=max((_moment(at) for _level, resistant, at, _method in steps if resistant), default=None),
        methods=tuple(dict.fromkeys(method for _level, _resistant, _at, method in steps)),
    )


def _aged(step: tuple[Assurance, bool, float, str], now: datetime) -> tuple[Assurance, bool, float, str]:
    level, resistant, at, method = step
    over = now - _moment(at) >= LIMITS[level].altogether
    return (Assurance.TWO if level is Assurance.THREE and over else level), resistant, at, method


def _moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _step(record: Mapping[str, Any]) -> tuple[Assurance, bool, float, str]:
    kind, at = record.get("kind"), float(record["at"])
    if kind == KEY:
        return Assurance.TWO if record.get("lapsed") else Assurance.THREE, True, at, KEY
    if kind == PASSKEY:
        return Assurance.TWO, True, at, PASSKEY
    if record.get("type") in SECOND:
        return Assurance.TWO, False, at, str(record["type"])
    level = Assurance(record.get("assurance", 1))
    if level is Assurance.THREE and record.get("lapsed"):
        level = Assurance.TWO
    return level, bool(record.get("resistant")), at, str(record["method"])


def lasting(
    assurance: Assurance, *, proved: datetime, seen: datetime, now: datetime, guest: bool = False
) -> Assurance | None:
    """The level that still holds, or None when it is time to sign in again.

    Level three ends at its own limits and leaves level two behind: a key at the desk must not make reading the board
    harder than a password does. The other levels end the session. Guests stay shorter.
    """
    if guest and _past(OF_GUESTS, proved, seen, now):
        return None
    level = assurance
    if level is Assurance.THREE and _past(LIMITS[level], proved, seen, now):
        level = Assurance.TWO
    return None if _past(LIMITS[level], proved, seen, now) else level


def _past(limit: Limit, proved: datetime, seen: datetime, now: datetime) -> bool:
    return now - proved >= limit.altogether or now - seen >= limit.idle + GRAIN
