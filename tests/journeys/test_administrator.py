"""The first person of an empty Talkoo, and the tree of organisations."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import first_run

pytestmark = pytest.mark.browser


def tree(visitor):
    return visitor.page.locator(".tree")


def test_an_empty_talkoo_is_begun_with_the_code_of_its_operator_only(empty, someone, width):
    visitor = someone(width, address=empty.address)
    visitor.go("/")
    visitor.look("first-run-code")
    visitor.page.get_by_label("Setup code").fill("a guess")
    with visitor.expecting(403):
        visitor.press("Go on")
        visitor.must_see("This page needs the setup code.")
    visitor.look("first-run-refused")
    visitor.go("/")
    visitor.page.get_by_label("Setup code").fill(empty.setup_code())
    visitor.press("Go on")
    visitor.look("first-run")
    first_run(visitor, empty)
    visitor.heading("People")
    visitor.must_see("Talkoo is yours.")
    visitor.look("people-first")
    visitor.go("/")
    visitor.look("home-first")


def test_organisations_are_added_moved_renamed_and_ended(empty, someone, width):
    visitor = someone(width, address=empty.address)
    first_run(visitor, empty)
    visitor.menu("Organisations")
    for name, parent in (("Harbour office", "Region"), ("Boats", "Harbour office (Region)"), ("Birds", "Region")):
        visitor.follow("Add an organisation")
        visitor.page.get_by_label("Name").fill(name)
        visitor.page.get_by_label("Belongs to").select_option(label=parent)
        visitor.press("Add the organisation")
        expect(tree(visitor)).to_contain_text(name)
    visitor.look("organisations")
    visitor.follow(re.compile("^Settings ?: Birds$"))
    visitor.page.get_by_label("Name").fill("Birds and trees")
    visitor.page.get_by_label("Colour").fill("#ffd400")
    visitor.press("Look at the colour")
    visitor.must_see("Not saved yet.")
    visitor.look("organisation-settings")
    visitor.press("Save")
    visitor.menu("Organisations")
    expect(tree(visitor)).to_contain_text("Birds and trees")
    visitor.follow(re.compile("^Move ?: Birds and trees$"))
    visitor.page.get_by_label("Belongs to").select_option(label="Harbour office (Region)")
    visitor.look("organisation-move")
    visitor.press("Move")
    expect(tree(visitor).locator("li", has_text="Birds and trees")).to_contain_text("in Harbour office")
    visitor.follow(re.compile("^End ?: Boats$"))
    visitor.look("organisation-end")
    visitor.press("End the organisation")
    expect(tree(visitor)).not_to_contain_text("Boats")
    visitor.look("organisations-ended")
