"""896 real suggestions of a town, sorted by three people of three organisations until some are settled."""

import csv
import io
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import begin, offer_to_everybody, read_file
from tests.journeys.test_owner import take_along

pytestmark = [pytest.mark.browser, pytest.mark.full]
GIVEN = os.environ.get("TALKOO_DATA") or os.environ.get("REAL_ANSWERS")
DATA = Path(GIVEN or Path(__file__).parents[3] / "shared" / "data")
FILE = DATA / "ideas" / "american-assembly.bowling-green" / "comments.csv"
QUESTION = "Which department should answer this?"
DEPARTMENTS = {  # words that send a reader there, looked for in this order
    "Roads and transport": "road|traffic|street|lane|bus|bike|sidewalk|parking|drive|transport|light|walk",
    "Schools and learning": "school|teacher|student|education|college|university|child|kid",
    "Health and care": "health|drug|opioid|doctor|hospital|mental|addict",
    "Housing and planning": "hous|rent|building|develop|apartment|zoning|homeless|downtown",
    "Parks and culture": "park|music|art|trail|library|pool|festival|event|green|tree",
    "Police and safety": "police|crime|gun|safe|jail|law",
    "Business and work": "job|business|wage|restaurant|store|internet|company|fiber|work",
    "City council": ".",
}
PEOPLE = ("Amina Mohamud", "Tomas Reyes", "Ingrid Solheim")
EACH = 15


def department(text):
    """The place in the list of the department that a hasty but honest reader would choose."""
    return next(n for n, words in enumerate(DEPARTMENTS.values(), 1) if re.search(rf"\b({words})", text, re.IGNORECASE))


@pytest.fixture
def comments():
    if not FILE.exists():
        pytest.skip(f"no suggestions at {FILE}: set TALKOO_DATA to the folder that holds ideas/")
    return FILE


def test_a_towns_suggestions_are_sorted_in_the_browser_and_exported(someone, comments):
    owner = someone(1280)
    owner.be("Jonas Lindqvist")
    code = open_the_batch(owner, comments)
    for name in PEOPLE:
        answer_some(someone(1280), name, code)
    owner.go(f"/batches/{code}/")
    owner.look("results-suggestions")
    rows = list(csv.DictReader(io.StringIO(take_along(owner, "CSV"))))
    assert len(rows) == 896
    settled = [row for row in rows if row["reason"]]
    assert settled
    assert {row["value"] for row in settled} <= set(DEPARTMENTS)
    assert all(row["method"] and row["answer_ids"] and float(row["probability"]) >= 0.85 for row in settled)
    assert sum(int(row["answers"]) for row in rows) == len(PEOPLE) * EACH


def open_the_batch(owner, comments):
    page = owner.page
    read_file(owner, "Suggestions for the town", comments)
    page.get_by_label("Use comment-body as").select_option(label="Source that people read")
    page.get_by_label("Use comment-id as").select_option(label="Name of the item")
    owner.press("Read the file")
    expect(page.locator("body")).to_contain_text("896 items are in the batch.", timeout=60_000)
    owner.follow("Next: question")
    page.get_by_label("Choose", exact=False).first.check()
    page.get_by_label("Question", exact=True).fill(QUESTION)
    rows = page.locator("#choice-options [data-row] input")
    while rows.count() < len(DEPARTMENTS):
        owner.press("Add an answer")
    for n, name in enumerate(DEPARTMENTS):
        rows.nth(n).fill(name)
    owner.press("Next: quality")
    page.get_by_label("At least").fill("2")
    page.locator("#sure").fill("85")
    owner.press("Next: who may see it")
    offer_to_everybody(owner)
    owner.press("Next: check and open")
    owner.press("Open the batch")
    owner.must_see("Nothing is settled yet")
    return page.url.rstrip("/").rsplit("/", 1)[-1]


def answer_some(person, name, code):
    person.be(name)
    begin(person, code)
    page = person.page
    for _ in range(EACH):
        before = page.url
        page.keyboard.press(str(department(page.locator(".source .letter").inner_text())))
        page.keyboard.press("Shift+Digit2")
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, before=before: url != before)
