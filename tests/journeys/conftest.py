"""A browser against a served Talkoo. Playwright keeps an event loop running, so it lives no longer than a module."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests import databases
from tests.journeys import world
from tests.journeys.visitor import HEIGHTS, Visitor

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="session")
def demo(postgres_server, django_db_blocker, tmp_path_factory):
    """The Harbour Region, shared by all journeys of this process: each brings or chooses what it changes."""
    folder = tmp_path_factory.mktemp("demo")
    with django_db_blocker.unblock():
        source = world.demo_template(folder)
    with world.copy_of(source) as name, world.served(folder, name, TALKOO_DEMO="1") as found:
        yield found


@pytest.fixture(scope="session")
def bare(postgres_server, django_db_blocker):
    """The name of a migrated database with nobody in it."""
    with django_db_blocker.unblock():
        return databases.template()


@pytest.fixture
def empty(bare, tmp_path):
    """A Talkoo of one's own in which nobody is yet, not in demo mode."""
    with world.copy_of(bare) as name, world.served(tmp_path, name) as found:
        yield found


@pytest.fixture(scope="module")
def browser(demo):
    found = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert found, "no Chromium on PATH"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(params=[1280, 390], ids=["wide", "phone"])
def width(request):
    return request.param


@pytest.fixture
def someone(browser, demo):
    """Opens a browser of their own for one person after the other; what went wrong in any of them fails the test."""
    visitors = []

    def arrive(width, *, address=demo.address, **options):
        context = browser.new_context(
            viewport={"width": width, "height": HEIGHTS[width]},
            reduced_motion="reduce",
            color_scheme="light",
            **options,
        )
        visitors.append(Visitor(context, address, width))
        return visitors[-1]

    yield arrive
    troubles = [trouble for visitor in visitors for trouble in visitor.troubles]
    for visitor in visitors:
        visitor.context.close()
    assert not troubles, "\n".join(["", *troubles])


@pytest.fixture
def visitor(someone, width):
    return someone(width)
