"""Where somebody is signed in."""

from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth import HASH_SESSION_KEY, get_user_model
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from talkoo.access.context import Assurance, Zone
from talkoo.access.models import Session
from talkoo.access.proofs import KEY, PASSKEY, lasting
from talkoo.access.subject import Subject
from talkoo.lib.errors import Missing

METHODS = {
    "password": lazy("Password"),
    "totp": lazy("Code of the app"),
    "recovery_codes": lazy("Recovery code"),
    PASSKEY: lazy("Passkey"),
    KEY: lazy("Security key"),
    "guest-link": lazy("Link by mail, as a guest"),
    "oidc": lazy("Sign-in of the organisation"),
    "persona": lazy("One click, in this demonstration"),
}
NETWORKS = {
    Zone.OFFICE: lazy("Office network"),
    Zone.VPN: lazy("VPN"),
    Zone.HOME: lazy("At home"),
    Zone.PUBLIC: lazy("Public network"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One line of the list; `level` is what holds now, `here` whether it is the session that asks."""

    code: str
    agent: str
    zone: Zone
    began: datetime
    seen: datetime
    level: Assurance
    methods: tuple[str, ...]
    here: bool

    @property
    def how(self) -> str:
        """What was given there, for its person to read."""
        return ", ".join(str(METHODS.get(method, method)) for method in self.methods)

    @property
    def network(self) -> str:
        return str(NETWORKS.get(self.zone, ""))


def my_sessions(by: Subject, here: str = "") -> list[Place]:
    """The living sessions of a person, the one that asks first, then the newest. Two queries."""
    person, now = get_user_model().objects.get(pk=by.person_id), timezone.now()
    marks = [person.get_session_auth_hash(), *person.get_session_auth_fallback_hash()]
    found = Session.objects.filter(person=person, expire_date__gt=now).exclude(code="").order_by("-began")
    places = [_place(row, now, here) for row in found if _living(row, marks)]
    return sorted((place for place in places if place), key=lambda place: not place.here)


def _living(row: Session, marks: list[str]) -> bool:
    """Whether no new password and no “sign out everywhere” came after it."""
    held = row.get_decoded().get(HASH_SESSION_KEY, "")
    return any(constant_time_compare(held, mark) for mark in marks)


def _place(row: Session, now: datetime, here: str) -> Place | None:
    assert row.began is not None
    assert row.proved is not None
    level = lasting(Assurance(row.assurance), proved=row.proved, seen=row.seen, now=now)
    if level is None:
        return None
    return Place(
        code=row.code,
        agent=row.agent,
        zone=Zone(row.zone),
        began=row.began,
        seen=row.seen,
        level=level,
        methods=tuple(row.methods),
        here=row.code == here,
    )


def access_session(by: Subject, code: str) -> Session:
    """One's own session of this code, locked; anything else is `Missing`, a session that is over too."""
    found = Session.objects.select_for_update().filter(person_id=by.person_id, code=code).first()
    if not code or found is None:
        raise Missing(_("You are not signed in there any more."), _("Look at the list of where you are signed in."))
    return found
