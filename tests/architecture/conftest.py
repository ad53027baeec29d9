"""The world in which routes, pages and queries are tried: built once for a module, each try rolled back."""

from contextlib import contextmanager

import pytest
from django.db import transaction

from tests.architecture import world as worlds


@contextmanager
def undone():
    """Whatever happens inside has not happened afterwards."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def uploads(tmp_path_factory):
    """Files of items of this module lie in a folder of their own."""
    from django.test import override_settings

    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("uploads")):
        yield


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, uploads):
    with django_db_blocker.unblock(), undone():
        yield worlds.build()
