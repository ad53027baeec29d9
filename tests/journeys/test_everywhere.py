"""What stands around every page: menus, words for everybody, a refusal; and the elements that all pages are made of."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_menus_open_close_by_escape_and_lead_where_they_say(visitor):
    visitor.be("Samuel Okoro")
    page = visitor.page
    page.locator(".who-menu summary").click()
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    visitor.look("menu-person")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Sign out")).to_be_hidden()
    expect(page.locator(".who-menu summary")).to_be_focused()
    if visitor.width < 600:
        page.locator(".top-menu summary").click()
        visitor.look("menu-main")
    page.keyboard.press("Escape")
    visitor.menu("People")
    visitor.heading("People")
    visitor.sign_out()
    visitor.heading("Raise it together")


@pytest.mark.parametrize("name", ["help", "accessibility", "stored"])
def test_words_for_everybody_are_read_without_signing_in(visitor, name):
    visitor.go(f"/{name}/")
    expect(visitor.page.locator("h1")).to_be_visible()
    visitor.look(name)


def test_what_is_held_of_me_is_counted_and_taken_along(visitor):
    visitor.be("Amina Mohamud")
    visitor.go("/me/")
    visitor.follow("Your data: what is held, and a copy")
    visitor.heading("Your data")
    visitor.look("my-data")
    with visitor.page.expect_download() as taken:
        visitor.page.get_by_role("button", name="Download my data").click()
    copy = json.loads(Path(taken.value.path()).read_text())
    assert copy["about"]["name"] == "Amina Mohamud"
    assert any(row["table"] == "microtasks.Answer" for each in copy["holdings"] for row in each["rows"])


def test_what_is_not_there_is_said_with_a_way_on(visitor):
    visitor.be("Ingrid Solheim")
    with visitor.expecting(404):
        visitor.go("/batches/not-there/")
        visitor.look("refused")
    visitor.follow("Go to the start page")
    visitor.heading("Ingrid")


def test_every_element_is_shown_on_one_page_and_holds(visitor):
    visitor.be("Yusuf Demir")
    visitor.go("/elements")
    visitor.must_see("Every part of the interface in its states.")
    visitor.open_details()
    visitor.look("elements")


def test_who_reads_from_the_right_finds_everything_at_its_place(visitor):
    visitor.be("Yusuf Demir")
    visitor.context.set_extra_http_headers({"Accept-Language": "ar-XB"})  # a language of nobody: see lib/pseudo.py
    visitor.go("/me/language/")
    expect(visitor.page.locator("html")).to_have_attribute("dir", "rtl")
    visitor.look("language-rtl")
    visitor.go("/tasks/")
    visitor.look("board-rtl")
