"""The pages of those who look after people and data, and the pictures and programs that come to a batch: each is visited."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from tests.journeys.steps import PHONE_IN_FULL, begin

pytestmark = pytest.mark.browser
OWNER = ("--owner", "jonas.lindqvist@housing.example", "--organisation", "housing")


def must_visit(visitor, path, heading, screen):
    visitor.go(path)
    visitor.heading(heading)
    visitor.open_details()
    visitor.look(screen)


def address_of(visitor, name):
    """The page of a person, found in the list of people."""
    visitor.go("/people/?" + "q=" + name.split()[0])
    return visitor.page.locator("main").get_by_role("link", name=name, exact=True).first.get_attribute("href")


def test_a_coordinator_sees_what_is_stuck_what_is_held_and_what_leaving_and_moving_would_do(visitor):
    visitor.be("Samuel Okoro")
    must_visit(visitor, "/stuck/", "What is stuck", "stuck")
    must_visit(visitor, "/register/", "What we hold", "register")
    must_visit(visitor, "/people/invite/many/", "Invite many", "invite-many")
    person = address_of(visitor, "Amina Mohamud")
    must_visit(visitor, f"{person}close/", "Amina Mohamud", "person-leave")
    must_visit(visitor, f"{person}move/", "Amina Mohamud", "person-move")


def test_what_a_house_usually_states_is_one_page(visitor):
    visitor.be("Samuel Okoro")
    visitor.go("/register/")
    visitor.page.locator("main a[href*='/register/usual/']").first.click()
    visitor.must_see("New batches begin with this")
    visitor.look("register-usual")


def test_a_security_officer_holds_what_must_not_be_deleted(visitor):
    visitor.be("David Aaltonen")
    visitor.go("/register/")
    visitor.page.get_by_role("link", name=re.compile("Put on hold")).first.click()
    visitor.look("hold")
    visitor.page.locator("main [name=reason]").fill("Case 12 before the district court")
    visitor.page.locator("main [name=until]").fill(f"{timezone.localdate() + timedelta(days=90)}")
    visitor.press("Put on hold")
    visitor.must_see("Case 12 before the district court")
    visitor.page.get_by_role("link", name=re.compile("Change the hold")).first.click()
    visitor.must_see("David Aaltonen")
    visitor.look("hold-standing")


def test_several_people_are_changed_at_once_only_after_a_look(visitor):
    visitor.be("Samuel Okoro")
    visitor.go("/people/")
    for name in ("Bo Lindgren", "Eero Salmi"):
        visitor.page.get_by_role("checkbox", name=re.compile(name)).check()
    visitor.open_details()
    visitor.look("people-many")
    visitor.page.locator("main form").filter(has=visitor.page.locator("[name=act]")).locator("button").last.click()
    visitor.must_see("Bo Lindgren")
    visitor.look("people-many-check")


@PHONE_IN_FULL
def test_an_administrator_sees_what_merging_would_do_and_who_has_tokens(visitor):
    visitor.be("Yusuf Demir")
    must_visit(visitor, "/skills/", "Skills", "skills-all")
    first = visitor.page.locator("main a[href$='/merge/']").first.get_attribute("href")
    must_visit(visitor, first, "the same as", "skill-merge")
    must_visit(visitor, f"{address_of(visitor, 'Eero Salmi')}merge/", "Eero Salmi", "person-merge")
    must_visit(visitor, "/organisations/tokens/", "Service tokens", "service-tokens")
    must_visit(visitor, "/me/tokens/", "tokens", "tokens")
    must_visit(visitor, "/api/v1/", "API", "api")


def pictures(shade):
    """Two pictures in a ZIP, as a scanner would leave them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, colour in (("quay.png", (40, 90, shade)), ("lamp.png", (200, 150, shade))):
            drawn = io.BytesIO()
            Image.new("RGB", (1600, 1000), colour).save(drawn, "PNG")
            archive.writestr(name, drawn.getvalue())
    return packed.getvalue()


def test_pictures_come_as_a_zip_and_are_shown_beside_the_question(visitor, demo):
    file = demo.var / f"pictures-{visitor.width}.zip"
    file.write_bytes(pictures(visitor.width % 256))
    title = f"What is on the picture? {visitor.width}"
    said = demo.talkoo("import", str(file), *OWNER, "--title", title, "--type", "yes_no", "--question", "Is it lit?",
                       "--source", "content", "--open")  # fmt: skip
    visitor.be("Jonas Lindqvist")
    begin(visitor, said.splitlines()[-1])
    shown = visitor.page.locator(".source img")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.complete && image.naturalWidth") == 1600
    visitor.look("contribute-picture")
