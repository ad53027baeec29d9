"""What somebody is told: read, marked, chosen; a calendar address; and a webhook with its secret shown once."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.visitor import PHONE
from tests.journeys.world import eventually

pytestmark = pytest.mark.browser


def account(visitor, name):
    """A page of the person's own menu."""
    menu = visitor.page.locator(".who-menu")
    menu.locator("summary").click()
    menu.get_by_role("link", name=re.compile(name)).click()


def told(visitor):
    """The list, once the worker has told whom the open batches fit."""

    def some():
        visitor.go("/notices/")
        return visitor.page.locator(".notice").count()

    return eventually(some, "nobody was told anything")


def test_notices_are_read_marked_and_chosen(visitor):
    visitor.be("Amina Mohamud" if visitor.width > PHONE else "Tomas Reyes")  # whom the other width left unread
    assert told(visitor)
    visitor.look("notices")
    page = visitor.page
    new = page.locator(".notice[data-unread]").count()
    page.locator(".notice[data-unread]").first.get_by_role("button", name="Mark read").click()
    expect(page.locator(".notice[data-unread]")).to_have_count(new - 1)
    page.locator(".notice a").first.click()
    expect(page.locator("h1")).to_be_visible()
    account(visitor, "Notices")
    visitor.press("Mark all read")
    visitor.must_see("All are marked as read.")
    expect(page.locator(".notice[data-unread]")).to_have_count(0)
    visitor.follow("Choose what you are told")
    visitor.look("choices")
    page.get_by_label("New work that fits you").select_option("in_app")
    page.get_by_label("From", exact=True).fill("17:00")
    with visitor.expecting(422):
        visitor.press("Save")
        visitor.must_see("Choose a later time than the beginning.")
    visitor.look("choices-error")
    page.get_by_label("From", exact=True).fill("09:00")
    visitor.press("Save")
    visitor.must_see("Saved.")
    expect(page.get_by_label("New work that fits you")).to_have_value("in_app")


def test_a_calendar_gets_an_address_that_programs_can_read(visitor):
    visitor.be("Jonas Lindqvist")
    visitor.go("/notices/")
    visitor.follow("Calendar")
    visitor.press("Make a", exact=False)
    visitor.look("calendar")
    address = visitor.page.get_by_label("Address to subscribe to").input_value()
    answer = visitor.page.request.get(address)
    assert answer.status == 200
    assert "BEGIN:VCALENDAR" in answer.text()


def test_a_webhook_is_registered_and_its_secret_shown_once(visitor):
    visitor.be("Jonas Lindqvist")
    account(visitor, "Webhooks")
    visitor.follow("New webhook")
    visitor.page.get_by_label("Address").fill("http://192.168.0.1/hook")
    visitor.page.get_by_label("A batch was opened").check()
    with visitor.expecting(422):
        visitor.press("Register the webhook")
        visitor.must_see("Nothing can be sent there.")
    visitor.look("webhook-error")
    visitor.page.get_by_label("Address").fill(f"{visitor.address}/hook/{visitor.width}/")
    visitor.press("Register the webhook")
    visitor.look("webhook-secret")
    assert visitor.page.get_by_role("textbox", name="Secret").input_value().startswith("whsec_")
    visitor.follow("I have it")
    visitor.must_see("Nothing was sent yet")
    visitor.look("webhook")
    visitor.follow("Webhooks", within=visitor.page.locator(".crumbs"))
    visitor.look("webhooks")
