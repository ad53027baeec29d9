"""A sensitive row goes out in pieces: two people work on one each, and only the owner sees it whole."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import csv_file, offer_to_everybody, read_file, send

pytestmark = pytest.mark.browser
CASES = csv_file(
    "case,applicant,income,illness\nK-17,Berta Berg,31 000 a year,a bad back\nK-18,Carl Strand,12 000 a year,none\n"
)
PIECES = {"Berta Berg", "31 000 a year", "a bad back", "Carl Strand", "12 000 a year", "none"}


def test_a_row_is_split_two_people_have_a_piece_each_and_its_owner_sees_it_whole(demo, someone):
    owner = someone(1280)
    owner.be("Jonas Lindqvist")
    read_file(owner, "Cases in pieces", CASES)
    page = owner.page
    page.get_by_label("Use case as").select_option(label="Name of the item")
    for column in ("applicant", "income", "illness"):
        page.get_by_label(f"Use {column} as").select_option(label="A piece of its own")
    owner.look("builder-columns-pieces")
    owner.press("Read the file")
    owner.must_see("6 items are in the batch.")
    owner.follow("Next: question")
    page.get_by_label("Yes or no", exact=False).check()
    page.get_by_label("Question", exact=True).fill("Is this needed for the decision?")
    owner.press("Next: quality")
    owner.press("Next: who may see it")
    owner.must_see("one person is handed 1 piece of a record at most")
    offer_to_everybody(owner)
    owner.press("Next: check and open")
    code = owner.page.url.split("/batches/")[1].split("/")[0]
    owner.press("Open the batch")
    seen = [answered(someone(width), name, code) for width, name in ((390, "Ingrid Solheim"), (1280, "Amina Mohamud"))]
    assert {*seen} <= PIECES
    owner.go(f"/batches/{code}/records/")
    owner.heading("Records, whole again")
    for words in ("K-17", "K-18", *PIECES):
        owner.must_see(words)
    owner.look("records")


def answered(visitor, name, code):
    """Take a piece of each record, answer it, and be told that the rest is for others; what the first piece said."""
    visitor.be(name)
    visitor.go(f"/work/{code}/")
    visitor.press("Start", exact=False)
    visitor.page.wait_for_url("**/assignments/**")
    said = visitor.page.locator(".source .letter").inner_text().strip().splitlines()[-1]
    for _record in range(2):
        visitor.page.keyboard.press("1")
        send(visitor)
    expect(visitor.page.locator("main")).to_contain_text("kept for others")
    visitor.look("work-kept-for-others")
    return said
