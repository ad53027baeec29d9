"""The cookie of messages that one page leaves for the next, under a name that only this host can set."""

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class Leaving(CookieStorage):
    cookie_name = settings.MESSAGES_COOKIE_NAME


class Told(FallbackStorage):
    """Signed and in a cookie while it is short, else in the session."""

    storage_classes = (Leaving, SessionStorage)
