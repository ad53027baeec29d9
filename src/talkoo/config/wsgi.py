"""The WSGI application that granian serves."""

import contextlib
import os

from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talkoo.config.settings")
application = get_wsgi_application()

from talkoo.people.actions.setup import setup_code  # noqa: E402 - needs the apps

with contextlib.suppress(DatabaseError):  # a database that is away now may be back when somebody comes
    setup_code()
