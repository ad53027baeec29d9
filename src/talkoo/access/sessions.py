"""Where sessions are kept: a table of our own, under a hash of the key that the cookie holds."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as Kept
from django.utils import timezone

from talkoo.access.models import Session
from talkoo.access.sign_ins import SignIn


def hashed(key: str) -> str:
    """What stands in the table: a copy of the database opens nobody's session. 160 bits of SHA-256."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def to_the_minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


class SessionStore(Kept):
    """Django's store with three differences: keys are hashed, the row says whose it is and how they signed in, and a
    cookie that Django could not have made is no session (one with a zero byte would be an error of the database).
    """

    seen: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and 8 <= len(key) <= 40 and key.isascii() and key.isalnum()

    def _get_session_from_db(self) -> Session | None:
        found: Session | None = (
            self.get_model_class()
            .objects.filter(session_key=hashed(self.session_key or ""), expire_date__gt=timezone.now())
            .first()
        )
        if found is None:
            self._session_key = None
        else:
            self.seen = found.seen
        return found

    def exists(self, session_key: str) -> bool:
        return super().exists(hashed(session_key))

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(hashed(key))

    def create_model_instance(self, data: Mapping[str, Any]) -> Session:
        row = Session(
            session_key=hashed(self._get_or_create_session_key()),  # type: ignore[attr-defined]
            session_data=self.encode(dict(data)),
            expire_date=self.get_expiry_date(),
            person_id=data.get(SESSION_KEY),
            seen=to_the_minute(timezone.now()),
        )
        if sign_in := SignIn.read(data):
            row.code, row.began, row.proved = sign_in.code, sign_in.began, sign_in.proved
            row.assurance, row.methods = sign_in.assurance, list(sign_in.methods)
            row.agent, row.zone = sign_in.agent, sign_in.zone
        return row
