"""A security key enrolled, used to sign in without a password and to prove more in the middle of a form."""

import contextlib
import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PASSWORD, first_run

pytestmark = pytest.mark.browser


def test_a_security_key_signs_in_and_a_form_is_back_after_it_was_asked_for(empty, someone, width):
    visitor = someone(
        width, address=empty.address.replace("127.0.0.1", "localhost")
    )  # passkeys know names, not numbers
    first_run(visitor, empty)
    with security_key(visitor):
        enrol(visitor)
        visitor.sign_out()
        visitor.go("/accounts/login/")
        visitor.look("signin-passkey")
        visitor.press("Sign in with a passkey")
        expect(visitor.page.locator(".who-text")).to_be_attached()
        make_a_token(visitor)
        look_where_i_am(visitor)
        hide_the_page(visitor)


@contextlib.contextmanager
def security_key(visitor):
    """One that is plugged in, unlocked by its owner, and cannot be copied."""
    devtools = visitor.context.new_cdp_session(visitor.page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "usb", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield
    devtools.send("WebAuthn.disable")


def enrol(visitor):
    visitor.menu("My record")
    visitor.follow(re.compile("^Set it up"))
    visitor.follow("Add one")
    visitor.heading("Is it you?")
    visitor.look("step-up-password")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Confirm")
    visitor.heading("Add a passkey or security key")
    visitor.page.get_by_label("Name").fill("Blue key")
    visitor.look("passkey-add")
    visitor.press("Add it")
    visitor.heading("Recovery codes")
    visitor.follow("Done")
    visitor.must_see("Blue key")
    visitor.must_see("Cannot be copied")
    visitor.look("security-keys")


def make_a_token(visitor):
    """The page asks once more who is there; what was typed is back, unsent."""
    visitor.go("/me/tokens/")
    page = visitor.page
    page.get_by_label("What it is for").fill("Nightly export")
    page.get_by_label("Read and export results").check()
    visitor.press("Make the token")
    visitor.heading("Is it you?")
    visitor.look("step-up-key")
    visitor.press("Use it")
    visitor.heading("My tokens")
    expect(page.get_by_label("What it is for")).to_have_value("Nightly export")
    expect(page.get_by_label("Read and export results")).to_be_checked()
    visitor.must_see("was not sent yet")
    visitor.look("step-up-back")
    visitor.press("Make the token")
    visitor.must_see("Your new token")


def look_where_i_am(visitor):
    visitor.go("/me/places/")
    visitor.must_see("Security key")
    visitor.look("places")


def hide_the_page(visitor):
    """One key hides what is on it, over the pages of the tab; any key shows it again."""
    heading, keys = visitor.page.locator("h1"), visitor.page.keyboard
    keys.press("F8")
    expect(heading).to_be_hidden()
    expect(visitor.page).to_have_title("Talkoo")
    visitor.look("covered")
    visitor.go("/me/")
    expect(heading).to_be_hidden()
    keys.press("a")
    expect(heading).to_be_visible()
    visitor.page.locator(".who-menu summary").click()
    visitor.page.get_by_role("button", name="Hide the page").click()
    expect(heading).to_be_hidden()
    visitor.page.mouse.click(5, 5)
    expect(heading).to_be_visible()
