"""A reviewer: what people could not settle, decided by somebody who did not answer it."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def test_an_item_is_decided_and_the_next_one_is_there(visitor):
    visitor.be("Carla Nunes")
    visitor.menu("Reviews")
    visitor.look("reviews")
    links = visitor.page.locator("table.waiting tbody th a")
    waiting = links.count()
    assert waiting >= 2
    links.first.click()
    visitor.heading("Classify planning objections by topic")
    visitor.look("review")
    decided = visitor.page.locator("#source-h").inner_text()
    with visitor.expecting(422):
        visitor.page.keyboard.press("Control+Enter")
        expect(visitor.page.locator("#errors")).to_be_focused()
    visitor.look("review-error")
    visitor.page.keyboard.press("2")
    visitor.page.get_by_label("Why (optional)").fill("The second paragraph is about windows.")
    visitor.press(re.compile("^Decide and next"))
    expect(visitor.page.locator("#source-h")).not_to_have_text(decided)
    visitor.menu("Reviews")
    expect(links).to_have_count(waiting - 1)
