"""The first person of an empty Talkoo, and the tree of organisations."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.journeys.steps import PHONE_IN_FULL, first_run

pytestmark = pytest.mark.browser


def tree(visitor):
    return visitor.page.locator(".tree")


@PHONE_IN_FULL
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


@PHONE_IN_FULL
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
    visitor.page.get_by_label("Colour (optional)").fill("#ffd400")
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


@PHONE_IN_FULL
def test_a_reorganisation_is_planned_looked_at_decided_and_carried_out(empty, someone, width):
    visitor = someone(width, address=empty.address)
    first_run(visitor, empty)
    for name in ("Parks", "Streets"):
        visitor.go("/organisations/new/")
        visitor.page.get_by_label("Name").fill(name)
        visitor.page.get_by_label("Belongs to").select_option(label="Region")
        visitor.press("Add the organisation")
        expect(tree(visitor)).to_contain_text(name)
    visitor.follow("Reorganisations")
    visitor.look("plans-empty")
    visitor.follow("Plan a reorganisation")
    visitor.page.get_by_label("Name").fill("One office for streets and parks")
    visitor.page.get_by_label("Takes effect on").fill(timezone.localdate().isoformat())
    visitor.press("Go on to its steps")
    for kind, fields in (
        ("Add an organisation", {"Name": "Works", "Belongs to": "Region"}),
        ("Merge into another", {"What is merged": "Parks (Region)", "Into": "Works (new)"}),
        ("Move", {"What moves": "Streets (Region)", "Belongs to": "Streets (Region)"}),
    ):
        visitor.follow(kind)
        for label, said in fields.items():
            field = visitor.page.get_by_label(label, exact=True)
            field.fill(said) if label == "Name" else field.select_option(label=said)
        visitor.press("Add the step")
    visitor.must_see("would go to itself")
    expect(visitor.page.get_by_role("link", name="Go on to the decision")).to_have_count(0)
    visitor.look("plan-trouble")
    visitor.press("Take out : Move Streets to Streets", exact=False)
    visitor.must_see("takes in Parks")
    visitor.look("plan")
    visitor.follow("Go on to the decision")
    visitor.look("plan-decide")
    visitor.press("Carry it out now")
    visitor.must_see("is in force")
    visitor.look("plan-in-force")
    visitor.follow("The tree as it was from that day on")
    expect(tree(visitor)).to_contain_text("Works")
    expect(tree(visitor)).not_to_contain_text("Parks")
    visitor.look("tree-on-a-day")
