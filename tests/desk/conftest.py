"""A region with two towns in it, an owner in one and a contributor in the other."""

import pytest

from talkoo.access.permissions import Role
from tests.people import organisation, subject


@pytest.fixture
def region():
    return organisation("Region")


@pytest.fixture
def norrby(region):
    return organisation("Norrby", region)


@pytest.fixture
def ekhamn(region):
    return organisation("Ekhamn", region)


@pytest.fixture
def owner(ekhamn):
    return subject("Jonas", ekhamn, Role.TASK_OWNER)


@pytest.fixture
def amina(norrby):
    return subject("Amina Mohamud", norrby)
