"""Where sessions are kept: Django's table, asked only for keys that Django could have made."""

from django.contrib.sessions.backends.db import SessionStore as Kept


class SessionStore(Kept):
    """A cookie is whatever its sender likes: a zero byte in it must be no session, not an error of the database."""

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and 8 <= len(key) <= 40 and key.isascii() and key.isalnum()
