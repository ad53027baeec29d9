"""The same jobs in a browser without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import begin, csv_file, item, offer_to_everybody, read_file

pytestmark = pytest.mark.browser
FILE = csv_file("text\nThe ferry was late.\nThe ferry was early.\nThere was no ferry.\n")


@pytest.fixture
def plain(someone):
    """Somebody without scripts. Axe is one, so it looks at the very same page in a browser that has them, all but ours."""
    visitor, other = someone(1280, java_script_enabled=False), someone(1280)

    def look(screen):
        head, body, rest = visitor.page.content().partition("<body")
        rest = rest.replace("<noscript>", "<div>").replace("</noscript>", "</div>")
        other.page.unroute_all()
        other.context.add_cookies(visitor.context.cookies())  # the style sheet of an organisation is for its people
        other.page.route("**/*.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
        other.page.route(
            visitor.page.url, lambda route: route.fulfill(body=head + body + rest, content_type="text/html")
        )
        other.page.goto(visitor.page.url)
        other.look(screen)

    visitor.look = look
    return visitor


def test_a_contributor_answers_two_items(demo, plain):
    code = demo.small_batch("Two without scripts", ["The mast is red.", "The mast is green."])
    plain.be("Ingrid Solheim")
    begin(plain, code)
    first = item(plain)
    plain.look("plain-contribute")
    with plain.expecting(422):
        plain.press("Send and next", exact=False)
        plain.must_see("to put right")
    answer(plain)
    plain.must_see("Your answer is sent.")
    assert item(plain) != first
    answer(plain)
    plain.must_see("Nothing left for you here now.")


def answer(plain):
    plain.page.locator("label[for=choice-1]").click()
    plain.page.locator("label[for=sure-2]").click()
    plain.press("Send and next", exact=False)


def test_a_task_owner_builds_and_opens_a_batch(plain):
    page = plain.page
    plain.be("Jonas Lindqvist")
    read_file(plain, "Ferries without scripts", FILE)
    plain.press("Read the file")
    expect(page.locator("body")).to_contain_text("3 items are in the batch.", timeout=30_000)
    plain.follow("Next: question")
    page.get_by_label("Yes or no", exact=False).check()
    page.get_by_label("Question", exact=True).fill("Was there a ferry?")
    plain.press("Update the preview")
    expect(page.locator("#preview-paper legend").first).to_have_text("Was there a ferry?")
    plain.look("plain-question")
    plain.press("Next: quality")
    page.get_by_label("At least").fill("3")
    plain.press("Work it out again")
    plain.must_see("hours of people’s time")
    plain.press("Next: who may see it")
    offer_to_everybody(plain)
    plain.press("Next: check and open")
    plain.press("Open the batch")
    plain.must_see("Open for answers")
    plain.look("plain-results")


def test_a_reviewer_decides(plain):
    plain.be("Carla Nunes")
    plain.menu("Reviews")
    plain.page.locator("table.waiting tbody th a").last.click()
    decided = item(plain)
    plain.look("plain-review")
    plain.page.locator("label[for=choice-1]").click()
    plain.press(re.compile("^Decide and next"))
    expect(plain.page.locator("main")).not_to_contain_text(f"Review {decided}")
    plain.menu("Reviews")
    expect(plain.page.get_by_role("link", name=decided, exact=True)).to_have_count(0)
