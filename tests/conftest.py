"""Tests run on a real PostgreSQL, connected as the role that web and worker use: never as owner or superuser.

All test processes share one embedded server under var/test; each has a database of its own, copied from a migrated
template that is kept between runs.
"""

import pytest
from django.core.cache import cache
from hypothesis import HealthCheck, settings

from talkoo.access.queries import measuring
from talkoo.lib import postgres, wall
from tests import agreed, databases, servers, walls

wall.settle, wall.words = walls.settle, walls.words

# A law holds or does not, however busy the machine is.
settings.register_profile("talkoo", deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True)
settings.load_profile("talkoo")


@pytest.fixture(scope="session")
def postgres_server(request):
    """The shared server, running until its last user has left."""
    with postgres.attach(databases.place(), databases.QUICK) as attachment:
        yield attachment


@pytest.fixture(scope="session")
def django_db_setup(postgres_server, django_db_blocker):
    """Instead of pytest-django's own: a copy of the template, and the rights of the application."""
    with django_db_blocker.unblock(), databases.database() as name:
        databases.connect_to(name, postgres.APP)
        yield
        databases.connection.close()


@pytest.fixture
def own_database(postgres_server, django_db_blocker):
    """The name of a fresh migrated database besides that of the test process."""
    with django_db_blocker.unblock():
        held = dict(databases.connection.settings_dict)
        with databases.database() as name:
            databases.connect_to(held["NAME"], held["USER"])
            yield name


@pytest.fixture
def bare_database(postgres_server):
    """The name of a database without any table."""
    with databases.database("template1") as name:
        yield name


@pytest.fixture
def server(own_database, tmp_path):
    """A real Talkoo in demo mode on a fresh, empty database; yields its address."""
    with servers.serving(servers.environment(tmp_path, own_database, TALKOO_DEMO="1"), "--no-worker") as address:
        yield address


@pytest.fixture(autouse=True)
def nothing_open():
    """What an action opened that a test called without a request is closed before the next test."""
    wall.close()


@pytest.fixture(autouse=True)
def everything_agreed(monkeypatch):
    monkeypatch.setattr(measuring, "known", agreed.everything)


@pytest.fixture(autouse=True)
def no_jobs_left(request):
    """Tests that commit leave queued jobs behind: Django empties only tables of models that it manages."""
    marked = request.node.get_closest_marker("django_db")
    if not (marked and marked.kwargs.get("transaction")):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    with databases.connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture
def fresh_counts(db):
    """Nobody has tried anything too often yet, nor after the test."""
    cache.clear()
    yield
    cache.clear()
