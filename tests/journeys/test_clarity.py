"""What changed in the instructions, and what was asked about items, as owners and contributors meet it."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PHONE_IN_FULL, begin, send

pytestmark = pytest.mark.browser
LETTERS = "Classify planning objections by topic"
WHO = {1280: "Ingrid Solheim", 390: "Samuel Okoro"}


def test_an_owner_finds_every_version_of_the_words_and_what_was_asked(visitor):
    visitor.be("Jonas Lindqvist")
    visitor.go("/batches/")
    visitor.follow(LETTERS)
    visitor.follow("Instructions, version 2")
    visitor.must_see("2 versions, the latest first")
    visitor.look("instructions")
    visitor.page.go_back()
    visitor.follow("Questions")
    visitor.must_see("Is “what comes out of garages” enough for traffic?")
    visitor.look("questions")
    visitor.page.locator("main li").get_by_role("link", name=re.compile("^Reply")).last.click()
    visitor.heading("Question about")
    visitor.must_see("(only owners see the name)")
    visitor.look("question")


@PHONE_IN_FULL
def test_a_contributor_asks_without_losing_the_answer_begun(demo, visitor):
    visitor.be(WHO[visitor.width])
    page = visitor.page
    code = demo.small_batch(f"Asked about at {visitor.width}", ["The quay is closed.", "The lamp is lit."])
    begin(visitor, code)
    page.locator("label[for=choice-1]").click()
    page.get_by_text("Ask about this item").click()
    page.locator("#ask").fill("Is the quay meant, or the road beside it?")
    visitor.look("asking")
    visitor.press("Ask")
    visitor.must_see("Your question is sent.")
    expect(page.locator("#choice-1")).to_be_checked()
    visitor.must_see("No reply yet.")
    send(visitor)
    visitor.go(f"/work/{code}/answers/")
    visitor.heading("Your answers")
    visitor.look("my-answers")
