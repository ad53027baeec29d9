"""Ten minutes of a contributor: found, answered by keys alone, never a keystroke lost."""

import re

import psycopg
import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PHONE_IN_FULL, begin, item, send

pytestmark = pytest.mark.browser
LETTERS = "Classify planning objections by topic"
NOTICES = "Check the Swedish translation of public notices"
PRACTISE = {1280: "Amina Mohamud", 390: "Tomas Reyes"}  # both read Swedish
WHO = {1280: "Ingrid Solheim", 390: "Samuel Okoro"}  # Amina keeps her half-finished letter for the page of home


@pytest.fixture
def at_a_letter(visitor):
    """A contributor who went from home over the board to the first letter."""
    visitor.be(WHO[visitor.width])
    visitor.menu("Tasks")
    go_on = (
        visitor.page.locator("main").locator("a, button").filter(has_text=re.compile(f"(Start|Continue): {LETTERS}"))
    )
    go_on.click()
    visitor.page.wait_for_url("**/assignments/**")
    visitor.heading(LETTERS)
    return visitor


def test_home_and_board_are_a_pleasure(visitor):
    visitor.go("/")
    visitor.heading("Raise it together")
    visitor.look("signin")
    visitor.be("Amina Mohamud")
    visitor.must_see("Continue where you stopped")
    visitor.look("home")
    visitor.menu("Tasks")
    visitor.heading("Tasks for you")
    visitor.look("board")
    visitor.page.get_by_role("searchbox").first.fill("translation")
    visitor.page.keyboard.press("Enter")
    visitor.heading("Tasks for you")
    visitor.must_see("Check the Swedish translation of public notices")
    expect(visitor.page.locator("article")).to_have_count(1)
    visitor.page.get_by_role("searchbox").first.fill("zeppelin")
    visitor.page.keyboard.press("Enter")
    visitor.must_see("Nothing found for “zeppelin”")
    visitor.look("board-nothing")


def test_the_record_and_the_skills_are_said_in_a_minute(visitor):
    visitor.be(WHO[visitor.width])
    visitor.menu("My record")
    visitor.heading("My record")
    visitor.look("record")
    visitor.follow("Add or change skills")
    visitor.look("skills")
    visitor.page.get_by_label("Search skills").fill("statistics")
    visitor.press("Show")
    visitor.page.locator("select[name=level-statistics]").select_option(label="Learning")
    visitor.press("Save")
    visitor.menu("My record")
    expect(visitor.page.locator("#skills")).to_contain_text("Statistics")


def test_a_batch_says_what_it_is_before_one_begins(demo, visitor):
    visitor.be(WHO[visitor.width])
    code = demo.small_batch(f"Before one begins, {visitor.width}", ["The quay is closed."])
    visitor.go(f"/work/{code}/")
    visitor.must_see("It is voluntary. What you skip is seen by nobody.")
    visitor.look("work")


def test_answers_go_by_keys_alone_and_the_page_never_flashes(at_a_letter):
    page = at_a_letter.page
    first = item(at_a_letter)
    at_a_letter.look("contribute")
    page.evaluate("window.samePage = true")
    page.keyboard.press("1")
    page.keyboard.press("3")
    expect(page.locator("input[name=choice]:checked")).to_have_count(2)
    send(at_a_letter)
    at_a_letter.must_see("Your answer is sent.")
    assert item(at_a_letter) != first
    at_a_letter.look("contribute-next")
    page.keyboard.press("2")
    send(at_a_letter)
    assert page.evaluate("window.samePage") is True
    expect(page.locator("h1")).to_be_focused()


def test_a_draft_outlives_its_tab_and_a_letter_can_be_skipped_by_a_key(at_a_letter):
    kept = item(at_a_letter)
    at_a_letter.page.keyboard.press("4")
    expect(at_a_letter.page.locator("[data-saved]")).to_contain_text("Draft saved")
    at_a_letter.page.close()
    at_a_letter.page = at_a_letter.context.new_page()
    at_a_letter.go("/")
    at_a_letter.must_see("Continue where you stopped")
    at_a_letter.look("home-begun")
    at_a_letter.follow("Continue", exact=False, within=at_a_letter.page.locator("section.continue"))
    assert item(at_a_letter) == kept
    expect(at_a_letter.page.locator("[data-key='4']")).to_be_checked()
    before = at_a_letter.page.url
    at_a_letter.page.locator("h1").click()
    at_a_letter.page.keyboard.press("s")
    at_a_letter.page.wait_for_url(lambda url: url != before)
    assert item(at_a_letter) != kept
    expect(at_a_letter.page.locator("input[name=choice]:checked")).to_have_count(0)
    at_a_letter.go(before)
    at_a_letter.heading("back")
    at_a_letter.look("contribute-given-back")


def test_an_empty_answer_is_asked_for_again_and_a_cannot_answer_has_a_reason(at_a_letter):
    page = at_a_letter.page
    with at_a_letter.expecting(422):
        page.keyboard.press("Control+Enter")
        expect(page.locator("#errors")).to_be_focused()
    at_a_letter.look("contribute-error")
    at_a_letter.open_details()
    at_a_letter.look("contribute-unfolded")
    page.get_by_label("Why not?").select_option(index=1)
    page.get_by_label("Note", exact=True).fill("The second page is missing.")
    send(at_a_letter)
    at_a_letter.must_see("Your answer is sent.")


@PHONE_IN_FULL
def test_an_answer_can_be_changed_and_a_problem_reported(demo, visitor):
    visitor.be(WHO[visitor.width])
    begin(visitor, demo.small_batch(f"To be changed, {visitor.width}", ["A lighthouse.", "A light.", "A house."]))
    page, first = visitor.page, item(visitor)
    page.keyboard.press("1")
    send(visitor)
    visitor.follow("Change it")
    expect(page.locator("#source-h")).to_have_text(first)
    expect(page.locator("[data-key='1']")).to_be_checked()
    visitor.look("contribute-change")
    page.keyboard.press("2")
    expect(page.locator("[data-key='⇧2']")).to_be_checked()
    visitor.press("Send the change", exact=False)
    visitor.must_see("Your answer is sent.")
    visitor.follow("Change it")
    expect(page.locator("#source-h")).to_have_text(first)
    expect(page.locator("[data-key='2']")).to_be_checked()
    page.get_by_text("Report a problem with this item").click()
    page.get_by_label("What is wrong?").fill("The scan is upside down.")
    visitor.press("Report it")
    visitor.must_see("The owner of this work reads it.")


@PHONE_IN_FULL
def test_who_comes_late_loses_nothing_and_an_end_says_why(demo, visitor, someone):
    words = [word for topic in ("Ice", "Fish", "Sails", "Ropes", "Gulls", "Tar") for word in ("--option", topic)]
    title, items = f"One letter for many, {visitor.width}", [f"The harbour is frozen at {visitor.width}."]
    code = demo.small_batch(title, items, "--type", "choice", *words)
    visitor.be(WHO[visitor.width])
    begin(visitor, code)
    half_an_hour_later(demo)
    last = [one_more_answers(someone, code, name) for name in ("Amina Mohamud", "Carla Nunes", "Tomas Reyes")][-1]
    last.must_see("1 of 1 are settled")
    last.width = visitor.width
    last.look("work-none")
    visitor.page.keyboard.press("2")
    visitor.page.keyboard.press("Shift+Digit3")
    visitor.page.keyboard.press("Control+Enter")
    visitor.heading("was settled while you worked")
    visitor.must_see("Nothing is lost.")
    visitor.look("contribute-late")


def one_more_answers(someone, code, name):
    """Somebody else says yes, and hears that nothing is left for them."""
    other = someone(1280)
    other.be(name)
    begin(other, code)
    other.page.keyboard.press("1")
    send(other)
    other.must_see("Nothing left for you here now.")
    return other


def half_an_hour_later(demo):
    """Leases run out by the clock; nobody waits for it here."""
    with psycopg.connect(demo.env["TALKOO_OWNER_DATABASE_URL"], autocommit=True) as server:
        server.execute(
            "UPDATE microtasks_assignment SET lease_until = now() - interval '1 minute' WHERE state = 'leased'"
        )


def test_who_practises_first_sees_after_each_answer_what_is_right_and_why(visitor):
    visitor.be(PRACTISE[visitor.width])
    visitor.menu("Tasks")
    visitor.follow(NOTICES, within=visitor.page.locator("main"))
    visitor.must_see("You can practise first")
    visitor.follow("Practise", exact=False, within=visitor.page.locator("main"))
    visitor.heading("Practice")
    visitor.must_see("It counts for nothing, and nobody else sees it.")
    visitor.look("practice")
    visitor.page.keyboard.press("2")  # S-002 says the same
    visitor.press("Check it", exact=False)
    visitor.must_see("The known answer is another one.")
    visitor.must_see("Nothing was lost, added or changed")
    visitor.look("practice-wrong")
    visitor.follow("Try it again", exact=False)
    visitor.page.locator("label[for=choice-1]").click()
    visitor.press("Check it", exact=False)
    visitor.must_see("That is right.")
    visitor.must_see("1 of 5 right")
    visitor.look("practice-right")
    visitor.follow("Next practice item")
    visitor.must_see("S-018")
    visitor.follow("To the work")
    visitor.heading(NOTICES)
