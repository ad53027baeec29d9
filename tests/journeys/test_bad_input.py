"""What people send by mistake or by malice: a clear message at the right place, nothing half-done, nothing run."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PHONE_IN_FULL, begin, csv_file, offer_to_everybody, read_file, send

pytestmark = pytest.mark.browser
MEGABYTES_10 = "x" * 10_000_000
HOSTILE = [
    "<script>alert('one')</script> and <b>bold</b>",
    "<img src=x onerror=alert('two')><svg onload=alert('three')>",
    "{{ 7 * 7 }} {% csrf_token %} javascript:alert('four') <a href='javascript:alert(5)'>press</a>",
]
WRONG = {
    "binary": (b"text\n\x00\x01\x02,\x03\n", ["zero byte", "line 2"]),
    "damaged workbook": (b"PK\x03\x04 anything", ["damaged or was cut off", "list of contents"]),
    "encoding": ("text\nH\xe4mn\n".encode("latin-1"), ["Line 2", "UTF-8"]),
    "twice": (b"text,text\na,b\n", ["text"]),
    "empty": (b"", ["empty"]),
    "header": (b"text,area\n", ["no row"]),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_that_cannot_be_read_is_refused_with_the_place_and_leaves_no_draft(someone, width, name):
    content, words = WRONG[name]
    visitor = someone(width)
    visitor.be("Jonas Lindqvist")
    visitor.go("/batches/new/")
    visitor.page.get_by_label("Title").fill(f"Cannot be read: {name}")
    visitor.page.get_by_label("File", exact=True).set_input_files(csv_file(content, f"{name}.csv"))
    with visitor.expecting(422):
        visitor.press("Next: columns")
        expect(visitor.page.locator("#errors")).to_be_focused()
    for word in words:
        expect(visitor.page.locator("#errors")).to_contain_text(word)
    expect(visitor.page.get_by_label("Title")).to_have_value(f"Cannot be read: {name}")
    if name == "encoding":
        visitor.look("builder-new-error")
    visitor.go("/batches/")
    expect(visitor.page.locator("main")).not_to_contain_text("Cannot be read")


@PHONE_IN_FULL
def test_bad_rows_are_left_out_with_line_and_reason_and_the_good_ones_are_kept(someone, width):
    visitor = someone(width)
    visitor.be("Jonas Lindqvist")
    rows = f'text,area\nA good one {width},n\n{MEGABYTES_10},n\nToo,many,cells\n"  ",n\nAnother good one,s\n'
    read_file(visitor, f"Some rows are bad {width}", csv_file(rows))
    visitor.page.get_by_label("Use text as").select_option(label="Source that people read")
    visitor.press("Read the file")
    visitor.must_see("2 items are in the batch.")
    table = visitor.page.locator("table tbody")
    for line in ("3", "4", "5"):
        expect(table.get_by_role("rowheader", name=line, exact=True)).to_be_visible()
    visitor.look("builder-reading-rejected")


def test_markup_in_items_and_options_is_shown_and_never_run(someone):
    owner = someone(1280)
    owner.be("Jonas Lindqvist")
    read_file(owner, "<i>Hostile</i> items", csv_file("text\n" + "".join(f'"{text}"\n' for text in HOSTILE)))
    owner.press("Read the file")
    owner.must_see("3 items are in the batch.")
    owner.follow("Next: question")
    owner.page.get_by_label("Question", exact=True).fill("<script>alert('six')</script> Which?")
    rows = owner.page.locator("#choice-options [data-row] input")
    rows.first.fill("<img src=x onerror=alert('seven')>")
    rows.nth(1).fill("Neither")
    expect(owner.page.locator("#preview-paper #choice")).to_contain_text("onerror=alert('seven')")
    owner.press("Next: quality")
    owner.press("Next: who may see it")
    offer_to_everybody(owner)
    owner.press("Next: check and open")
    owner.press("Open the batch")
    code = owner.page.url.rstrip("/").rsplit("/", 1)[-1]
    contributor = someone(1280)
    contributor.be("Ingrid Solheim")
    begin(contributor, code)
    expect(contributor.page.locator(".letter")).to_contain_text("<script>alert('one')</script> and <b>bold</b>")
    contributor.look()
    for text in HOSTILE[1:]:
        contributor.page.keyboard.press("1")
        send(contributor)
        expect(contributor.page.locator(".letter")).to_contain_text(text)
    owner.page.reload()
    owner.look()


@PHONE_IN_FULL
def test_an_over_long_note_comes_back_whole_with_how_long_it_may_be(demo, someone, width):
    visitor = someone(width)
    visitor.be("Ingrid Solheim")
    begin(visitor, demo.small_batch(f"A long note {width}", ["The pier.", "The mole."]))
    visitor.open_details()
    note = visitor.page.get_by_label("Note", exact=True)
    long = "word " * 2_000
    note.fill(long)
    visitor.page.locator("label[for=choice-1]").click()
    visitor.page.locator("label[for=sure-1]").click()
    with visitor.expecting(422):
        visitor.press("Send and next", exact=False)
        expect(visitor.page.locator("#errors")).to_be_focused()
    expect(visitor.page.locator("#errors")).to_contain_text(re.compile("4,?000"))
    assert note.input_value().strip() == long.strip()
    visitor.look("contribute-long-note")
