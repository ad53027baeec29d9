"""The WSGI application that granian serves."""

import contextlib
import os

from django.core.wsgi import get_wsgi_application
from django.db import DatabaseError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "talkoo.config.settings")
application = get_wsgi_application()

from talkoo.access import counting  # noqa: E402
from talkoo.access.actions.counting import keep_counts  # noqa: E402
from talkoo.people.actions.setup import setup_code  # noqa: E402 - needs the apps

counting.begin(keep_counts)
with contextlib.suppress(DatabaseError):  # a database that is away now may be back when somebody comes
    setup_code()
