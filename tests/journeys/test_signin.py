"""Signing in with a password and a second step, and what helps when one of them is lost."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import ADMINISTRATOR, PASSWORD, PHONE_IN_FULL, Authenticator, first_run

pytestmark = pytest.mark.browser
NEW_PASSWORD = "eleven herons over the old bridge"


@PHONE_IN_FULL
def test_password_second_step_sign_out_and_a_new_password_by_mail(empty, someone, width):
    visitor = someone(width, address=empty.address)
    first_run(visitor, empty)
    app, spare = set_up_the_app(visitor)
    visitor.sign_out()
    visitor.heading("Raise it together")
    visitor.look("signin-own")
    with visitor.expecting(*range(400, 500)):
        sign_in(visitor, "not my password at all")
        visitor.must_see("to put right")
    visitor.look("signin-error")
    sign_in(visitor, PASSWORD)
    visitor.heading("Second step")
    visitor.look("second-step")
    with visitor.expecting(*range(400, 500)):
        give_code(visitor, "000000")
        visitor.must_see("to put right")
    visitor.look("second-step-error")
    give_code(visitor, spare)
    expect(visitor.page.locator(".who-text")).to_be_attached()
    visitor.sign_out()
    choose_a_new_password(visitor, empty)
    sign_in(visitor, NEW_PASSWORD)
    give_code(visitor, app.code())
    expect(visitor.page.locator(".who-text")).to_be_attached()


def set_up_the_app(visitor):
    """Turn on the second step; returns the app and one recovery code."""
    visitor.menu("My record")
    visitor.follow(re.compile("^Set it up"))
    visitor.heading("Second step of signing in")
    visitor.look("security")
    visitor.follow("Set it up")
    visitor.heading("Is it you?")
    visitor.look("security-again")
    visitor.page.get_by_label("Password").fill(PASSWORD)
    visitor.press("Confirm")
    visitor.heading("Set up your authenticator app")
    visitor.look("security-app")
    app = Authenticator(visitor.page.locator("#secret").input_value())
    visitor.page.get_by_label("code", exact=False).last.fill(app.code())
    visitor.press("Confirm the code")
    visitor.heading("Recovery codes")
    visitor.look("security-codes")
    spare = visitor.page.locator(".codes li").first.inner_text()
    visitor.follow("Done")
    visitor.look("security-on")
    return app, spare


def sign_in(visitor, password):
    visitor.go("/accounts/login/")
    visitor.page.get_by_label(re.compile("e-?mail", re.IGNORECASE)).fill(ADMINISTRATOR)
    visitor.page.get_by_label("Password").fill(password)
    visitor.press("Sign in")


def give_code(visitor, code):
    visitor.page.get_by_role("textbox").first.fill(code)
    visitor.press("Sign in")


def choose_a_new_password(visitor, empty):
    visitor.go("/accounts/login/")
    visitor.follow("I forgot my password")
    visitor.look("password-forgotten")
    visitor.page.get_by_role("textbox").first.fill(ADMINISTRATOR)
    visitor.press("Send the link")
    visitor.heading("Look into your mail")
    visitor.look("password-mail")
    visitor.go(empty.link_in_mail(ADMINISTRATOR))
    visitor.heading("Choose a new password")
    visitor.look("password-new")
    for box in visitor.page.locator("input[type=password]").all():
        box.fill(NEW_PASSWORD)
    visitor.press("Save the new password")
    visitor.heading("Your new password is saved")
    visitor.look("password-saved")
