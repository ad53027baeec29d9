"""Signing in, proving more and signing out at an OpenID provider that is not ours."""

import time

import pytest
from playwright.sync_api import expect

from tests.access import providers
from tests.journeys import world
from tests.journeys.steps import ADMINISTRATOR, first_run

pytestmark = pytest.mark.browser
LEVELS = "acr:urn:example:two=2,acr:urn:example:hard=3"


@pytest.fixture
def provider():
    with providers.running() as address:
        yield address


@pytest.fixture
def house(bare, tmp_path, provider):
    """A Talkoo of one's own whose people sign in at the provider."""
    told = {
        "TALKOO_OIDC_ISSUER": provider, "TALKOO_OIDC_CLIENT_ID": "talkoo", "TALKOO_OIDC_CLIENT_SECRET": "secret",
        "TALKOO_OIDC_NAME": "Region login", "TALKOO_OIDC_LEVELS": LEVELS,
    }  # fmt: skip
    with world.copy_of(bare) as name, world.served(tmp_path, name, **told) as found:
        yield found


def test_in_more_and_out_at_the_provider(house, provider, someone, width):
    visitor = someone(width, address=house.address)
    first_run(visitor, house)
    visitor.sign_out()
    known_there(provider, "urn:example:one")
    visitor.go("/accounts/login/?next=/me/places/")
    visitor.look("signin-organisation")
    visitor.follow("Sign in with Region login")
    allow(visitor, provider)
    visitor.heading("Where I am signed in")
    visitor.must_see("Sign-in of the organisation")
    visitor.must_see("One factor")
    visitor.go("/accounts/step-up/?need=security-key&next=/me/places/")
    visitor.look("step-up-organisation")
    known_there(provider, "urn:example:hard")
    visitor.follow("Show it to Region login")
    allow(visitor, provider)
    visitor.heading("Where I am signed in")
    visitor.must_see("Security key")
    visitor.sign_out()
    visitor.page.wait_for_url(f"{provider}/**")
    visitor.go("/me/places/")
    expect(visitor.page.locator("#sign-h")).to_be_visible()
    visitor.troubles = [
        trouble for trouble in visitor.troubles if not trouble.startswith(provider)
    ]  # its pages are its own


def known_there(provider, context):
    providers.introduce(
        provider, "u-1", email=ADMINISTRATOR, email_verified=True, acr=context, auth_time=int(time.time())
    )


def allow(visitor, provider):
    """The provider's own page: whom to be, and yes."""
    page = visitor.page
    page.wait_for_url(f"{provider}/**")
    page.locator("input[name=sub]").fill("u-1")
    page.locator("button[type=submit], input[type=submit]").first.click()
