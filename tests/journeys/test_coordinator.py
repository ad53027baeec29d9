"""A coordinator brings people in; a newcomer gives a first answer before the coffee is cold."""

import time

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import PASSWORD, PHONE_IN_FULL

pytestmark = pytest.mark.browser
PEOPLE = """name,email,organisation,role,title
Elsa Berg,elsa.berg@{n}.example,Planning office,contributor,Clerk
No Address,elsa.berg at norrby,Planning office,contributor,
Otto Lind,otto.lind@{n}.example,Schools,contributor,Caretaker
"""


def invited(coordinator, email, name):
    """Samuel invites somebody by mail, from the page of people."""
    coordinator.be("Samuel Okoro")
    coordinator.menu("People")
    page = coordinator.page
    page.locator("#invite").get_by_label("E-mail address").fill(email)
    page.locator("#invite").get_by_label("Name", exact=False).fill(name)
    coordinator.press("Send the invitation")
    coordinator.must_see(f"An invitation goes to {email}.")


@PHONE_IN_FULL
def test_somebody_is_invited_joins_and_gets_a_role(demo, visitor, someone):
    email = f"nils.holm@{visitor.width}.example"
    invited(visitor, email, "Nils Holm")
    visitor.look("people")
    newcomer = someone(visitor.width)
    link = demo.link_in_mail(email)
    newcomer.go(link)
    newcomer.heading("expects you")
    newcomer.look("invitation")
    with newcomer.expecting(422):
        newcomer.page.get_by_label("Password").fill("short")
        newcomer.press("Join")
        newcomer.must_see("to put right")
    newcomer.look("invitation-error")
    newcomer.page.get_by_label("Password").fill(PASSWORD)
    newcomer.press("Join")
    newcomer.heading("Welcome, Nils")
    newcomer.look("welcome")
    give_a_role(visitor, email)
    newcomer.go("/")
    newcomer.menu("My batches")
    newcomer.must_see("You own no batch yet")
    newcomer.look("batches-none")
    with newcomer.expecting(404, 409, 410):
        newcomer.go(link)
    newcomer.look("invitation-used")


def give_a_role(visitor, email):
    visitor.go(f"/people/?q={email}")
    visitor.follow("Nils Holm")
    visitor.look("person")
    visitor.page.get_by_label("Role", exact=True).select_option(label="Task owner")
    visitor.press("Give the role")
    expect(visitor.page.locator(".history")).to_contain_text("Task owner")


def test_people_come_from_a_file_and_a_bad_line_is_named(visitor):
    visitor.be("Samuel Okoro")
    visitor.menu("People")
    visitor.follow("From a file")
    visitor.look("people-file")
    rows = PEOPLE.format(n=visitor.width).encode()
    file = {"name": "people.csv", "mimeType": "text/csv", "buffer": rows}
    visitor.page.locator("input[type=file]").set_input_files(file)
    visitor.press("Read the file")
    visitor.heading("What the file holds")
    expect(visitor.page.locator(".rejected")).to_contain_text("Line 3")
    visitor.look("people-file-check")
    visitor.press("Bring in 2 people")
    visitor.go("/people/")
    visitor.must_see(f"otto.lind@{visitor.width}.example")


def test_a_newcomer_answers_within_six_clicks_of_enrolment(demo, visitor, someone, capsys):
    email = f"maja.strand@{visitor.width}.example"
    invited(visitor, email, "Maja Strand")
    newcomer = someone(visitor.width)
    link = demo.link_in_mail(email)
    began = time.monotonic()
    newcomer.go(link)
    newcomer.page.get_by_label("Password").fill(PASSWORD)
    newcomer.press("Join")
    newcomer.heading("Welcome, Maja")
    enrolled, newcomer.clicks = time.monotonic(), 0
    choose(newcomer, ".first-options")
    newcomer.press("Send my first answer")
    newcomer.must_see("Your first answer is in.")
    with capsys.disabled():
        print(f"\n  enrolment {enrolled - began:.1f} s, first answer {time.monotonic() - enrolled:.1f} s, ", end="")
        print(f"{newcomer.clicks} clicks, {visitor.width} px (a machine's reading speed)")
    assert newcomer.clicks <= 6
    newcomer.look("welcome-answered")


def choose(newcomer, where):
    """The first answer of every question in a place."""
    for fieldset in newcomer.page.locator(where).all():
        newcomer.clicks += 1
        fieldset.locator("label").first.click()
